"""What codes stand for, in words."""

from collections.abc import Iterable

from flights.indicators.reasons import aircraft_of, destination_of, origin_of
from flights.indicators.seen import Seen
from flights.reference.entities import AircraftType, Airline


def airline_names(movements: Iterable[Seen]) -> dict[str, str]:
    """The name of each operating airline that the reference knows, by code."""
    return {seen.airline.code: seen.airline.name for seen in movements if isinstance(seen.airline, Airline)}


def destination_names(movements: Iterable[Seen]) -> dict[str, str]:
    return {place.code: place.name for place in map(destination_of, movements)}


def airport_names(movements: Iterable[Seen]) -> dict[str, str]:
    """The name of each airport at either end; both must be known."""
    return {place.code: place.name for seen in movements for place in (origin_of(seen), destination_of(seen))}


def model_names(movements: Iterable[Seen]) -> dict[str, str]:
    """Maker and model of each aircraft type, by ICAO designator."""
    return {made.code: _model_name(made) for made in map(aircraft_of, movements)}


def _model_name(made: AircraftType) -> str:
    """Maker and model; the maker once where the model's name begins with it (ATR 72-600)."""
    if made.manufacturer is None or made.model.startswith(made.manufacturer):
        return made.model
    return f"{made.manufacturer} {made.model}"
