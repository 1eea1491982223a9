"""Codes that the reference tables do not resolve."""

from flights.indicators.registry import REGISTRY, explain
from flights.reference.entities import Miss
from tests.flights.indicators.factories import a_seen, asked, some, value_of

ID = "codes_unresolved"


def test_by_hand():
    slot = [
        a_seen(),
        *some(2, origin=Miss.UNKNOWN, origin_code="QQQ"),
        a_seen(airline=Miss.AMBIGUOUS, airline_code="TWO"),
        a_seen(aircraft=Miss.UNKNOWN, aircraft_code="ZZZZ"),
    ]
    assert value_of(ID, slot) == {
        "codes": [
            {"kind": "airport", "code": "QQQ", "outcome": "unknown", "movements": 2},
            {"kind": "aircraft", "code": "ZZZZ", "outcome": "unknown", "movements": 1},
            {"kind": "airline", "code": "TWO", "outcome": "ambiguous", "movements": 1},
        ],
        "omitted": 0,
    }


def test_that_every_code_is_known_is_an_answer():
    answer = asked(ID, [a_seen()])
    assert (answer.value, answer.reason) == ({"codes": [], "omitted": 0}, None)


def test_a_movement_counts_once_though_both_its_ends_have_the_code():
    slot = [a_seen(origin=Miss.UNKNOWN, origin_code="QQQ", destination=Miss.UNKNOWN, destination_code="QQQ")]
    assert value_of(ID, slot)["codes"][0]["movements"] == 1


def test_nothing_told_is_no_code():
    assert value_of(ID, [a_seen(airline=Miss.NOTHING, aircraft=Miss.NOTHING)])["codes"] == []


def test_at_most_five_hundred_are_listed():
    slot = [a_seen(origin=Miss.UNKNOWN, origin_code=f"Q{number}") for number in range(503)]
    value = value_of(ID, slot)
    assert (len(value["codes"]), value["omitted"]) == (500, 3)


def test_the_evidence_names_the_codes_of_a_movement():
    seen = a_seen(origin=Miss.UNKNOWN, origin_code="QQQ", airline=Miss.UNKNOWN, airline_code="ZZZ")
    assert explain(REGISTRY[ID], seen).detail == "airline ZZZ, airport QQQ"
