"""Packaged tables refined by what the upstream says: gaps are filled, nothing is overwritten. Pure."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec.structs import replace

from flights.reference.entities import AircraftType, Airframe, Airline, Airport
from flights.reference.openflights import sort_key
from flights.reference.packaged import Tables
from ingestion.errors import InvalidRow
from ingestion.reference_rows import (
    Row,
    ToldAirframe,
    World,
    airframe_of,
    airline_of,
    airport_of,
    continent_told,
    type_told,
)

T = TypeVar("T")
FAR_KM = 25.0
LISTED = 100
_KM_A_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Notes:
    """What became of the rows; `disagreements` are those with the packaged tables, which keep their word."""

    added: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    disagreements: list[dict[str, Any]] = field(default_factory=list)
    unknown_types: Counter[str] = field(default_factory=Counter)

    def disagree(self, table: str, code: str, what: str, kept: Any, told: Any) -> None:
        self.disagreements.append({"table": table, "code": code, "what": what, "kept": str(kept), "told": str(told)})

    def as_document(self) -> dict[str, Any]:
        """Counts, and the first hundred of each list."""
        return {
            "added": dict(self.added),
            "left_out": dict(self.left_out),
            "disagreements": len(self.disagreements),
            "first_disagreements": self.disagreements[:LISTED],
            "unknown_types": [list(pair) for pair in self.unknown_types.most_common(LISTED)],
        }


def refine(tables: Tables, told: Mapping[str, Sequence[Row]], codes: Mapping[str, str]) -> tuple[Tables, Notes]:
    """The tables with what `told` (rows by endpoint) adds; `codes` are those of countries by plain name."""
    notes = Notes()
    world = World({each.code: each.continent for each in tables.countries}, codes)
    continents = _usable(told.get("countries", ()), lambda row: continent_told(row, world), notes)
    _compare_countries(tables, continents, notes)
    airlines = _usable(told.get("airlines", ()), lambda row: airline_of(row, world, notes.left_out), notes)
    airports = _usable(told.get("airports", ()), lambda row: airport_of(row, world), notes)
    frames = _usable(told.get("airplanes", ()), airframe_of, notes)
    _note_type_names(tables, _usable(told.get("aircraft_types", ()), type_told, notes), notes)
    refined = replace(
        tables,
        airlines=_with_airlines(tables.airlines, airlines, notes),
        airports=_with_airports(tables.airports, airports, notes),
        airframes=_with_airframes(tables, frames, notes),
    )
    return refined, notes


def _usable(rows: Iterable[Row], make: Callable[[Row], T], notes: Notes) -> list[T]:
    made: list[T] = []
    for row in rows:
        try:
            made.append(make(row))
        except InvalidRow as error:
            notes.left_out[error.reason] += 1
    return made


def _compare_countries(tables: Tables, told: Iterable[tuple[str, str | None]], notes: Notes) -> None:
    known = {each.code: each.continent for each in tables.countries}
    for code, continent in told:
        if continent and continent != known[code]:
            notes.disagree("countries", code, "continent", known[code], continent)


def _with_airlines(known: Sequence[Airline], told: Iterable[Airline], notes: Notes) -> tuple[Airline, ...]:
    """An airline is missing when none that flies has its ICAO code (its IATA code, where it has no other); it does
    not get an IATA code that another airline flies under: the upstream confuses such (JL with Jet Linx)."""
    flying = [each for each in known if each.active]
    by_icao = {each.icao: each for each in flying if each.icao}
    by_iata = {each.iata: each for each in flying if each.iata}
    added: set[Airline] = set()
    for airline in told:
        same = by_icao.get(airline.icao) if airline.icao else by_iata.get(airline.code)
        if same is not None:
            _compare_airlines(same, airline, notes)
        elif airline.iata in by_iata:
            notes.disagree("airlines", airline.code, "IATA code", by_iata[airline.iata].name, airline.name)
            added.add(replace(airline, iata=None))
        else:
            added.add(airline)
    notes.added["airlines"] = len(added)
    return tuple(sorted({*known, *added}, key=sort_key))


def _compare_airlines(kept: Airline, told: Airline, notes: Notes) -> None:
    if kept.country and told.country and kept.country != told.country:
        notes.disagree("airlines", kept.code, "country", kept.country, told.country)
    if told.iata and kept.iata != told.iata:
        notes.disagree("airlines", kept.code, "IATA code", kept.iata, told.iata)


def _with_airports(known: Sequence[Airport], told: Iterable[Airport], notes: Notes) -> tuple[Airport, ...]:
    """An airport is missing when neither of its codes is known."""
    by_code = {each.icao: each for each in known if each.icao} | {each.iata: each for each in known if each.iata}
    added: dict[str, Airport] = {}
    for airport in told:
        same = by_code.get(airport.iata or "") or by_code.get(airport.icao or "")
        if same is not None:
            _compare_airports(same, airport, notes)
        elif airport.code in added:
            notes.left_out["airport-told-twice"] += 1
        else:
            added[airport.code] = airport
    notes.added["airports"] = len(added)
    return tuple(sorted([*known, *added.values()], key=lambda each: each.code))


def _compare_airports(kept: Airport, told: Airport, notes: Notes) -> None:
    if kept.country != told.country:
        notes.disagree("airports", kept.code, "country", kept.country, told.country)
    if (far := _distance_km(kept, told)) > FAR_KM:
        notes.disagree("airports", kept.code, "position", f"{kept.latitude}, {kept.longitude}", f"{far:.0f} km away")


def _distance_km(one: Airport, other: Airport) -> float:
    """Good enough near by: a plane on which a degree of longitude shrinks towards the poles."""
    east = ((one.longitude - other.longitude + 180) % 360 - 180) * math.cos(math.radians(one.latitude))
    return math.hypot(one.latitude - other.latitude, east) * _KM_A_DEGREE


def _with_airframes(tables: Tables, told: Iterable[ToldAirframe], notes: Notes) -> tuple[Airframe, ...]:
    """One airframe per address; of several rows those in service count, and if they differ in type none does."""
    designators = _designators(tables.aircraft_types)
    rows: defaultdict[str, list[tuple[ToldAirframe, str]]] = defaultdict(list)
    for each in told:
        kind = next((designators[code] for code in each.type_codes if code in designators), None)
        if kind is None:
            notes.left_out["airframe-type-unknown"] += 1
            notes.unknown_types[each.type_codes[0]] += 1
        else:
            rows[each.code].append((each, kind))
    frames = {each.code: each for each in tables.airframes}
    for code, group in rows.items():
        serving = [pair for pair in group if pair[0].active] or group
        if len({kind for _, kind in serving}) > 1:
            notes.left_out["airframe-of-several-types"] += 1
        elif code not in frames:
            frames[code] = Airframe(code=code, type=serving[0][1], registration=serving[0][0].registration)
    notes.added["airframes"] = len(frames) - len(tables.airframes)
    return tuple(frames[code] for code in sorted(frames))


def _designators(types: Iterable[AircraftType]) -> dict[str, str]:
    """Designators by themselves and by IATA type codes that only one has."""
    by_iata: defaultdict[str, set[str]] = defaultdict(set)
    codes: list[str] = []
    for each in types:
        codes.append(each.code)
        for iata in each.iata:
            by_iata[iata].add(each.code)
    return {iata: min(held) for iata, held in by_iata.items() if len(held) == 1} | {code: code for code in codes}


def _note_type_names(tables: Tables, told: Iterable[tuple[str, str]], notes: Notes) -> None:
    """The endpoint tells a code and a name, not the designator: only what we do not know is noted."""
    known = _designators(tables.aircraft_types)
    notes.unknown_types.update(f"{code} ({name[:40]})" for code, name in told if code not in known)
