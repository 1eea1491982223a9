"""Active flight with the longest route."""

from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import CDG, EZE, HNL, JFK, LYS, NAN, NRT, a_seen, asked, value_of

ID = "longest_active_route"


def test_by_hand():
    slot = [
        a_seen(flight_id="near", origin=LYS, destination=CDG),
        a_seen(flight_id="far", origin=CDG, destination=EZE),
        a_seen(flight_id="middle", origin=JFK, destination=CDG),
    ]
    assert value_of(ID, slot) == {
        "flight_id": "far",
        "airline": "AFR",
        "origin": "CDG",
        "destination": "EZE",
        "km": 11100.5,
    }


def test_every_flight_on_the_longest_route_is_tied_in_either_direction():
    slot = [
        a_seen(flight_id="2", origin=EZE, destination=CDG),
        a_seen(flight_id="1", origin=CDG, destination=EZE),
        a_seen(flight_id="3", origin=LYS, destination=CDG),
    ]
    answer = asked(ID, slot)
    assert (answer.value["flight_id"], answer.ties) == ("1", {"world": ["1", "2"]})


def test_a_route_across_the_antimeridian_is_not_a_way_around_the_world():
    slot = [
        a_seen(flight_id="pacific", origin=NAN, destination=HNL),
        a_seen(flight_id="far", origin=JFK, destination=NRT),
    ]
    assert value_of(ID, slot)["flight_id"] == "far"


def test_a_longer_flight_that_is_not_active_is_not_the_longest():
    slot = [a_seen(), a_seen(flight_id="landed", status=FlightStatus.LANDED, origin=CDG, destination=EZE)]
    assert value_of(ID, slot)["destination"] == "CDG"


def test_a_flight_with_an_end_that_is_not_resolved_is_excluded():
    slot = [a_seen(), a_seen(origin=Miss.UNKNOWN), a_seen(destination=Miss.AMBIGUOUS), a_seen(destination=Miss.NOTHING)]
    assert asked(ID, slot).excluded == {"ambiguous-destination": 1, "no-destination": 1, "unknown-origin": 1}


def test_an_airline_need_not_be_known():
    assert value_of(ID, [a_seen(airline=Miss.NOTHING)])["airline"] is None
