import pytest

from flights import services
from flights.records import SlotState
from flights.times import utc_now
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, an_empty_slot, close_sampled_slot, close_slot, store_rows

SLOTS = "/api/v1/slots"


def listed(answer):
    assert answer.status_code == 200, answer.content
    return [slot["slot"] for slot in answer.json()["data"]]


@pytest.mark.parametrize("hour", ["4", "04"])
def test_a_slot_is_found_by_date_and_hour(api, hour):
    store_rows(a_row())
    close_slot()
    slot = api.get(f"{SLOTS}/2026-11-24/{hour}").json()["data"]
    assert (slot["slot"], slot["state"], slot["completeness"]["share"]) == (SLOT, "complete", 1.0)
    assert slot["counts"]["stored"] == 1
    assert not {"_id", "ended", "partitions"} & set(slot)


def test_a_slot_that_collects_has_no_counts_yet(api):
    services.open_slot(SLOT, "run", NOW)
    slot = api.get(f"{SLOTS}/2026-11-24/04").json()["data"]
    assert (slot["state"], slot["counts"], slot["age_seconds"]) == ("collecting", None, None)


def test_an_unknown_slot_is_404_and_says_where_to_look(api):
    answer = api.get(f"{SLOTS}/2026-11-24/05")
    assert answer.status_code == 404
    assert answer.json()["hint"] == f"That day's slots: {SLOTS}?from=2026-11-24&to=2026-11-24"


@pytest.mark.parametrize("hour", ["24", "004", "x", "-1", "٤", "4.0"])
def test_an_hour_that_is_none_is_400(api, hour):
    answer = api.get(f"{SLOTS}/2026-11-24/{hour}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "hour")


@pytest.mark.parametrize("date", ["2026-02-30", "20261124", "today", "2026-11-24T04Z"])
@pytest.mark.parametrize("rest", ["", "/flights", "/04", "/04/flights"])
def test_a_date_that_is_none_is_400(api, date, rest):
    answer = api.get(f"{SLOTS}/{date}{rest}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "date")


def test_a_day_fetched_afterwards_is_found_by_its_date(api):
    store_rows(a_row(), slot="2026-11-20")
    close_slot("2026-11-20", backfill=True)
    slot = api.get(f"{SLOTS}/2026-11-20").json()["data"]
    assert (slot["slot"], slot["hour"], slot["state"]) == ("2026-11-20", None, "backfilled")
    assert len(api.get(f"{SLOTS}/2026-11-20/flights").json()["data"]) == 1


def test_the_flights_of_a_slot_carry_what_is_known_of_the_slot(api):
    store_rows(a_row())
    close_slot(rows_announced=4, pages_planned=4, shortfall="3 of 4 pages were not fetched")
    told = api.get(f"{SLOTS}/2026-11-24/04/flights").json()
    basis = told["meta"]["slot"]
    assert (basis["state"], basis["reason"]) == ("partial", "3 of 4 pages were not fetched")
    assert (basis["completeness"]["share"], basis["completeness"]["sampling"]) == (0.25, "everything listed")
    assert told["meta"]["observed"]["first"] == "2026-11-24T04:00:09.500000Z"


def test_what_was_asked_and_how_its_pages_were_chosen_is_told_query_by_query(api):
    close_sampled_slot()
    basis = api.get(f"{SLOTS}/2026-11-24/04/flights").json()["meta"]["slot"]
    active, landed = basis["completeness"]["queries"]
    assert active == {
        "params": {"flight_status": "active"},
        "share": 0.7,
        "start": 500_000,
        "sampling": "systematic sample of pages",
        "pages_announced": 13,
        "pages_planned": 4,
        "pages_fetched": 4,
        "rows_announced": 1_300,
        "rows_received": 400,
    }
    assert (landed["sampling"], landed["pages_fetched"], landed["pages_announced"]) == ("first pages", 1, 3)


def test_the_age_is_counted_from_the_collection(api):
    store_rows(a_row())
    close_slot(collected_at=utc_now())
    basis = api.get(f"{SLOTS}/2026-11-24/04/flights").json()["meta"]["slot"]
    assert 0 <= basis["age_seconds"] < 60


def test_an_empty_slot_is_an_empty_list_that_says_so(api):
    an_empty_slot()
    answer = api.get(f"{SLOTS}/2026-11-24/04/flights")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert answer.json()["meta"]["slot"]["state"] == "empty"


def test_a_failed_slot_is_an_empty_list_that_says_why(api):
    services.fail_slot(SLOT, "run", SlotState.FAILED, "the upstream refused the key", NOW)
    basis = api.get(f"/api/v1/flights?slot={SLOT}").json()["meta"]["slot"]
    assert (basis["state"], basis["reason"]) == ("failed", "the upstream refused the key")


@pytest.mark.parametrize("url", [f"{SLOTS}/2026-11-24/04/flights", f"/api/v1/flights?slot={SLOT}"])
def test_the_flights_of_an_unknown_slot_are_404_and_no_empty_list(api, url):
    assert api.get(url).status_code == 404


def test_the_dates_of_a_list_of_slots_are_both_included(api):
    for slot in ("2026-11-19T22Z", "2026-11-20", "2026-11-20T00Z", "2026-11-21T22Z", "2026-11-22"):
        an_empty_slot(slot)
    answer = api.get(f"{SLOTS}?from=2026-11-20&to=2026-11-21")
    assert listed(answer) == ["2026-11-21T22Z", "2026-11-20T00Z", "2026-11-20"]
    assert answer.json()["meta"]["window"] == {"first": "2026-11-20", "last": "2026-11-21"}


def test_without_dates_the_slots_of_fourteen_days_are_listed(api):
    today = f"{utc_now():%Y-%m-%d}T00Z"
    for slot in (today, "2020-01-01T00Z"):
        an_empty_slot(slot)
    assert listed(api.get(SLOTS)) == [today]


def test_slots_are_found_by_their_state(api):
    an_empty_slot()
    services.fail_slot("2026-11-24T06Z", "run", SlotState.FAILED, "no answer", NOW)
    assert listed(api.get(f"{SLOTS}?from=2026-11-24&to=2026-11-24&state=failed")) == ["2026-11-24T06Z"]


def test_the_first_and_the_last_date_there_are_can_be_asked_for(api):
    assert listed(api.get(f"{SLOTS}?from=0001-01-01&to=0001-01-02")) == []
    assert listed(api.get(f"{SLOTS}?to=0001-01-01")) == []
    assert listed(api.get(f"{SLOTS}?from=9999-12-31")) == []
