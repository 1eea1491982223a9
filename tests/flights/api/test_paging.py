import base64

import msgspec
import pytest

from flights import services
from flights.api.pagination import Cursor
from flights.times import utc_now
from streaming.events import ended_messages, observed_message
from streaming.services import handle_batch
from tests.factories import a_row, records_from
from tests.flights.api.stored import SLOT, an_empty_slot, close_slot, rows_of, store_flights, store_rows
from tests.flights.api.walking import pages, walked
from tests.flights.test_services import a_summary
from tests.streaming.test_services import received

FLIGHTS = "/api/v1/flights"
DAY = f"{FLIGHTS}?flight_date=2026-11-24"


@pytest.mark.parametrize("where", ["flight_date=2026-11-24", f"slot={SLOT}"])
@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_the_pages_cover_everything_once_and_in_order(api, where, limit):
    stored = store_flights(7)
    close_slot()
    assert walked(api, f"{FLIGHTS}?{where}&limit={limit}") == stored


def test_pages_go_on_over_the_days(api):
    stored = [*store_flights(3, day="2026-11-22"), *store_flights(3, day="2026-11-24")]
    close_slot()
    assert walked(api, f"{FLIGHTS}?limit=2") == stored


def test_writes_between_pages_make_no_double_and_lose_nothing(api):
    stored = store_flights(10, first=100)
    numbers = iter(range(90))

    def before_and_behind():
        number = next(numbers)
        store_flights(1, first=number)
        store_flights(1, first=1000 + number)

    seen = walked(api, f"{DAY}&limit=3", before_and_behind)
    assert len(seen) == len(set(seen))
    assert set(stored) <= set(seen)


def test_flights_rewritten_between_pages_make_no_double(api):
    stored = store_flights(9)
    seen = walked(api, f"{DAY}&limit=2", between=lambda: store_flights(9, slot="2026-11-24T06Z"))
    assert seen == stored


@pytest.mark.parametrize("where", ["flight_date=2026-11-24", f"slot={SLOT}"])
def test_pages_read_while_a_slot_is_written_hold_what_was_there_and_no_double(api, where):
    """The real way of writing, a batch of the consumer's between two pages: new flights, known ones, the slot's end."""
    rows = rows_of(60)
    batches = [records_from(rows[start : start + 10]) for start in range(0, 60, 10)]
    handle_batch([received(observed_message(record)) for record in batches[2] + batches[4]])
    services.open_slot(SLOT, f"{SLOT}.1", utc_now())
    before = {record.flight_id for record in batches[2] + batches[4]}
    ends = [received(message) for message in ended_messages(a_summary(run=f"{SLOT}.1", published=60), 1, utc_now())]
    coming = iter([*([received(observed_message(record)) for record in batch] for batch in batches), ends])
    seen = walked(api, f"{FLIGHTS}?{where}&limit=3", lambda: handle_batch(next(coming, [])))
    assert len(seen) == len(set(seen))
    assert before <= set(seen) <= {record.flight_id for batch in batches for record in batch}
    assert walked(api, f"{FLIGHTS}?{where}&limit=7") == sorted(record.flight_id for b in batches for record in b)


def test_a_new_day_between_pages_does_not_move_the_default_days(api):
    slot = "2026-11-23T04Z"
    stored = [*store_flights(2, day="2026-11-22", slot=slot), *store_flights(2, day="2026-11-23", slot=slot)]
    close_slot(slot)

    def a_later_slot():
        store_flights(1, day="2026-11-25", slot="2026-11-25T04Z")
        close_slot("2026-11-25T04Z")

    assert walked(api, f"{FLIGHTS}?limit=2", a_later_slot) == stored


def test_a_page_says_how_many_rows_it_has_and_what_its_limit_is(api):
    store_flights(3)
    told = [(page["meta"]["count"], page["meta"]["limit"]) for page in pages(api, f"{DAY}&limit=2")]
    assert told == [(2, 2), (1, 2)]


def test_a_page_holds_a_hundred_rows_when_nobody_says_otherwise(api):
    store_flights(101)
    assert [page["meta"]["count"] for page in pages(api, DAY)] == [100, 1]


def test_the_next_page_is_named_in_a_header_too(api):
    store_flights(2)
    answer = api.get(f"{DAY}&limit=1")
    assert answer.headers["Link"] == f'<{answer.json()["next"]}>; rel="next"'
    assert "Link" not in api.get(answer.json()["next"]).headers


def test_the_limit_may_change_between_pages(api):
    stored = store_flights(5)
    following = api.get(f"{DAY}&limit=2").json()["next"].replace("limit=2", "limit=3")
    assert walked(api, following) == stored[2:]


def test_a_history_is_paged(api):
    slots = [f"2026-11-24T{hour:02}Z" for hour in range(0, 10, 2)]
    for slot in slots:
        store_rows(a_row(), slot=slot)
    assert walked(api, f"{FLIGHTS}/2026-11-24T0615-LYS-CDG-AF7641/history?limit=2", key="slot") == slots


def test_slots_are_paged_newest_first(api):
    slots = [f"2026-11-2{day}T04Z" for day in range(5)]
    for slot in slots:
        an_empty_slot(slot)
    url = "/api/v1/slots?from=2026-11-20&to=2026-11-24&limit=2"
    assert walked(api, url, key="slot") == slots[::-1]


@pytest.mark.parametrize("cursor", ["x", "xxxx", "AAAA", "gqFhoWI", "%00", "", "a" * 301, "kg"])
def test_a_cursor_that_is_none_is_400(api, cursor):
    answer = api.get(DAY, {"flight_date": "2026-11-24", "cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "cursor")


@pytest.mark.parametrize("change", [("flight_date=2026-11-24", "flight_date=2026-11-25"), ("?", "?dep=LYS&")])
def test_a_cursor_of_other_filters_is_400(api, change):
    store_flights(2)
    following = api.get(f"{DAY}&limit=1").json()["next"]
    answer = api.get(following.replace(*change))
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (400, "belongs to other filters")


def test_a_cursor_with_more_days_than_were_ever_handed_out_is_400(api):
    forged = Cursor("", "", ("1000-01-01", "2999-01-01"))
    text = base64.urlsafe_b64encode(msgspec.msgpack.encode(forged)).decode().rstrip("=")
    assert api.get(f"{FLIGHTS}?cursor={text}").json()["errors"][0]["detail"] == "is no cursor"
