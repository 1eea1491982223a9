"""What the API says of a slot that was worked out from past days."""

import pytest
from msgspec.structs import replace

from flights import answering, services
from flights.records import SAMPLING_RECONSTRUCTED, FlightStatus, Reconstruction, SourceDay
from flights.slots import slot_begin
from flights.times import utc_now
from tests.factories import a_row, records_from
from tests.flights.api.stored import SLOT, close_slot, store_rows

HERE = "/api/v1/slots/2026-11-24/04"
DAYS = (SourceDay(date="2026-11-23", run=None), SourceDay(date="2026-11-24", run="2026-11-24.7", pages_fetched=3))
TOLD = Reconstruction(
    method="active-by-actual-times-1",
    told="from the actual times",
    at=slot_begin(SLOT),
    instead_of="missed: nothing ran",
    days=DAYS,
    unplaced=41,
    without_arrival=7,
    diverted=2,
    caveats=("a caveat",),
)


@pytest.fixture
def reconstructed(api):
    """A day with one landed flight, and the slot in which it was in the air."""
    store_rows(a_row(flight_status="landed"), slot="2026-11-24", run="2026-11-24.7")
    record = records_from([a_row(flight_status="landed")], slot=SLOT)[0]
    inferred = {"status": FlightStatus.ACTIVE, "status_text": "landed", "status_inferred": True}
    services.apply_records([replace(record, **inferred)])
    close_slot(backfill=True, sampling=SAMPLING_RECONSTRUCTED, rows_announced=None, reconstruction=TOLD)
    answering.answer_slot(SLOT, utc_now())
    return api


def of(api, address):
    answer = api.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def check(told):
    assert (told["state"], told["backfill"]) == ("backfilled", True)
    assert (told["reconstruction"]["method"], told["reconstruction"]["unplaced"]) == ("active-by-actual-times-1", 41)
    assert told["reconstruction"]["instead_of"] == "missed: nothing ran"
    assert [day["run"] for day in told["reconstruction"]["days"]] == [None, "2026-11-24.7"]
    assert (told["reconstruction"]["at"], told["reconstruction"]["caveats"]) == ("2026-11-24T04:00:00Z", ["a caveat"])


@pytest.mark.parametrize("rest", ["/flights", "/indicators", "/indicators/airline_most_active"])
def test_the_slot_in_meta_says_how_it_was_made(reconstructed, rest):
    meta = of(reconstructed, HERE + rest)["meta"]
    check(meta["slot"])
    assert (meta["sampling"], meta["gaps"]["count"]) == ({SAMPLING_RECONSTRUCTED: 1}, 0)


@pytest.mark.parametrize("address", [HERE, "/api/v1/slots?from=2026-11-24&to=2026-11-24"])
def test_the_slot_itself_says_it(reconstructed, address):
    data = of(reconstructed, address)["data"]
    check(data[0] if isinstance(data, list) else data)


def test_an_answer_stands_on_it_and_estimates_nothing(reconstructed):
    answer = of(reconstructed, f"{HERE}/indicators/airline_most_active")["data"][0]
    check(answer["basis"])
    assert (answer["estimates"], SAMPLING_RECONSTRUCTED in answer["no_estimate"]) == ([], True)


def test_its_observations_are_marked_and_tell_what_the_upstream_said(reconstructed):
    flight = of(reconstructed, f"{HERE}/flights")["data"][0]
    assert (flight["status"], flight["status_inferred"], flight["status_text"]) == ("active", True, "landed")


def test_some_fields_of_them_are_marked_too(reconstructed):
    flights = [of(reconstructed, f"{address}fields=status_inferred")["data"][0]["status_inferred"]
               for address in (f"{HERE}/flights?", "/api/v1/flights?flight_date=2026-11-24&")]  # fmt: skip
    assert flights == [True, False]


@pytest.mark.parametrize("as_of", ["", "&as_of=2026-11-24T05:00:00Z"])
def test_the_flight_itself_stays_as_it_was_told(reconstructed, as_of):
    flight = of(reconstructed, f"/api/v1/flights?flight_date=2026-11-24{as_of}")["data"][0]
    assert (flight["status"], flight["status_inferred"], flight["slot"]) == ("landed", False, "2026-11-24")


def test_it_is_not_what_flights_are_as_of(reconstructed):
    assert of(reconstructed, "/api/v1/flights")["meta"]["as_of_slot"] is None
    close_slot("2026-11-23T04Z")
    assert of(reconstructed, "/api/v1/flights")["meta"]["as_of_slot"]["slot"] == "2026-11-23T04Z"


def test_its_history_tells_both(reconstructed):
    flight = of(reconstructed, "/api/v1/flights?flight_date=2026-11-24")["data"][0]["flight_id"]
    rows = of(reconstructed, f"/api/v1/flights/{flight}/history")["data"]
    assert [(row["slot"], row["status"], row["status_inferred"]) for row in rows] == [
        (SLOT, "active", True),
        ("2026-11-24", "landed", False),
    ]


def test_a_collected_slot_has_no_reconstruction(api):
    store_rows(a_row())
    close_slot()
    slot = of(api, f"{HERE}/flights")["meta"]["slot"]
    assert (slot["backfill"], slot["reconstruction"]) == (False, None)
