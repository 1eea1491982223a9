"""Aircraft movements, and the flights marketed on them."""

from flights.records import FlightStatus
from tests.flights.indicators.factories import a_seen, some, value_of


def test_by_hand():
    slot = [*some(2, marketed=2), a_seen(status=FlightStatus.CANCELLED), a_seen(status=FlightStatus.LANDED)]
    assert value_of("movements", slot) == {
        "movements": 4,
        "marketed_flights": 8,
        "per_movement": 2.0,
        "by_status": {"active": 2, "landed": 1, "cancelled": 1},
    }
