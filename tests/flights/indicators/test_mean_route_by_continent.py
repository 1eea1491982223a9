"""Mean route length, by continent of origin."""

from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import CDG, ESB, EZE, GRU, IST, JFK, LYS, a_seen, asked, value_of

ID = "mean_route_by_continent"


def test_by_hand():
    slot = [
        a_seen(origin=LYS, destination=CDG),  # 412.4 km
        a_seen(origin=CDG, destination=JFK),  # 5833.6 km
        a_seen(origin=JFK, destination=CDG, status=FlightStatus.SCHEDULED),
        a_seen(origin=EZE, destination=GRU, status=FlightStatus.CANCELLED),
    ]
    assert value_of(ID, slot) == [
        {"continent": "EU", "continent_name": "Europe", "km": 3123.0, "n": 2},
        {"continent": "NA", "continent_name": "North America", "km": 5833.6, "n": 1},
    ]


def test_the_americas_are_two():
    slot = [a_seen(origin=JFK, destination=EZE), a_seen(origin=EZE, destination=JFK)]
    assert [row["continent_name"] for row in value_of(ID, slot)] == ["North America", "South America"]


def test_a_country_on_two_continents_is_split_by_airport():
    slot = [a_seen(origin=IST, destination=ESB), a_seen(origin=ESB, destination=IST)]
    assert [(row["continent"], row["n"]) for row in value_of(ID, slot)] == [("AS", 1), ("EU", 1)]


def test_an_end_that_is_not_resolved_is_excluded():
    answer = asked(ID, [a_seen(origin=Miss.NOTHING), a_seen(destination=Miss.UNKNOWN)])
    assert (answer.value, answer.excluded) == (None, {"no-origin": 1, "unknown-destination": 1})
