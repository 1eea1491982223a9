"""Two slots compared, and delays over days, by API."""

import pytest

from flights import answering
from tests.factories import a_row
from tests.flights.api.stored import NOW, close_slot, store_rows

A, B = "2026-11-24T02Z", "2026-11-24T04Z"
COMPARE = f"/api/v1/slots/compare?a={A}&b={B}"


@pytest.fixture
def two_slots(api):
    store_rows(a_row(flight_status="scheduled"), a_row(flight__iata="AF8"), slot=A)
    store_rows(a_row(), a_row(flight__iata="AF9"), slot=B)
    for slot in (A, B):
        close_slot(slot)
        answering.answer_slot(slot, NOW)
    return api


def got(api, url):
    answer = api.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_flights_are_counted_by_change(two_slots):
    told = got(two_slots, COMPARE)["data"]
    assert told["flights"] == {"same": 0, "appeared": 1, "ended": 1, "changed": 1}
    assert told["transitions"] == [{"a": "scheduled", "b": "active", "flights": 1}]
    assert [(row["change"], row["a"], row["b"]) for row in told["page"]] == [
        ("changed", "scheduled", "active"),
        ("ended", "active", None),
        ("appeared", None, "active"),
    ]


def test_values_that_changed_come_first(two_slots):
    values = got(two_slots, COMPARE)["data"]["values"]
    active = next(each for each in values if each["indicator"] == "airline_most_active")
    assert (active["changed"], active["a"]["value"]["count"], active["b"]["value"]["count"]) == (True, 1, 2)
    changed = [each["changed"] for each in values]
    assert changed == sorted(changed, reverse=True)


def test_changes_are_paged_and_counted_whole_each_time(two_slots):
    first = got(two_slots, f"{COMPARE}&limit=2")
    second = got(two_slots, first["next"].removeprefix("http://testserver"))
    assert [len(first["data"]["page"]), len(second["data"]["page"]), second["next"]] == [2, 1, None]
    assert first["data"]["flights"] == second["data"]["flights"]


def test_only_one_kind_of_change(two_slots):
    told = got(two_slots, f"{COMPARE}&change=ended")["data"]
    assert [row["change"] for row in told["page"]] == ["ended"]


@pytest.mark.parametrize(("query", "missing"), [("", ["a", "b"]), (f"?a={A}", ["b"])])
def test_a_comparison_wants_two_slots(api, query, missing):
    answer = api.get(f"/api/v1/slots/compare{query}")
    assert answer.status_code == 400
    assert [fault["parameter"] for fault in answer.json()["errors"]] == missing


def test_a_comparison_with_an_unknown_slot_is_404(two_slots):
    assert two_slots.get(f"/api/v1/slots/compare?a={A}&b=2026-11-24T06Z").status_code == 404


def test_delays_are_grouped_and_carry_their_basis(two_slots):
    told = got(two_slots, "/api/v1/delays?by=route&from=2026-11-24&to=2026-11-24")
    departures = told["data"]["departures"]
    assert departures["rows"] == [{"code": "LYS-CDG", "n": 3, "median_min": 6.0, "p90_min": 6.0, "over_15_share": 0.0}]
    assert (departures["n"], departures["population"], departures["coverage"]) == (3, 3, 1.0)
    assert told["data"]["arrivals"]["rows"] == []
    assert told["meta"]["slots"] == {"complete": 2}


def test_delays_without_dates_are_of_the_newest_date_known(two_slots):
    meta = got(two_slots, "/api/v1/delays")["meta"]
    assert (meta["window"], meta["by"]) == ({"first": "2026-11-24", "last": "2026-11-24"}, "airline")


def test_delays_of_one_airline_at_one_airport(two_slots):
    assert got(two_slots, "/api/v1/delays?airline=AF&dep=LYS")["data"]["departures"]["n"] == 3
    assert got(two_slots, "/api/v1/delays?airline=BA")["data"]["departures"]["n"] == 0


@pytest.mark.parametrize(("query", "status"), [("", 400), ("&airline=AF", 200)])
def test_many_days_want_a_filter(two_slots, query, status):
    assert two_slots.get(f"/api/v1/delays?from=2026-11-01&to=2026-11-24{query}").status_code == status


@pytest.mark.parametrize("query", ["?by=gate", "?from=2026-11-25&to=2026-11-24", "?limit=0", "?slot=x"])
def test_nonsense_about_delays_is_400(api, query):
    assert api.get(f"/api/v1/delays{query}").status_code == 400
