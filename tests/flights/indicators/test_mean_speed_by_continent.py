"""Mean speed of active flights, by continent of origin."""

import pytest

from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import EZE, JFK, a_seen, asked, some, value_of

ID = "mean_speed_by_continent"


def test_by_hand():
    slot = [
        a_seen(speed_kmh=800.0),
        a_seen(speed_kmh=851.5),
        a_seen(speed_kmh=900.0, origin=JFK),
        a_seen(speed_kmh=700.0, origin=EZE),
        a_seen(speed_kmh=100.0, status=FlightStatus.LANDED),
    ]
    assert value_of(ID, slot) == [
        {"continent": "EU", "continent_name": "Europe", "kmh": 825.8, "n": 2},
        {"continent": "NA", "continent_name": "North America", "kmh": 900.0, "n": 1},
        {"continent": "SA", "continent_name": "South America", "kmh": 700.0, "n": 1},
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"has_position": False, "position_age_min": None, "speed_kmh": None}, "no-position"),
        ({"position_age_min": None, "is_ground": True}, "undated-position"),
        ({"position_age_min": 60.1, "is_ground": True}, "old-position"),
        ({"is_ground": True, "speed_kmh": None}, "on-ground"),
        ({"speed_kmh": None, "origin": Miss.UNKNOWN}, "no-speed"),
        ({"origin": Miss.UNKNOWN}, "unknown-origin"),
        ({"origin": Miss.AMBIGUOUS}, "ambiguous-origin"),
    ],
)
def test_each_is_excluded_for_one_reason(changes, reason):
    answer = asked(ID, [a_seen(**changes), a_seen()])
    assert (answer.n, answer.excluded) == (1, {reason: 1})


@pytest.mark.parametrize("changes", [{"position_age_min": 60.0}, {"is_ground": None}, {"destination": Miss.UNKNOWN}])
def test_what_is_still_used(changes):
    assert asked(ID, [a_seen(**changes)]).n == 1


def test_no_live_position_at_all_is_no_speed_of_zero():
    answer = asked(ID, some(3, has_position=False))
    assert (answer.value, answer.coverage) == (None, 0.0)
    assert answer.reason == "none of the 3 movements it is about could be used: 3 no-position"
