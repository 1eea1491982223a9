"""Recorded answers, served as they are in the files."""

import json
from pathlib import Path

import pytest

from ingestion.simulator.reference import reference_rows

DATA = Path(__file__).parents[2] / "data"
REFERENCE = json.loads((DATA / "reference_entities_2026-09_one_row_each.json").read_text())


def test_recorded_rows_are_served_as_they_are_in_the_files(serve):
    asker = serve(recorded=DATA)
    pages = [asker.page(offset=offset) for offset in range(0, 300, 100)]
    served = [row for page in pages for row in page["data"]]
    kept = [row for path in sorted(DATA.glob("flights_*.json")) for row in json.loads(path.read_text())["data"]]
    kept += REFERENCE["flights"]["data"]
    assert json.dumps(served) == json.dumps(kept)
    assert {page["pagination"]["total"] for page in pages} == {len(kept)}


def test_recorded_rows_can_be_filtered(serve):
    asker = serve(recorded=DATA)
    rows = asker.rows(dep_iata="CCU", flight_status="landed", flight_date="2025-05-09")
    assert [row["flight"]["iata"] for row in rows] == ["EK571", "EK573"]


def test_a_recorded_reference_endpoint_has_its_recorded_rows(serve):
    asker = serve(recorded=DATA)
    assert asker.rows("airports") == REFERENCE["airports"]["data"]


def test_a_reference_endpoint_nobody_recorded_is_empty(serve, tmp_path):
    (tmp_path / "flights.json").write_text('{"pagination": {}, "data": [{"airline": null}]}')
    asker = serve(recorded=tmp_path)
    assert asker.rows("airports") == []
    assert asker.rows(airline_iata="BA") == []


@pytest.mark.parametrize(
    "endpoint",
    sorted(set(REFERENCE) & {"airports", "airlines", "airplanes", "aircraft_types", "taxes", "cities", "countries"}),
)
def test_made_up_reference_rows_have_the_recorded_keys_in_order(endpoint):
    assert list(reference_rows(endpoint)[0]) == list(REFERENCE[endpoint]["data"][0])
