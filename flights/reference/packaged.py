"""The tables that come with the program: CSV files beside this one, and the airports of `airportsdata`."""

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import airportsdata
import msgspec
from msgspec import Struct

from flights.reference.continents import continent_of
from flights.reference.entities import AircraftType, Airframe, Airline, Airport, Country
from flights.reference.names import plain

TABLES = Path(__file__).parent / "tables"
_ICAO = re.compile(r"[A-Z]{4}")
_digest_form = msgspec.json.Encoder(order="deterministic")
E = TypeVar("E", bound=Struct)


class Tables(Struct, frozen=True, kw_only=True):
    """All rows of one version; an airline's code may stand twice, for one that flies and one that did."""

    countries: tuple[Country, ...] = ()
    airports: tuple[Airport, ...] = ()
    airlines: tuple[Airline, ...] = ()
    aircraft_types: tuple[AircraftType, ...] = ()
    airframes: tuple[Airframe, ...] = ()


def packaged_tables(folder: Path = TABLES) -> Tables:
    """The tables as they come with this release."""
    countries = tuple(read_table(folder / "countries.csv", Country))
    return Tables(
        countries=countries,
        airports=tuple(airports_of(airportsdata.load("ICAO").values(), countries)),
        airlines=tuple(read_table(folder / "airlines.csv", Airline)),
        aircraft_types=tuple(read_table(folder / "aircraft_types.csv", AircraftType)),
    )


def built_on(folder: Path = TABLES) -> str:
    """The day on which the files were last built, `2026-11-24`."""
    return (folder / "built.txt").read_text(encoding="utf-8").strip()


def digest(tables: Tables) -> str:
    """Eight hexadecimal digits that tell these rows from any others."""
    return hashlib.sha256(_digest_form.encode(tables)).hexdigest()[:8]


def airports_of(rows: Iterable[Any], countries: Iterable[Country]) -> list[Airport]:
    """Airports with an IATA code or a true ICAO code, by code; those of no known country are left out."""
    usual = {country.code: country.continent for country in countries}
    made = [
        Airport(
            code=row["iata"] or row["icao"],
            iata=row["iata"] or None,
            icao=row["icao"] if _ICAO.fullmatch(row["icao"]) else None,
            name=row["name"],
            city=row["city"] or None,
            country=row["country"],
            continent=continent_of(row["country"], row["lat"], row["lon"], usual[row["country"]]),
            latitude=row["lat"],
            longitude=row["lon"],
            zone=row["tz"] or None,
        )
        for row in rows
        if row["country"] in usual and (row["iata"] or _ICAO.fullmatch(row["icao"]))
    ]
    return sorted(made, key=lambda airport: airport.code)


def read_table(file: Path, kind: type[E]) -> list[E]:
    """The rows of a CSV file; an empty cell is None, a cell of several codes has spaces between them."""
    several = {each.name for each in msgspec.structs.fields(kind) if each.default == ()}
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [_values(row, several) for row in csv.DictReader(lines)]
    return [msgspec.convert(row, kind, strict=False) for row in rows]


def read_pairs(file: Path) -> dict[str, str]:
    """A file of two columns as a mapping."""
    with file.open(encoding="utf-8", newline="") as lines:
        return dict(list(csv.reader(lines))[1:])


def write_table(file: Path, rows: Sequence[Struct]) -> bool:
    """Write rows of one kind; the same rows give the same bytes. True when the file is another than before."""
    names = [each.name for each in msgspec.structs.fields(rows[0])]
    text = [",".join(names), *(_line([getattr(row, name) for name in names]) for row in rows)]
    body = ("\n".join(text) + "\n").encode()
    if file.exists() and file.read_bytes() == body:
        return False
    file.write_bytes(body)
    return True


def country_codes(folder: Path = TABLES) -> dict[str, str]:
    """ISO codes by plain name: of the table, and of other names that are in use."""
    named = {plain(each.name): each.code for each in read_table(folder / "countries.csv", Country)}
    return named | {plain(name): code for name, code in read_pairs(folder / "country_names.csv").items()}


def _values(row: dict[str, str], several: set[str]) -> dict[str, Any]:
    return {name: tuple(cell.split()) if name in several else cell or None for name, cell in row.items()}


def _line(values: Iterable[Any]) -> str:
    return ",".join(_quoted(_cell(value)) for value in values)


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(each in cell for each in ',"\n') else cell
