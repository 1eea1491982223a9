"""What changed since, by API."""

import threading
from datetime import timedelta

import pytest

from flights import changes, services, store, upgrades
from flights.errors import StoreUnavailable
from tests.factories import COLLECTED, a_record, a_row, records_from
from tests.flights.api.stored import rows_of, store_flights, store_rows
from tests.flights.api.walking import pages

FLIGHTS = "/api/v1/flights"
LATER = "2026-11-24T06Z"


@pytest.fixture
def at_once(monkeypatch):
    """One process writes and reads here, one after the other: nothing can become readable late."""
    monkeypatch.setattr(changes, "LAG", timedelta(0))


def since(api, place, query=""):
    answer = api.get(f"{FLIGHTS}?changed_since={place}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def told(answer):
    return [row["flight_id"] for row in answer["data"]]


@pytest.fixture
def start(api):
    """Before anything is written."""
    return f"{store.clock():%Y-%m-%dT%H:%M:%S.%fZ}"


def test_flights_are_told_in_the_order_in_which_they_were_written(api, start, at_once):
    later = store_flights(2, first=30)
    earlier = store_flights(2, first=0)
    assert told(since(api, start)) == [*later, *earlier]


def test_a_flight_is_told_again_after_each_write_as_it_then_is(api, start, at_once):
    ids = store_flights(2)
    first = since(api, start)
    store_rows(*rows_of(1), slot=LATER, collected_at=COLLECTED + timedelta(hours=2))
    second = since(api, first["meta"]["changes_cursor"])
    assert (told(first), told(second)) == (ids, ids[:1])
    assert second["data"][0]["slot"] == LATER


def test_nothing_new_is_an_empty_answer_with_a_cursor_that_goes_on(api, start, at_once):
    store_flights(1)
    cursor = since(api, start)["meta"]["changes_cursor"]
    nothing = since(api, cursor)
    assert (nothing["data"], nothing["meta"]["empty"]["reason"]) == ([], "no-change")
    added = store_flights(1, first=9)
    assert told(since(api, nothing["meta"]["changes_cursor"])) == added


def test_a_write_is_told_only_when_nothing_before_it_can_still_appear(api, start):
    store_flights(1)
    first = since(api, start)
    assert first["data"] == []
    for entry in store.collection(store.CHANGES).find({}):
        store.upsert(store.CHANGES, entry["_id"], {"at": entry["at"] - 2 * changes.LAG})
    ahead = f"{store.clock() - 3 * changes.LAG:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert len(told(since(api, ahead))) == 1


def test_changes_are_paged_without_a_loss_and_the_cursor_of_each_page_goes_on(api, start, at_once):
    ids = [*store_flights(5), *store_flights(4, first=50)]
    through = list(pages(api, f"{FLIGHTS}?changed_since={start}&limit=2"))
    assert [flight for page in through for flight in told(page)] == ids
    assert told(since(api, through[1]["meta"]["changes_cursor"])) == ids[4:]


def test_changes_can_be_filtered_by_conditions_dates_and_fields(api, start, at_once):
    store_flights(2)
    store_rows(a_row(departure__iata="NCE", departure__icao="LFMN"))
    store_flights(1, day="2026-11-25", first=5)
    rows = since(api, start, "&dep=LYS&flight_date=2026-11-24&fields=status")["data"]
    assert rows == [
        {"flight_id": f"2026-11-24T000{number}-LYS-CDG-AF{number}", "status": "active"} for number in range(2)
    ]


def test_a_filter_that_fits_rarely_still_ends_and_says_that_there_is_more(api, start, at_once, monkeypatch):
    monkeypatch.setattr(changes, "MOST_READ", 40)
    store_flights(60)
    last = store_rows(a_row(departure__iata="NCE", departure__icao="LFMN"))
    through = list(pages(api, f"{FLIGHTS}?changed_since={start}&dep=NCE&limit=1"))
    assert [told(page) for page in through[:2]] == [[], last]


def test_a_batch_that_was_killed_before_its_entry_is_told_when_it_is_read_again(api, start, at_once, monkeypatch):
    def killed(_flights):
        raise StoreUnavailable("killed")

    with monkeypatch.context() as patched:
        patched.setattr(changes, "note", killed)
        with pytest.raises(StoreUnavailable):
            services.apply_records([a_record()])
    assert told(since(api, start)) == []
    services.apply_records([a_record()])
    assert told(since(api, start)) == [a_record().flight_id]


def test_flights_of_an_earlier_version_get_their_codes_and_are_told(api, start, at_once):
    ids = store_flights(3)
    for name in (store.FLIGHTS, store.OBSERVATIONS):
        store.collection(name).update_many({}, {"$unset": {"codes": ""}})
    store.collection(store.CHANGES).delete_many({})
    assert upgrades.note_codes() == 6
    assert upgrades.note_codes() == 0
    assert told(since(api, start, "&dep=LYS")) == ids


def test_whoever_polls_while_two_write_ends_with_what_the_store_holds(api, start, monkeypatch):
    monkeypatch.setattr(changes, "LAG", timedelta(milliseconds=500))
    rows = rows_of(30)

    def write(part):
        for hour in range(4, 16, 2):
            source = {"slot": f"2026-11-24T{hour:02}Z", "collected_at": COLLECTED + timedelta(hours=hour)}
            services.apply_records(records_from(part, **source))

    writers = [threading.Thread(target=write, args=(part,)) for part in (rows[:20], rows[10:])]
    [each.start() for each in writers]
    known, cursor = {}, start
    while any(each.is_alive() for each in writers):
        known, cursor = polled(api, known, cursor)
    threading.Event().wait(1)
    known, _ = polled(api, known, cursor)
    held = api.get(f"{FLIGHTS}?flight_date=2026-11-24").json()["data"]
    assert known == {row["flight_id"]: row for row in held}


def polled(api, known, cursor):
    """What is known after all that can be told now, and where to go on."""
    through = list(pages(api, f"{FLIGHTS}?changed_since={cursor}&limit=7"))
    told_now = {row["flight_id"]: row for page in through for row in page["data"]}
    return known | told_now, through[-1]["meta"]["changes_cursor"]
