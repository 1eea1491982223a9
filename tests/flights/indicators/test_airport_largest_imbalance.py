"""Airport with the largest gap between outbound and inbound flights."""

from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import CDG, JFK, LYS, a_seen, asked, some, value_of

ID = "airport_largest_imbalance"


def test_by_hand():
    slot = [
        *some(3, origin=LYS, destination=CDG),
        a_seen(origin=CDG, destination=LYS),
        a_seen(origin=JFK, destination=CDG),
        *some(9, origin=CDG, destination=JFK, status=FlightStatus.CANCELLED),
    ]
    assert value_of(ID, slot) == {"airport": "CDG", "name": "CDG airport", "outbound": 1, "inbound": 4, "gap": -3}


def test_an_airport_with_traffic_one_way_only_counts():
    slot = [*some(2, origin=CDG, destination=LYS), a_seen(origin=LYS, destination=CDG), a_seen(origin=JFK)]
    slot = [each for each in slot if each.destination is not CDG or each.origin is JFK] + some(3, origin=JFK)
    assert value_of(ID, slot)["airport"] == "JFK"


def test_a_surplus_and_a_lack_of_the_same_size_are_tied():
    answer = asked(ID, some(2, origin=LYS, destination=CDG))
    assert (answer.value["airport"], answer.value["gap"], answer.ties) == ("CDG", -2, {"world": ["CDG", "LYS"]})


def test_where_all_is_balanced_every_airport_has_the_largest_gap_of_none():
    answer = asked(ID, [a_seen(origin=LYS, destination=CDG), a_seen(origin=CDG, destination=LYS)])
    assert (answer.value["gap"], answer.ties) == (0, {"world": ["CDG", "LYS"]})


def test_a_movement_with_one_unresolved_end_is_excluded_whole():
    answer = asked(ID, [*some(5, origin=Miss.UNKNOWN, destination=CDG), a_seen(origin=LYS, destination=JFK)])
    assert (answer.value["airport"], answer.excluded) == ("JFK", {"unknown-origin": 5})
