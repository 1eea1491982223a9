"""The three most used aircraft models, by country of the airline."""

import pytest

from flights.reference.entities import Miss
from tests.flights.indicators.factories import (
    A320,
    A321,
    A359,
    AFR,
    B738,
    DLH,
    E190,
    PRIVATE,
    a_seen,
    asked,
    some,
    value_of,
)

ID = "top_models_by_airline_country"


def test_by_hand():
    french = [*some(3, aircraft=A320), *some(2, aircraft=E190), *some(2, aircraft=A321), a_seen(aircraft=B738)]
    assert value_of(ID, [*french, a_seen(airline=DLH, aircraft=A359)]) == [
        {"country": "DE", "models": [{"model": "A359", "name": "Airbus A359", "count": 1}], "n": 1},
        {
            "country": "FR",
            "models": [
                {"model": "A320", "name": "Airbus A320", "count": 3},
                {"model": "A321", "name": "Airbus A321", "count": 2},
                {"model": "E190", "name": "Embraer E190", "count": 2},
            ],
            "n": 8,
        },
    ]


def test_a_tie_at_the_third_place_names_all_that_share_it():
    slot = [*some(3, aircraft=A320), *some(2, aircraft=E190), a_seen(aircraft=B738), a_seen(aircraft=A321)]
    answer = asked(ID, slot)
    assert [model["model"] for model in answer.value[0]["models"]] == ["A320", "E190", "A321"]
    assert answer.ties == {"FR": ["A321", "B738"]}


def test_equal_counts_that_all_find_room_are_no_tie():
    assert asked(ID, [a_seen(aircraft=A320), a_seen(aircraft=A321), a_seen(aircraft=B738)]).ties == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"airline": Miss.NOTHING, "aircraft": Miss.NOTHING}, "no-airline"),
        ({"airline": Miss.UNKNOWN}, "unknown-airline"),
        ({"airline": Miss.AMBIGUOUS}, "ambiguous-airline"),
        ({"airline": PRIVATE, "aircraft": Miss.NOTHING}, "unknown-country"),
        ({"airline": AFR, "aircraft": Miss.NOTHING}, "no-aircraft"),
        ({"airline": AFR, "aircraft": Miss.UNKNOWN}, "unknown-aircraft"),
        ({"airline": AFR, "aircraft": Miss.AMBIGUOUS}, "ambiguous-aircraft"),
    ],
)
def test_each_is_excluded_for_one_reason(changes, reason):
    answer = asked(ID, [a_seen(**changes)])
    assert (answer.value, answer.excluded) == (None, {reason: 1})
