"""The columns of every file: name, type, unit, meaning, and where a document holds the value. Pure.

Raise SCHEMA_VERSION whenever the bytes of a file change for the same flights: addresses that promise never to
change carry it (tests/flights/exports/test_bytes.py holds the bytes of each version).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flights.documents import Document
from flights.times import local_clock

SCHEMA_VERSION = 1

Path = tuple[str, ...]
Values = list[Any]


class Kind(StrEnum):
    """The type of a column; the value is its name in the manifest."""

    TEXT = "text"
    LOCAL = "local clock time, ISO 8601 without offset"
    INSTANT = "instant, UTC, milliseconds"
    DATE = "date"
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "true or false"


@dataclass(frozen=True, slots=True)
class Column:
    """`path` leads to the value in a document; None is a missing value, never zero and never an empty text."""

    name: str
    kind: Kind
    path: Path
    definition: str
    unit: str | None = None


_OPERATING = (
    ("airline_iata", "Operating airline, IATA code."),
    ("airline_icao", "Operating airline, ICAO code."),
    ("airline_name", "Operating airline, name as the upstream writes it."),
    ("flight_iata", "Operating flight with its IATA carrier, such as AF7641."),
    ("flight_icao", "Operating flight with its ICAO carrier, such as AFR7641."),
)
_PLACE = (
    ("iata", "airport, IATA code."),
    ("icao", "airport, ICAO code."),
    ("airport", "airport, name."),
    ("zone", "airport, IANA time zone."),
    ("terminal", "terminal."),
    ("gate", "gate."),
)
_CLOCKS = (
    ("scheduled", "as scheduled"),
    ("estimated", "as estimated"),
    ("actual", "as it was"),
    ("estimated_runway", "from or on the runway, as estimated"),
    ("actual_runway", "from or on the runway, as it was"),
)


def _end(name: str) -> list[Column]:
    places = [Column(f"{name}_{field}", Kind.TEXT, (name, field), f"{name.title()} {text}") for field, text in _PLACE]
    return places + [column for clock, words in _CLOCKS for column in _clock(name, clock, words)]


def _clock(end: str, clock: str, words: str) -> list[Column]:
    name, text = f"{end}_{clock}", f"{end.title()} {words}"
    quality = "How sure the instant is: ok, ambiguous, nonexistent, zone-unknown or invalid (the last two: no instant)."
    return [
        Column(f"{name}_utc", Kind.INSTANT, (end, clock, "utc"), f"{text}: the instant.", "UTC"),
        Column(f"{name}_local", Kind.LOCAL, (end, clock, "local"), f"{text}: the clock at the airport.", "local time"),
        Column(f"{name}_quality", Kind.TEXT, (end, clock, "quality"), quality),
    ]


def _live(name: str, path: str, kind: Kind, definition: str, unit: str | None = None) -> Column:
    return Column(name, kind, ("live", path), definition, unit)


COLUMNS: tuple[Column, ...] = (
    Column("flight_id", Kind.TEXT, ("flight_id",), "One aircraft movement: local departure, leg, operating flight."),
    Column("flight_date", Kind.DATE, ("flight_date",), "Local date of the scheduled departure."),
    Column("status", Kind.TEXT, ("status",), "Status; unknown when the upstream said something else."),
    Column("status_text", Kind.TEXT, ("status_text",), "The status as the upstream wrote it, where it is unknown."),
    *(Column(name, Kind.TEXT, ("operating", name), definition) for name, definition in _OPERATING),
    Column("flight_number", Kind.TEXT, ("operating", "number"), "Operating flight's number without its carrier."),
    Column("marketed_as", Kind.TEXT, ("marketed_as",), "Other numbers it is sold under, with a space between them."),
    *_end("departure"),
    *_end("arrival"),
    Column("arrival_baggage", Kind.TEXT, ("arrival", "baggage"), "Baggage belt."),
    Column("departure_delay_min", Kind.INTEGER, ("departure_delay_min",), "Departure delay; negative: early.", "min"),
    Column("arrival_delay_min", Kind.INTEGER, ("arrival_delay_min",), "Arrival delay; negative: early.", "min"),
    Column("aircraft_registration", Kind.TEXT, ("aircraft", "registration"), "Registration of the airframe."),
    Column("aircraft_iata", Kind.TEXT, ("aircraft", "iata"), "Aircraft type, IATA code."),
    Column("aircraft_icao", Kind.TEXT, ("aircraft", "icao"), "Aircraft type, ICAO code."),
    Column("aircraft_icao24", Kind.TEXT, ("aircraft", "icao24"), "24-bit address of the airframe, hexadecimal."),
    _live("position_updated_utc", "updated", Kind.INSTANT, "When the last known position was told.", "UTC"),
    _live("latitude_deg", "latitude", Kind.NUMBER, "Last known latitude; north is positive.", "degree"),
    _live("longitude_deg", "longitude", Kind.NUMBER, "Last known longitude; east is positive.", "degree"),
    _live("altitude_m", "altitude_m", Kind.NUMBER, "Last known altitude.", "m"),
    _live("direction_deg", "direction_deg", Kind.NUMBER, "Last known direction, clockwise from north.", "degree"),
    _live("speed_horizontal_kmh", "speed_horizontal_kmh", Kind.NUMBER, "Last known speed over ground.", "km/h"),
    _live(
        "speed_vertical_kmh", "speed_vertical_kmh", Kind.NUMBER, "Last known vertical speed; up is positive.", "km/h"
    ),
    _live("is_ground", "is_ground", Kind.BOOLEAN, "Whether it was on the ground at its last known position."),
    Column("slot", Kind.TEXT, ("slot",), "The slot that this state is from."),
    Column("run", Kind.TEXT, ("run",), "The run of the collection that this state is from."),
    Column("first_seen_utc", Kind.INSTANT, ("first_seen",), "When the movement was observed first.", "UTC"),
    Column("last_seen_utc", Kind.INSTANT, ("last_seen",), "When the movement was observed last.", "UTC"),
    Column("observed_at_utc", Kind.INSTANT, ("observed_at",), "When this state was observed.", "UTC"),
)
NAMES = tuple(column.name for column in COLUMNS)


def values_of(documents: Sequence[Document], columns: Sequence[Column] = COLUMNS) -> list[Values]:
    """The documents' values, a list for each column: texts, numbers, aware datetimes, dates as text, None."""
    read: dict[Path, Values] = {(): list(documents)}
    return [_converted(column, _at(column.path, read)) for column in columns]


def _at(path: Path, read: dict[Path, Values]) -> Values:
    """What all documents hold at this path; each step is read once."""
    if path not in read:
        name = path[-1]
        read[path] = [None if parent is None else parent[name] for parent in _at(path[:-1], read)]
    return read[path]


def _converted(column: Column, values: Values) -> Values:
    convert = _CONVERTED.get(column.name) or _CONVERTED.get(column.kind)
    return [None if value is None else convert(value) for value in values] if convert else values


_CONVERTED: dict[str, Callable[[Any], Any]] = {
    "marketed_as": lambda codes: " ".join(codes) or None,
    Kind.LOCAL: local_clock,
    Kind.NUMBER: float,
}
