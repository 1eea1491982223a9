"""Aircraft manufacturer with the most active flights."""

import pytest

from flights.reference.entities import Miss
from tests.flights.indicators.factories import A320, A321, B738, C47, E190, a_seen, asked, some, value_of

ID = "manufacturer_most_active"


def test_by_hand():
    slot = [*some(2, aircraft=A320), a_seen(aircraft=A321), *some(2, aircraft=B738), a_seen(aircraft=E190)]
    assert value_of(ID, slot) == {"manufacturer": "Airbus", "count": 3}


def test_tied_manufacturers_are_all_listed():
    answer = asked(ID, [a_seen(aircraft=B738), a_seen(aircraft=A320), a_seen(aircraft=E190)])
    assert answer.ties == {"world": ["Airbus", "Boeing", "Embraer"]}


@pytest.mark.parametrize(
    ("aircraft", "reason"),
    [
        (Miss.NOTHING, "no-aircraft"),
        (Miss.UNKNOWN, "unknown-aircraft"),
        (Miss.AMBIGUOUS, "ambiguous-aircraft"),
        (C47, "ambiguous-manufacturer"),
    ],
)
def test_an_aircraft_without_one_maker_is_excluded(aircraft, reason):
    answer = asked(ID, [a_seen(aircraft=aircraft)])
    assert (answer.value, answer.excluded) == (None, {reason: 1})
