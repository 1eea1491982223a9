"""Which movements a question is about."""

from flights.indicators.seen import Seen
from flights.records import FlightStatus

NO_MOVEMENT = "the slot holds no movement"
NO_ACTIVE = "no flight was active in this slot"
NO_OPERATING = "the slot holds no movement that is not cancelled"


def every(_seen: Seen) -> bool:
    return True


def is_active(seen: Seen) -> bool:
    """Active by status in this slot: no other status stands in for it."""
    return seen.status is FlightStatus.ACTIVE


def is_not_cancelled(seen: Seen) -> bool:
    return seen.status is not FlightStatus.CANCELLED
