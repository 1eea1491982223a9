"""Grouping by the continent that an airport itself lies on: never by its country, never by its time zone."""

from typing import Any

from flights.indicators.reasons import destination_of, origin_of
from flights.indicators.seen import Seen
from flights.reference.entities import Airport, Continent

NAMES: dict[str, str] = {
    Continent.AFRICA.value: "Africa",
    Continent.ANTARCTICA.value: "Antarctica",
    Continent.ASIA.value: "Asia",
    Continent.EUROPE.value: "Europe",
    Continent.NORTH_AMERICA.value: "North America",
    Continent.OCEANIA.value: "Oceania",
    Continent.SOUTH_AMERICA.value: "South America",
}


def origin_continent(seen: Seen) -> str:
    return _code(origin_of(seen))


def destination_continent(seen: Seen) -> str:
    return _code(destination_of(seen))


def is_within_one(seen: Seen) -> bool:
    return origin_of(seen).continent is destination_of(seen).continent


def labelled(continent: str, **rest: Any) -> dict[str, Any]:
    """One row of an answer by continent."""
    return {"continent": continent, "continent_name": NAMES[continent], **rest}


def _code(airport: Airport) -> str:
    return str(airport.continent.value)
