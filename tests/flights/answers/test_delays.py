"""Delays over days: each movement once, in its latest state."""

from datetime import date

import pytest

from flights.delays import delays_of_days
from tests.factories import a_row
from tests.flights.api.stored import NOW, store_rows

DAY = date(2026, 11, 24)


def late(minutes, number="AF7641", **changes):
    actual = f"2026-11-24T06:{15 + minutes:02}:00+00:00"
    return a_row(flight__iata=number, departure__actual=actual, **changes)


def tallies(by="airline", **conditions):
    return delays_of_days(by, (DAY, DAY), conditions, NOW)[0]


def test_the_figures_of_an_airline_are_of_its_flights(documents):
    store_rows(*(late(minutes, f"AF{minutes}") for minutes in (0, 10, 16, 40)))
    (row,) = tallies()["departure"].figures(10)
    assert row == {"code": "AFR", "n": 4, "median_min": 13.0, "p90_min": 32.8, "over_15_share": 0.5}


def test_a_flight_that_two_slots_saw_counts_once(documents):
    store_rows(late(10))
    store_rows(late(12), slot="2026-11-24T06Z", collected_at=NOW)
    departures = tallies()["departure"]
    assert (departures.n, departures.minutes) == (1, {"AFR": [12]})


def test_what_has_not_arrived_is_in_no_arrival_figure(documents):
    store_rows(late(10))
    arrivals = tallies()["arrival"]
    assert (arrivals.n, arrivals.excluded) == (0, {})


def test_a_departure_without_a_time_is_left_out_and_counted(documents):
    store_rows(a_row(departure__actual=None))
    departures = tallies()["departure"]
    assert (departures.n, dict(departures.excluded)) == (0, {"no-departure-time": 1})


@pytest.mark.parametrize(("by", "codes"), [("airport", ["LYS"]), ("route", ["LYS-CDG"])])
def test_groups_are_airports_and_routes_too(documents, by, codes):
    store_rows(late(10))
    assert [row["code"] for row in tallies(by)["departure"].figures(10)] == codes


def test_those_with_most_flights_come_first(documents):
    store_rows(late(1, "AF1"), late(2, "AF2"), late(3, "BA1", airline__iata="BA", airline__icao="BAW"))
    assert [row["code"] for row in tallies()["departure"].figures(10)] == ["AFR", "BAW"]
    assert len(tallies()["departure"].figures(1)) == 1


def test_conditions_leave_other_flights_out(documents):
    store_rows(late(1, "AF1"), late(3, "BA1", airline__iata="BA", airline__icao="BAW"))
    assert list(tallies(carriers="BA")["departure"].minutes) == ["BAW"]
