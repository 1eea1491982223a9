"""The reference endpoints."""

import pytest

from ingestion.simulator.reference import ENDPOINTS


@pytest.mark.parametrize("endpoint", sorted(ENDPOINTS))
def test_a_reference_endpoint_answers_in_pages_offset_first(shared, endpoint):
    page = shared.page(endpoint, limit=5, offset=5)
    assert list(page["pagination"]) == ["offset", "limit", "count", "total"]
    assert len(page["data"]) == 5


def test_a_reference_endpoint_can_be_filtered_by_field_in_any_case(shared):
    rows = shared.rows("airports", country_name="FRANCE", unheard_of="x")
    assert {row["country_iso2"] for row in rows} == {"FR"}


def test_a_reference_endpoint_can_be_searched(shared):
    assert "SYD" in {row["iata_code"] for row in shared.rows("airports", search="sydney")}


def test_the_aircraft_flying_are_among_the_airplanes(serve):
    asker = serve()
    flying = next(r["aircraft"] for r in asker.rows(airline_iata="BA") if r["aircraft"])
    found = asker.rows("airplanes", icao_code_hex=flying["icao24"])
    assert found[0]["registration_number"] == flying["registration"]
