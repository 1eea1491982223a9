"""Slots drawn at random, with everything in them that indicators stumble over."""

from random import Random
from typing import Any

from flights.indicators.seen import Seen
from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import AIRLINES, AIRPORTS, PRIVATE, TYPES, a_seen

AIRLINE_CHOICES = (*AIRLINES.values(), PRIVATE)
MISSES = ((Miss.UNKNOWN, "QQQ"), (Miss.UNKNOWN, "QQX"), (Miss.AMBIGUOUS, "TWO"), (Miss.NOTHING, None))


def a_slot(seed: int) -> list[Seen]:
    """Up to 60 movements; some slots are all found, some all missed, some all of one status."""
    draws = Random(seed)  # noqa: S311  made-up flights, no secret depends on it
    missed, statuses = draws.choice((0.0, 0.1, 0.4, 1.0)), draws.choice((tuple(FlightStatus), (FlightStatus.ACTIVE,)))
    size = draws.choice((*(0,) * 3, *range(61)))
    return [_movement(draws, number, missed, statuses) for number in range(size)]


def _movement(draws: Random, number: int, missed: float, statuses: tuple[FlightStatus, ...]) -> Seen:
    changes: dict[str, Any] = {
        "flight_id": f"{draws.randrange(100):02d}-{number:02d}",
        "page": f"00.{draws.randrange(4):05d}",
        "status": draws.choice(statuses),
        "marketed": draws.choice((0, 0, 0, 1, 3)),
        "departed": draws.random() < 0.6,
        "arrived": draws.random() < 0.6,
        "departure_delay_min": draws.choice((None, -5, 0, 15, 16, 43)),
        "arrival_delay_min": draws.choice((None, -12, 0, 15, 16, 77)),
        "has_position": draws.random() < 0.7,
        "is_ground": draws.choice((None, False, False, True)),
        "position_age_min": draws.choice((None, -1.0, 5.0, 60.0, 60.5)),
        "speed_kmh": draws.choice((None, 0.0, 411.5, 800.0, 903.3)),
    }
    for what, table in (
        ("origin", tuple(AIRPORTS.values())),
        ("destination", tuple(AIRPORTS.values())),
        ("airline", AIRLINE_CHOICES),
        ("aircraft", tuple(TYPES.values())),
    ):
        changes |= _found_or_missed(draws, what, table, missed)
    return a_seen(**changes)


def _found_or_missed(draws: Random, what: str, table: tuple[Any, ...], missed: float) -> dict[str, Any]:
    if draws.random() >= missed:
        found = draws.choice(table)
        return {what: found, f"{what}_code": found.code}
    miss, code = draws.choice((*MISSES, (Miss.AMBIGUOUS, table[0].code)))
    return {what: miss, f"{what}_code": code}
