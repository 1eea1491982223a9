"""What a page has that is not known, and lacks that every page had."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.drift import MORE, MOST_OF_A_PAGE, Drift, Kind, drift_of
from ingestion.rows import read_envelope
from tests.factories import a_page, a_row

RECORDED = sorted((Path(__file__).parent.parent / "data").glob("flights_*.json"))


def found(*rows):
    return [(each.kind, each.path, each.value, each.rows) for each in drift_of(read_envelope(a_page(list(rows))).rows)]


def without(row, *path):
    *parents, name = path
    part = row
    for parent in parents:
        part = part[parent]
    del part[name]
    return row


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_what_the_upstream_was_recorded_to_send_is_known(file):
    assert drift_of(read_envelope(file.read_bytes()).rows) == []


def test_a_new_field_is_told_with_its_path_and_the_rows_that_have_it():
    new = {**a_row(), "operator": "AF"}
    new["departure"]["stand"] = "K12"
    assert found(a_row(), new, new) == [
        (Kind.UNKNOWN_FIELD, "departure.stand", "", 2),
        (Kind.UNKNOWN_FIELD, "operator", "", 2),
    ]


def test_a_field_that_one_row_has_is_not_gone():
    assert found(without(a_row(), "departure", "gate"), a_row()) == []


def test_a_field_that_no_row_of_the_page_has_is_gone():
    gone = [without(a_row(), "departure", "gate") for _ in range(2)]
    assert found(*gone) == [(Kind.VANISHED_FIELD, "departure.gate", "", 2)]


def test_a_field_is_only_missed_in_objects_that_are_there():
    row = a_row()
    row["flight"]["codeshared"] = row["aircraft"] = row["live"] = None
    assert found(row) == []
    row["aircraft"] = {"icao24": "3949E2"}
    assert {path for _, path, _, _ in found(row)} == {"aircraft.registration", "aircraft.iata", "aircraft.icao"}


def test_a_new_status_is_told_as_it_was_sent():
    rows = [{**a_row(), "flight_status": status} for status in ("boarding", "boarding", "active", None, "", "unknown")]
    assert found(*rows) == [(Kind.NEW_VALUE, "flight_status", "boarding", 2)]


def test_rows_that_are_no_objects_and_an_empty_page_say_nothing():
    assert found() == []
    assert drift_of(read_envelope(b'{"data": [1, null, "x", [], NaN]}').rows) == []


def test_a_page_of_nonsense_is_bounded_and_its_rest_is_counted():
    row = {**a_row(), **{f"odd{number:03}": number for number in range(500)}}
    told = found(row)
    assert len(told) == MOST_OF_A_PAGE + 1
    assert told[-1] == (Kind.UNKNOWN_FIELD, MORE, "", 500 - MOST_OF_A_PAGE)


def test_names_are_cut_and_made_printable():
    [(_, path, _, _)] = found({**a_row(), "bad\x00\n" + "n" * 300: 1})
    assert path.startswith("bad n")
    assert len(path) == 120


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from(["departure", "flight", "live", "flight_status", "x"]), JSON) | JSON))
def test_any_page_gives_a_bounded_sorted_list(rows):
    told = drift_of(read_envelope(json.dumps({"data": rows}).encode()).rows)
    assert all(isinstance(each, Drift) and each.rows > 0 for each in told)
    assert told[:MOST_OF_A_PAGE] == sorted(told[:MOST_OF_A_PAGE])
    assert len(told) <= MOST_OF_A_PAGE + len(Kind)
