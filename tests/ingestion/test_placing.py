"""Where a flight was at an instant, by hand-made records. Lyon and Paris are an hour ahead of UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flights.records import FlightStatus
from ingestion.placing import LONGEST, Place, dates_of, place_of, seen_at
from tests.factories import a_row, records_from


def at(clock, day=24):
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def local(clock, day=24):
    return clock and f"2026-11-{day}T{clock}:00+00:00"


def flown(departed="06:21", arrived="07:25", status="landed", **changes):
    """Lyon 06:15 to Paris 07:30, with its actual times; all clocks local."""
    times = {
        "departure__actual": local(departed),
        "departure__actual_runway": None,
        "arrival__actual": local(arrived),
        "flight_status": status,
    }
    return records_from([a_row(**times | changes)])[0]


@pytest.mark.parametrize(
    ("instant", "place"),
    [
        ("05:20", Place.ELSEWHERE),
        ("05:21", Place.ACTIVE),  # departed exactly then
        ("06:24", Place.ACTIVE),
        ("06:25", Place.ELSEWHERE),  # arrived exactly then
        ("12:00", Place.ELSEWHERE),
    ],
)
def test_a_flight_is_in_the_air_from_its_departure_until_before_its_arrival(instant, place):
    assert place_of(flown(), at(instant)) == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, Place.WITHOUT_ARRIVAL),  # scheduled 06:30 UTC
        ({"arrival__estimated": local("06:50")}, Place.ELSEWHERE),  # the estimate goes before the schedule
        ({"arrival__estimated": local("07:00")}, Place.ELSEWHERE),  # exactly then
        ({"arrival__scheduled": local("06:59"), "arrival__estimated": local("09:10")}, Place.WITHOUT_ARRIVAL),
        ({"arrival__scheduled": None}, Place.UNPLACED),
        ({"status": "landed"}, Place.UNPLACED),  # it has ended, nobody knows when
        ({"status": "landed", "arrival__scheduled": local("06:40")}, Place.ELSEWHERE),
        ({"status": "scheduled"}, Place.WITHOUT_ARRIVAL),
        ({"status": "cancelled"}, Place.ELSEWHERE),
        ({"status": "diverted"}, Place.DIVERTED),
    ],
)
def test_without_an_arrival_what_was_expected_decides_and_one_that_ended_is_not_placed(changes, place):
    assert place_of(flown(arrived=None, **{"status": "active", **changes}), at("06:00")) == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, Place.UNPLACED),  # it should have been in the air
        ({"departure__estimated": local("07:10")}, Place.ELSEWHERE),
        ({"arrived": None}, Place.UNPLACED),
        ({"arrived": None, "arrival__scheduled": local("06:55")}, Place.ELSEWHERE),
        ({"arrived": "06:55"}, Place.ELSEWHERE),
        ({"departure__actual_runway": local("06:30")}, Place.ACTIVE),  # the runway's time will do
        ({"status": "cancelled"}, Place.ELSEWHERE),
    ],
)
def test_without_a_departure_a_flight_is_never_taken_as_active(changes, place):
    assert place_of(flown(**{"departed": None, **changes}), at("06:00")) == place


@pytest.mark.parametrize("status", ["diverted", "redirected", "incident"])
def test_flights_with_another_end_are_told_apart_only_while_in_the_air(status):
    record = flown(status=status)
    assert [place_of(record, at(clock)) for clock in ("06:00", "07:00")] == [Place.DIVERTED, Place.ELSEWHERE]


def test_times_that_no_flight_can_have_are_not_believed():
    late = flown(arrival__actual=local("06:22", day=25))
    assert place_of(late, at("06:00")) == Place.UNPLACED
    lost = flown(arrived=None, status="active", arrival__scheduled=local("09:00", day=27))
    assert place_of(lost, at("05:21") + LONGEST + timedelta(minutes=1)) == Place.ELSEWHERE


def test_an_airport_without_a_zone_has_no_instants_so_its_flight_is_not_placed():
    nowhere = {"arrival__timezone": None, "arrival__iata": "QQZ", "arrival__icao": None}
    assert place_of(flown(**nowhere), at("06:00")) == Place.UNPLACED


def test_a_flight_over_midnight_belongs_to_the_day_before():
    record = flown(
        departure__scheduled=local("23:50", day=23),
        departure__estimated=None,
        departure__actual=local("23:55", day=23),
        arrival__actual=local("01:10"),
    )
    assert (record.flight_date, place_of(record, at("00:00"))) == ("2026-11-23", Place.ACTIVE)
    assert date(2026, 11, 23) in dates_of(at("00:00"))


def test_a_flight_from_auckland_belongs_to_the_day_after():
    auckland = {"departure__timezone": "Pacific/Auckland", "departure__iata": "AKL", "departure__icao": "NZAA"}
    record = flown(
        departure__scheduled=local("00:30", day=25),
        departure__estimated=None,
        departure__actual=local("00:40", day=25),
        arrival__actual=local("13:00"),
        **auckland,
    )
    assert (record.flight_date, place_of(record, at("11:50"))) == ("2026-11-25", Place.ACTIVE)
    assert date(2026, 11, 25) in dates_of(at("11:50"))


def test_the_day_after_is_needed_only_once_it_has_begun_somewhere():
    assert [each.day for each in dates_of(at("09:59"))] == [23, 24]
    assert [each.day for each in dates_of(at("10:00"))] == [23, 24, 25]


def test_what_the_slot_says_is_marked_as_inferred_and_knows_nothing_of_what_came_later():
    record = flown(arrival__baggage="7", live={"speed_horizontal": 700.0, "latitude": 46.0, "longitude": 4.0})
    seen = seen_at(record, "2026-11-24T06Z", "2026-11-24T06Z.9", 0)
    assert (seen.status, seen.status_text, seen.status_inferred) == (FlightStatus.ACTIVE, "landed", True)
    assert (seen.arrival.actual, seen.arrival.baggage, seen.arrival_delay_min, seen.live) == (None, None, None, None)
    assert (seen.slot, seen.run) == ("2026-11-24T06Z", "2026-11-24T06Z.9")
    assert (seen.departure, seen.arrival.scheduled) == (record.departure, record.arrival.scheduled)


def test_its_place_among_records_and_when_it_was_seen_stay_those_of_the_day():
    record = flown()
    seen = seen_at(record, "2026-11-24T06Z", "2026-11-24T06Z.9", 0)
    names = ("collected_at", "observed_at", "first_seen", "last_seen", "transform", "page", "row", "digest")
    assert [getattr(seen, name) for name in names] == [getattr(record, name) for name in names]
