"""Why a movement can't be used: one word pair a reason; None where nothing is missing.

`origin_of` and its like hand out what a movement without that reason has.
"""

from typing import cast

from flights.indicators.seen import Seen
from flights.reference.entities import AircraftType, Airline, Airport, Miss

_WORDS = {Miss.NOTHING: "no", Miss.UNKNOWN: "unknown", Miss.AMBIGUOUS: "ambiguous"}


def origin_missing(seen: Seen) -> str | None:
    """no-origin (no code was told), unknown-origin, ambiguous-origin."""
    return _missing(seen.origin, "origin")


def destination_missing(seen: Seen) -> str | None:
    """no-destination, unknown-destination, ambiguous-destination."""
    return _missing(seen.destination, "destination")


def airline_missing(seen: Seen) -> str | None:
    """no-airline, unknown-airline, ambiguous-airline."""
    return _missing(seen.airline, "airline")


def airline_code_missing(seen: Seen) -> str | None:
    """no-airline: for counts under the told code, which the reference need not know."""
    return None if seen.airline_code else "no-airline"


def aircraft_missing(seen: Seen) -> str | None:
    """no-aircraft, unknown-aircraft, ambiguous-aircraft."""
    return _missing(seen.aircraft, "aircraft")


def origin_of(seen: Seen) -> Airport:
    return cast(Airport, seen.origin)


def destination_of(seen: Seen) -> Airport:
    return cast(Airport, seen.destination)


def airline_of(seen: Seen) -> Airline:
    return cast(Airline, seen.airline)


def aircraft_of(seen: Seen) -> AircraftType:
    return cast(AircraftType, seen.aircraft)


def _missing(found: Airport | Airline | AircraftType | Miss, what: str) -> str | None:
    return f"{_WORDS[found]}-{what}" if isinstance(found, Miss) else None
