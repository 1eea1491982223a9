"""What was known at an instant, by API."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from flights import as_known, services, store
from flights.documents import record_of
from tests.factories import a_marketing_row, a_row, records_from
from tests.flights.api.stored import close_slot, rows_of
from tests.flights.api.walking import walked

FLIGHTS = "/api/v1/flights"
DAY = f"{FLIGHTS}?flight_date=2026-11-24"
LYS_CDG = "2026-11-24T0615-LYS-CDG-AF7641"
HOURS = (4, 6, 8)


def collected(hour):
    return datetime(2026, 11, 24, hour, 0, 3, tzinfo=UTC)


def at(hour):
    """After this hour's collection, before the next."""
    return f"2026-11-24T{hour:02}:30:00Z"


def store_at(hour, *rows):
    slot = f"2026-11-24T{hour:02}Z"
    source = {"slot": slot, "run": f"{slot}.1", "collected_at": collected(hour), "observed_at": collected(hour)}
    services.apply_records(records_from(list(rows), **source))
    close_slot(slot, collected_at=collected(hour))


@pytest.fixture
def three_slots(api):
    store_at(4, a_row(flight_status="scheduled"))
    store_at(6, a_row(flight_status="active"), a_marketing_row("DL", "9"), a_row(flight__iata="AF1"))
    store_at(8, a_row(flight_status="landed"))
    return api


def got(api, url):
    answer = api.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize(("hour", "status"), [(4, "scheduled"), (6, "active"), (8, "landed")])
def test_a_flight_is_as_it_was_then(three_slots, hour, status):
    answer = got(three_slots, f"{FLIGHTS}/{LYS_CDG}?as_of={at(hour)}")
    assert (answer["data"]["status"], answer["data"]["slot"]) == (status, f"2026-11-24T{hour:02}Z")
    assert (answer["meta"]["as_of"], answer["meta"]["as_of_slot"]["slot"]) == (at(hour), f"2026-11-24T{hour:02}Z")


def test_what_is_known_now_is_the_latest_state(three_slots):
    now = got(three_slots, DAY)["data"]
    assert got(three_slots, f"{DAY}&as_of={at(9)}")["data"] == now


@pytest.mark.parametrize("hour", HOURS)
def test_what_was_known_then_is_the_very_document_that_the_store_held(api, hour):
    rows = [a_row(), a_marketing_row("DL", "9"), a_row(flight__iata="AF1"), a_marketing_row("KL", "3")]
    held = {}
    for number, each in enumerate(HOURS):
        store_at(each, *rows[number : number + 2])
        held[each] = [record_of(document) for document in store.collection(store.FLIGHTS).find({}).sort("_id", 1)]
    instant = collected(hour) + timedelta(minutes=30)
    day = instant.date()
    looked = as_known.flights_of_days_at(instant, (day, day), {}, "", 100)
    assert [record_of(document) for document in looked.rows] == held[hour]


def test_a_flight_that_was_not_known_yet_is_404_and_says_since_when_it_is(three_slots):
    answer = three_slots.get(f"{FLIGHTS}/{LYS_CDG}?as_of={at(3)}")
    assert (answer.status_code, answer.json()["hint"]) == (404, "It is known since 2026-11-24T04:00:03Z.")
    assert three_slots.get(f"{FLIGHTS}/{LYS_CDG}/history?as_of={at(3)}").status_code == 404


def test_a_flight_that_nobody_knows_is_404_then_too(three_slots):
    answer = three_slots.get(f"{FLIGHTS}/2026-11-24T0616-LYS-CDG-AF7641?as_of={at(8)}")
    assert (answer.status_code, answer.json()["hint"][:12]) == (404, "Look for it:")


def test_a_history_ends_with_what_was_known_then(three_slots):
    rows = got(three_slots, f"{FLIGHTS}/{LYS_CDG}/history?as_of={at(6)}")["data"]
    assert [row["status"] for row in rows] == ["scheduled", "active"]


def test_a_slot_that_was_not_collected_yet_is_404_and_says_since_when_it_is_known(three_slots):
    answer = three_slots.get(f"/api/v1/slots/2026-11-24/06/flights?as_of={at(4)}")
    assert (answer.status_code, answer.json()["hint"]) == (404, "It is known since 2026-11-24T06:00:03Z.")
    assert len(got(three_slots, f"/api/v1/slots/2026-11-24/06/flights?as_of={at(6)}")["data"]) == 2


def test_conditions_are_about_what_was_known_then(three_slots):
    assert [row["flight_id"] for row in got(three_slots, f"{DAY}&as_of={at(4)}&status=scheduled")["data"]] == [LYS_CDG]
    none = got(three_slots, f"{DAY}&as_of={at(4)}&marketing_airline=DL")
    assert (none["data"], none["meta"]["empty"]["reason"]) == ([], "no-match")
    assert len(got(three_slots, f"{DAY}&as_of={at(6)}&marketing_airline=DL")["data"]) == 1


def test_before_the_first_collection_nothing_is_known_of_a_day(three_slots):
    answer = got(three_slots, f"{DAY}&as_of={at(3)}")
    assert (answer["data"], answer["meta"]["empty"]["reason"], answer["meta"]["as_of_slot"]) == ([], "no-data", None)


def test_the_past_is_paged_as_the_present_is(api, monkeypatch):
    monkeypatch.setattr(as_known, "BATCH", 7)
    monkeypatch.setattr(as_known, "MOST_READ", 14)
    store_at(4, *rows_of(40))
    store_at(6, *rows_of(20, first=100))
    ids = [row["flight_id"] for row in got(api, f"{DAY}&limit=40")["data"]]
    assert walked(api, f"{DAY}&as_of={at(4)}&limit=9") == ids
    assert walked(api, f"{DAY}&as_of={at(4)}&limit=9&flight_number=AF39") == ids[-1:]


@pytest.mark.parametrize(("last", "status"), [("2026-11-26", 200), ("2026-11-27", 400)])
def test_the_past_of_more_than_three_days_is_refused(three_slots, last, status):
    url = f"{FLIGHTS}?flight_date_from=2026-11-24&flight_date_to={last}&as_of={at(6)}"
    assert three_slots.get(url).status_code == status


def test_two_rows_of_one_slot_are_known_as_one(api):
    early, late = records_from([a_row(), a_marketing_row("DL", "9")])[0], records_from([a_row()])[0]
    services.apply_records([replace(late, row=9), early])
    answer = got(api, f"{FLIGHTS}/{LYS_CDG}?as_of={at(4)}")
    assert answer["data"]["marketed_as"] == ["DL9"]
