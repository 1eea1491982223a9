"""Only some fields of each flight, by API."""

import pytest

from flights.api import fields
from tests.factories import a_row
from tests.flights.api.stored import SLOT, close_slot, store_rows

FLIGHTS = "/api/v1/flights"
LYS_CDG = "2026-11-24T0615-LYS-CDG-AF7641"
LISTS = [
    f"{FLIGHTS}?flight_date=2026-11-24",
    f"{FLIGHTS}?slot={SLOT}",
    "/api/v1/slots/2026-11-24/04/flights?",
    f"{FLIGHTS}/{LYS_CDG}/history?",
    f"{FLIGHTS}?flight_date=2026-11-24&as_of=2026-11-24T05:00:00Z",
]


@pytest.fixture
def stored(api):
    store_rows(a_row())
    close_slot()
    return api


def only(api, url, names):
    answer = api.get(f"{url}&fields={names}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"][0]


@pytest.mark.parametrize("url", LISTS)
def test_a_row_has_the_fields_asked_for_and_its_id(stored, url):
    assert only(stored, url, "status,departure.iata,departure.scheduled.local,aircraft.registration") == {
        "flight_id": LYS_CDG,
        "status": "active",
        "departure": {"iata": "LYS", "scheduled": {"local": "2026-11-24T06:15:00"}},
        "aircraft": None,
    }


@pytest.mark.parametrize("url", LISTS)
def test_every_field_by_name_is_the_whole_flight(stored, url):
    whole = stored.get(url).json()["data"][0]
    assert only(stored, url, ",".join(whole)) == whole
    assert only(stored, url, ",".join(fields.NAMES)) == whole


def test_one_flight_can_be_asked_for_less_too(stored):
    answer = stored.get(f"{FLIGHTS}/{LYS_CDG}?fields=arrival.icao").json()
    assert answer["data"] == {"flight_id": LYS_CDG, "arrival": {"icao": "LFPG"}}


def test_the_page_still_tells_when_its_rows_were_observed(stored):
    meta = stored.get(f"{LISTS[0]}&fields=status").json()["meta"]
    assert meta["observed"]["first"] == "2026-11-24T04:00:09.500000Z"


def test_a_part_is_not_read_beside_the_whole_that_holds_it():
    assert fields.projection(["departure.iata", "departure", "live"]) == {
        "flight_id": 1,
        "observed_at": 1,
        "departure": 1,
        "live": 1,
    }
