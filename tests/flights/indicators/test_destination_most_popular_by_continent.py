"""Most popular destination airport, by its continent."""

from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import CDG, EZE, GRU, JFK, LYS, a_seen, asked, some, value_of

ID = "destination_most_popular_by_continent"


def test_by_hand():
    slot = [
        *some(2, destination=CDG),
        a_seen(origin=CDG, destination=LYS),
        a_seen(origin=CDG, destination=JFK, status=FlightStatus.SCHEDULED),
        *some(5, destination=LYS, status=FlightStatus.CANCELLED),
    ]
    assert value_of(ID, slot) == [
        {"continent": "EU", "continent_name": "Europe", "airport": "CDG", "name": "CDG airport", "count": 2, "n": 3},
        {
            "continent": "NA",
            "continent_name": "North America",
            "airport": "JFK",
            "name": "JFK airport",
            "count": 1,
            "n": 1,
        },
    ]


def test_the_americas_have_one_each():
    slot = [*some(3, destination=JFK), a_seen(destination=EZE)]
    assert [(row["continent"], row["airport"]) for row in value_of(ID, slot)] == [("NA", "JFK"), ("SA", "EZE")]


def test_ties_are_listed_by_continent():
    assert asked(ID, [a_seen(destination=GRU), a_seen(destination=EZE)]).ties == {"SA": ["EZE", "GRU"]}


def test_the_origin_need_not_be_known():
    answer = asked(ID, [a_seen(origin=Miss.UNKNOWN), a_seen(destination=Miss.UNKNOWN)])
    assert (answer.n, answer.excluded) == (1, {"unknown-destination": 1})
