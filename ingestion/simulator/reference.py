"""Rows of the reference endpoints, about the same airports, airlines and aircraft that fly."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from ingestion.simulator.airlines import Airline, airlines
from ingestion.simulator.airports import Airport, airports
from ingestion.simulator.countries import countries
from ingestion.simulator.draws import draw
from ingestion.simulator.fleet import (
    ALL_TYPES,
    MEDIUM_KM,
    SHORT_KM,
    Aircraft,
    AircraftType,
    aircraft,
    fleet_size,
    types_flown,
)

Row = dict[str, Any]
_WINTER = datetime(2026, 1, 1)  # noqa: DTZ001  a zone's standard offset is asked for by wall clock
_TAXES = (
    ("Government Tax", "AB"), ("Value Added Tax", "AC"),
    ("Passenger Service Charge (International)", "AE"), ("Airport Tax", "AH"),
    ("Security Charge", "AY"), ("Air Passenger Duty", "GB"), ("Passenger Service Charge", "UB"),
    ("Solidarity Tax", "FR"), ("Aviation Levy", "DE"), ("Transportation Tax", "US"),
    ("Immigration User Fee", "XY"), ("Customs User Fee", "YC"), ("Agriculture Fee", "XA"),
    ("Passenger Facility Charge", "XF"), ("Fuel Surcharge", "YQ"), ("Carrier Surcharge", "YR"),
)  # fmt: skip


def reference_rows(endpoint: str) -> list[Row]:
    return _ENDPOINTS[endpoint]()


def matching(rows: list[Row], params: Mapping[str, str]) -> list[Row]:
    """Filters by field, ignoring case; a name that is no field is ignored, as upstream."""
    wanted = {k: v.lower() for k, v in params.items() if rows and k in rows[0]}
    found = [r for r in rows if all(str(r[k]).lower() == v for k, v in wanted.items())]
    text = params.get("search", "").lower()
    return [r for r in found if text in "\n".join(map(str, r.values())).lower()] if text else found


@cache
def _airports() -> list[Row]:
    return [_airport_row(number, a) for number, a in enumerate(airports().values(), 1)]


def _airport_row(number: int, airport: Airport) -> Row:
    return {
        "id": str(9969435 + number),
        "gmt": _gmt(airport),
        "airport_id": str(number),
        "iata_code": airport.iata,
        "city_iata_code": airport.iata,
        "icao_code": airport.icao,
        "country_iso2": airport.country,
        "geoname_id": str(2000000 + draw("geoname", airport.iata) % 9000000),
        "latitude": f"{airport.latitude:.6g}",
        "longitude": f"{airport.longitude:.6g}",
        "airport_name": airport.name or airport.city,
        "country_name": countries()[airport.country].name,
        "phone_number": None,
        "timezone": airport.zone.key,
    }


def _cities() -> list[Row]:
    return [
        {
            "id": str(8922956 + number),
            "gmt": _gmt(airport),
            "city_id": str(number),
            "iata_code": airport.iata,
            "country_iso2": airport.country,
            "geoname_id": None if number % 7 == 1 else str(1000000 + number),
            "latitude": f"{airport.latitude:.6g}",
            "longitude": f"{airport.longitude:.6g}",
            "city_name": airport.city,
            "timezone": airport.zone.key,
        }
        for number, airport in enumerate(airports().values(), 1)
    ]


def _airlines() -> list[Row]:
    rows = []
    for number, airline in enumerate((a for a in airlines() if a.icao), 1):
        pick = draw("airline", airline.icao)
        rows.append(
            {
                "id": str(12680617 + number),
                "fleet_average_age": f"{4 + pick % 130 / 10:.1f}",
                "airline_id": str(number),
                "callsign": airline.name.split()[0].upper(),
                "hub_code": airline.hubs[0],
                "iata_code": airline.iata,
                "icao_code": airline.icao,
                "country_iso2": airline.country,
                "date_founded": str(1920 + pick % 90),
                "iata_prefix_accounting": str(1 + pick % 998) if airline.iata else None,
                "airline_name": airline.name,
                "country_name": countries()[airline.country].name,
                "fleet_size": str(fleet_size(airline) * 3),
                "status": "active",
                "type": "scheduled,division" if airline.reach == "D" else "scheduled",
            }
        )
    return rows


@cache
def _airplanes() -> list[Row]:
    fleet = [
        (airline, aircraft(airline, kind, number))
        for airline in airlines()
        for kind in _types_of(airline)
        for number in range(fleet_size(airline))
    ]
    return [_airplane_row(n, airline, flown) for n, (airline, flown) in enumerate(fleet, 1)]


def _types_of(airline: Airline) -> list[AircraftType]:
    flown = {k for km in (SHORT_KM, MEDIUM_KM, MEDIUM_KM + 1) for k in types_flown(airline, km)}
    return sorted(flown, key=lambda kind: kind.icao)


def _airplane_row(number: int, airline: Airline, flown: Aircraft) -> Row:
    kind, pick = flown.type, draw("airplane", flown.registration)
    year, month = 2000 + pick % 26, f"{1 + pick % 12:02d}"
    return {
        "id": str(18312558 + number),
        "iata_type": kind.name.split(" ", 1)[1],
        "airplane_id": str(number),
        "airline_iata_code": airline.iata,
        "iata_code_long": kind.icao,
        "iata_code_short": kind.iata,
        "airline_icao_code": airline.icao,
        "construction_number": str(20000 + pick % 40000),
        "delivery_date": f"{year}-{month}-21T22:00:00.000Z",
        "engines_count": str(kind.engines),
        "engines_type": "TURBOPROP" if kind.icao == "AT76" else "JET",
        "first_flight_date": f"{year}-{month}-02T22:00:00.000Z",
        "icao_code_hex": flown.icao24,
        "line_number": str(1 + pick % 9000),
        "model_code": kind.name.replace(" ", "-"),
        "registration_number": flown.registration,
        "test_registration_number": None,
        "plane_age": str(2026 - year),
        "plane_class": None,
        "model_name": kind.family,
        "plane_owner": airline.name,
        "plane_series": kind.icao[1:],
        "plane_status": "active",
        "production_line": kind.name,
        "registration_date": "0000-00-00",
        "rollout_date": None,
    }


def _aircraft_types() -> list[Row]:
    return [
        {
            "id": str(22227 + number),
            "iata_code": kind.iata,
            "aircraft_name": kind.name,
            "plane_type_id": str(number),
        }
        for number, kind in enumerate(ALL_TYPES, 1)
    ]


def _taxes() -> list[Row]:
    return [
        {"id": str(36991 + number), "tax_id": str(number), "tax_name": name, "iata_code": code}
        for number, (name, code) in enumerate(_TAXES, 1)
    ]


def _countries() -> list[Row]:
    return [
        {
            "id": str(238644 + number),
            "capital": country.capital,
            "currency_code": country.currency,
            "fips_code": country.iso2,
            "country_iso2": country.iso2,
            "country_iso3": country.iso3,
            "continent": country.continent,
            "country_id": str(number),
            "country_name": country.name,
            "currency_name": country.currency,
            "country_iso_numeric": country.numeric,
            "phone_prefix": country.phone,
            "population": str(10000 + draw("population", country.iso2) % 200_000_000),
        }
        for number, country in enumerate(countries().values(), 1)
    ]


def _gmt(airport: Airport) -> str:
    """The standard offset in hours; no summer time."""
    offset = airport.zone.utcoffset(_WINTER)
    dst = airport.zone.dst(_WINTER)
    hours = (offset - dst).total_seconds() / 3600 if offset is not None and dst is not None else 0
    return f"{hours:g}"


_ENDPOINTS: dict[str, Callable[[], list[Row]]] = {
    "airports": _airports,
    "airlines": _airlines,
    "airplanes": _airplanes,
    "aircraft_types": _aircraft_types,
    "cities": _cities,
    "countries": _countries,
    "taxes": _taxes,
}
ENDPOINTS = frozenset(_ENDPOINTS)
