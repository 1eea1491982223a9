"""Airline with the most active regional flights, by continent."""

import pytest

from flights.reference.entities import Miss
from tests.flights.indicators.factories import (
    AFR,
    CDG,
    DLH,
    ESB,
    EZE,
    GRU,
    IST,
    JFK,
    LYS,
    a_seen,
    an_airport,
    asked,
    some,
    value_of,
)

ID = "airline_most_regional_by_continent"


def test_by_hand():
    europe = [*some(2, airline=DLH, origin=LYS, destination=CDG), a_seen(airline=AFR, origin=CDG, destination=IST)]
    south = some(2, airline=AFR, origin=EZE, destination=GRU)
    assert value_of(ID, [*europe, *south, a_seen(origin=CDG, destination=JFK)]) == [
        {
            "continent": "EU",
            "continent_name": "Europe",
            "airline": "DLH",
            "name": "DLH airline",
            "count": 2,
            "n": 3,
        },
        {
            "continent": "SA",
            "continent_name": "South America",
            "airline": "AFR",
            "name": "AFR airline",
            "count": 2,
            "n": 2,
        },
    ]


def test_ties_are_listed_by_continent():
    slot = [a_seen(airline=DLH), a_seen(airline=AFR), *some(2, airline=AFR, origin=EZE, destination=GRU)]
    assert asked(ID, slot).ties == {"EU": ["AFR", "DLH"]}


def test_a_flight_between_the_americas_is_not_regional():
    answer = asked(ID, [a_seen(origin=JFK, destination=EZE), a_seen()])
    assert (answer.population, [row["continent"] for row in answer.value]) == (1, ["EU"])


def test_within_a_country_on_two_continents_the_airports_decide():
    answer = asked(ID, [a_seen(origin=IST, destination=ESB)])
    assert (answer.value, answer.population) == (None, 0)
    assert answer.reason == "no active flight of this slot stayed on one continent"


def test_two_countries_of_one_continent_are_regional():
    assert value_of(ID, [a_seen(origin=IST, destination=CDG)])[0]["continent"] == "EU"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"origin": Miss.UNKNOWN}, "unknown-origin"),
        ({"origin": Miss.AMBIGUOUS, "destination": Miss.UNKNOWN}, "ambiguous-origin"),
        ({"destination": Miss.UNKNOWN, "airline": Miss.NOTHING}, "unknown-destination"),
        ({"destination": Miss.AMBIGUOUS}, "ambiguous-destination"),
        ({"destination": Miss.NOTHING}, "no-destination"),
        ({"airline": Miss.NOTHING}, "no-airline"),
    ],
)
def test_what_may_be_regional_is_excluded_for_one_reason(changes, reason):
    assert asked(ID, [a_seen(**changes), a_seen()]).excluded == {reason: 1}


def test_a_known_airport_next_to_an_unknown_one_is_not_regional_by_default():
    lost = an_airport("XXX", "AF", 0, 0)
    assert asked(ID, [a_seen(origin=lost, destination=Miss.UNKNOWN)]).value is None
