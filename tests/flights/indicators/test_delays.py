"""Departure and arrival delays by airline, airport and route."""

import pytest

from flights.indicators.delays import INDICATORS, figures
from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import AFR, CDG, DLH, JFK, LYS, a_seen, asked, value_of

ARRIVED = {"arrived": True, "arrival_delay_min": 1}


def late(*minutes, **changes):
    return [a_seen(departure_delay_min=each, **changes) for each in minutes]


def test_by_hand():
    assert value_of("departure_delays_by_airline", [*late(0, 20, -5, 16, airline=AFR), *late(15, airline=DLH)]) == [
        {"airline": "AFR", "n": 4, "median_min": 8.0, "p90_min": 18.8, "over_15_share": 0.5},
        {"airline": "DLH", "n": 1, "median_min": 15.0, "p90_min": 15.0, "over_15_share": 0.0},
    ]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([7], {"n": 1, "median_min": 7, "p90_min": 7, "over_15_share": 0}),
        ([1, 2], {"n": 2, "median_min": 1.5, "p90_min": 1.9, "over_15_share": 0}),
        (range(11), {"n": 11, "median_min": 5, "p90_min": 9, "over_15_share": 0}),
        ([16, 15, 15], {"n": 3, "median_min": 15, "p90_min": 15.8, "over_15_share": 0.3333}),
        ([-40, -20], {"n": 2, "median_min": -30, "p90_min": -22, "over_15_share": 0}),
    ],
)
def test_figures_as_a_spreadsheet_computes_them(minutes, expected):
    assert figures(minutes) == expected


def test_no_minutes_have_no_figures():
    with pytest.raises(ValueError, match="no minutes"):
        figures([])


def test_departures_are_those_of_the_origin_and_arrivals_those_of_the_destination():
    slot = [a_seen(origin=LYS, destination=CDG, arrived=True, arrival_delay_min=30)]
    departures, arrivals = value_of("departure_delays_by_airport", slot), value_of("arrival_delays_by_airport", slot)
    assert (departures[0]["airport"], departures[0]["median_min"]) == ("LYS", 6)
    assert (arrivals[0]["airport"], arrivals[0]["median_min"]) == ("CDG", 30)


def test_a_route_has_a_direction():
    slot = [a_seen(origin=LYS, destination=CDG), a_seen(origin=CDG, destination=LYS)]
    assert [row["route"] for row in value_of("departure_delays_by_route", slot)] == ["CDG-LYS", "LYS-CDG"]


def test_codes_that_the_reference_does_not_know_count_as_told():
    slot = [a_seen(airline=Miss.UNKNOWN, airline_code="ZZZ", origin=Miss.UNKNOWN, origin_code="QQQ", destination=JFK)]
    assert value_of("departure_delays_by_airline", slot)[0]["airline"] == "ZZZ"
    assert value_of("departure_delays_by_route", slot)[0]["route"] == "QQQ-JFK"


@pytest.mark.parametrize(
    ("indicator", "changes", "reason"),
    [
        ("departure_delays_by_airline", {"departure_delay_min": None}, "no-departure-time"),
        ("departure_delays_by_airline", {"airline": Miss.NOTHING}, "no-airline"),
        ("departure_delays_by_airport", {"origin": Miss.NOTHING}, "no-airport"),
        ("departure_delays_by_route", {"destination": Miss.NOTHING}, "no-airport"),
        ("arrival_delays_by_airline", {"arrived": True}, "no-arrival-time"),
        (
            "arrival_delays_by_airport",
            {**ARRIVED, "destination": Miss.NOTHING},
            "no-airport",
        ),
    ],
)
def test_each_is_excluded_for_one_reason(indicator, changes, reason):
    answer = asked(indicator, [a_seen(**changes)])
    assert (answer.value, answer.excluded) == (None, {reason: 1})


@pytest.mark.parametrize("indicator", [each.id for each in INDICATORS])
@pytest.mark.parametrize("changes", [{"departed": False, "arrived": False}, {"status": FlightStatus.CANCELLED}])
def test_what_has_not_happened_is_no_delay(indicator, changes):
    assert asked(indicator, [a_seen(**changes)]).population == 0


def test_a_departure_is_late_before_it_arrives():
    assert asked("departure_delays_by_airline", [a_seen(arrived=False)]).n == 1
    assert asked("arrival_delays_by_airline", [a_seen(arrived=False)]).reason == "no movement of this slot has arrived"
