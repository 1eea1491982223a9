"""Most frequent aircraft model, by continent of origin."""

from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import A320, B738, C47, CDG, EZE, JFK, LYS, a_seen, asked, some, value_of

ID = "model_most_frequent_by_continent"


def test_by_hand():
    slot = [
        *some(2, origin=LYS, aircraft=A320),
        a_seen(origin=CDG, aircraft=B738, status=FlightStatus.LANDED),
        *some(2, origin=EZE, destination=JFK, aircraft=B738),
        *some(9, origin=LYS, aircraft=B738, status=FlightStatus.CANCELLED),
    ]
    assert value_of(ID, slot) == [
        {"continent": "EU", "continent_name": "Europe", "model": "A320", "name": "Airbus A320", "count": 2, "n": 3},
        {
            "continent": "SA",
            "continent_name": "South America",
            "model": "B738",
            "name": "Boeing B738",
            "count": 2,
            "n": 2,
        },
    ]


def test_ties_are_listed_by_continent():
    assert asked(ID, [a_seen(aircraft=B738), a_seen(aircraft=A320)]).ties == {"EU": ["A320", "B738"]}


def test_a_model_of_several_makers_is_named_without_one():
    assert value_of(ID, [a_seen(aircraft=C47)])[0]["name"] == "C47"


def test_the_destination_need_not_be_known():
    assert asked(ID, [a_seen(destination=Miss.UNKNOWN)]).excluded == {}


def test_the_origin_is_asked_before_the_aircraft():
    assert asked(ID, [a_seen(origin=Miss.UNKNOWN, aircraft=Miss.NOTHING)]).excluded == {"unknown-origin": 1}
