"""Rows of the upstream's reference endpoints made entities; what is known to be wrong in them is not let in. Pure.

Every number is sent as text, ids are not stable (none is read), dates may be `0000-00-00` (none is read), names may
hold control characters, and a country's code may contradict the name beside it.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from flights.reference.continents import continent_of
from flights.reference.entities import Airline, Airport, Continent
from flights.reference.names import plain
from flights.reference.openflights import iata_code, icao_code
from flights.times import known_zone
from ingestion import fields
from ingestion.errors import InvalidRow, UnusableEntry

Row = Mapping[str, Any]
ACTIVE = "active"
# Nobody registers an airline there; Southwest is sent with `UM`.
UNINHABITED = frozenset({"AQ", "BV", "GS", "HM", "TF", "UM"})
_AIRPORT_IATA = re.compile(r"[A-Z]{3}")
_AIRPORT_ICAO = re.compile(r"[A-Z]{4}")
_HEX = re.compile(r"[0-9A-F]{6}")
_REGISTRATION = re.compile(r"[A-Z0-9][A-Z0-9-]{1,9}")
_NO_AIRFRAME = {"000000", "FFFFFF"}


class World(Struct, frozen=True):
    """What is known of countries: continent by code, code by plain name."""

    continents: Mapping[str, Continent]
    codes: Mapping[str, str]


class ToldAirframe(Struct, frozen=True, kw_only=True):
    """One aircraft as told: its 24-bit address, and type codes of which none may be known."""

    code: str
    type_codes: tuple[str, ...]
    registration: str | None
    active: bool


def airport_of(row: Row, world: World) -> Airport:
    """Raises UnusableEntry for a row without a usable code, name, country and position."""
    iata, icao = _fitting(_AIRPORT_IATA, row.get("iata_code")), _fitting(_AIRPORT_ICAO, row.get("icao_code"))
    code = iata or icao
    if code is None:
        raise UnusableEntry("airport-code", f"{row.get('iata_code')!r}, {row.get('icao_code')!r}")
    country, (latitude, longitude) = country_of(row, world), _position(row)
    return Airport(
        code=code,
        iata=iata,
        icao=icao,
        name=_name(row.get("airport_name")),
        city=None,
        country=country,
        continent=continent_of(country, latitude, longitude, world.continents[country]),
        latitude=latitude,
        longitude=longitude,
        zone=zone.key if (zone := known_zone(_clean(row.get("timezone")))) else None,
    )


def airline_of(row: Row, world: World, left_out: Counter[str]) -> Airline:
    """Raises UnusableEntry for a row without a usable code and name, or of an airline that is no more.

    A country that cannot be right is left out, and counted, but not the airline.
    """
    if _clean(row.get("status")) != ACTIVE:
        raise UnusableEntry("airline-not-active", repr(row.get("status")))
    iata, icao = iata_code(_clean(row.get("iata_code"))), icao_code(_clean(row.get("icao_code")))
    code = icao or iata
    if code is None:
        raise UnusableEntry("airline-code", f"{row.get('iata_code')!r}, {row.get('icao_code')!r}")
    return Airline(
        code=code,
        iata=iata,
        icao=icao,
        name=_name(fields.name(_clean(row.get("airline_name")))),
        callsign=_clean(row.get("callsign")),
        country=_home(row, world, left_out),
    )


def airframe_of(row: Row) -> ToldAirframe:
    """Raises UnusableEntry for a row without a 24-bit address or any type code."""
    code = _fitting(_HEX, row.get("icao_code_hex"))
    if code is None or code in _NO_AIRFRAME:
        raise UnusableEntry("airframe-address", repr(row.get("icao_code_hex")))
    told = (_clean(row.get("iata_code_long")), _clean(row.get("iata_code_short")))
    type_codes = tuple(each.upper() for each in told if each)
    if not type_codes:
        raise UnusableEntry("airframe-type", "no type code")
    registration = _fitting(_REGISTRATION, row.get("registration_number"))
    active = _clean(row.get("plane_status")) == ACTIVE
    return ToldAirframe(code=code, type_codes=type_codes, registration=registration, active=active)


def continent_told(row: Row, world: World) -> tuple[str, str | None]:
    """A country's code and continent; raises UnusableEntry for a country that is not known."""
    return country_of({"country_iso2": row.get("country_iso2")}, world), _clean(row.get("continent"))


def type_told(row: Row) -> tuple[str, str]:
    """An IATA type code and its name; raises UnusableEntry for a row without a code."""
    code = _clean(row.get("iata_code"))
    if code is None:
        raise UnusableEntry("aircraft-type-code", repr(row.get("iata_code")))
    return code.upper(), _clean(row.get("aircraft_name")) or ""


def country_of(row: Row, world: World) -> str:
    """The row's country; raises UnusableEntry where its code is unknown, or is not that of the name beside it."""
    code, name = (_clean(row.get("country_iso2")) or "").upper(), _clean(row.get("country_name"))
    if code not in world.continents:
        raise UnusableEntry("country-unknown", f"{code!r} ({name})")
    named = world.codes.get(plain(name)) if name else None
    if named is not None and named != code:
        raise UnusableEntry("country-contradicted", f"{code!r} with the name {name!r}")
    return code


def _home(row: Row, world: World, left_out: Counter[str]) -> str | None:
    if _clean(row.get("country_iso2")) is None:
        return None
    try:
        country = country_of(row, world)
    except InvalidRow as error:
        left_out[f"airline-{error.reason}"] += 1
        return None
    if country in UNINHABITED:
        left_out["airline-country-uninhabited"] += 1
        return None
    return country


def _position(row: Row) -> tuple[float, float]:
    try:
        latitude, longitude = float(row["latitude"]), float(row["longitude"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableEntry("airport-position", "no numbers") from error
    on_earth = math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004 - degrees
    if not on_earth or (latitude, longitude) == (0.0, 0.0):
        raise UnusableEntry("airport-position", f"{latitude}, {longitude}")
    return latitude, longitude


def _name(value: Any) -> str:
    name = _clean(value)
    if name is None:
        raise UnusableEntry("no-name", repr(value))
    return name


def _fitting(form: re.Pattern[str], value: Any) -> str | None:
    code = (_clean(value) or "").upper()
    return code if form.fullmatch(code) else None


def _clean(value: Any) -> str | None:
    """Text without control characters and runs of spaces; None for nothing and for what is no text."""
    told = fields.text(value) if isinstance(value, str | int) else None
    return " ".join(told.split()) if told else None
