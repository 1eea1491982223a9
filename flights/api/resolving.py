"""What the codes and names of a question mean, by the reference tables or by what flights carry."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flights import queries
from flights.api.envelope_shapes import Resolved
from flights.api.flight_filters import plain_conditions
from flights.api.parameters import echo
from flights.api.problems import BadParameters, Fault
from flights.reference import versions
from flights.reference.entities import AircraftType, Airline, Airport
from flights.reference.finding import Match
from flights.reference.names import code_of
from flights.reference.resolver import Reference
from flights.reference.slips import near_codes

Entity = Airport | Airline | AircraftType
_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of code: how it is found, how it looks, and where flights carry any code of the kind."""

    noun: str
    find: Callable[[Reference, str], Match[Any]]
    codes: Callable[[Any], Iterable[str | None]]
    form: re.Pattern[str]
    carried: str

    def meant(self, reference: Reference, entity: Entity) -> list[str]:
        """The entity's codes that stand for it alone."""
        codes = dict.fromkeys(code for code in self.codes(entity) if code)
        return [code for code in codes if self.find(reference, code).found == entity]


AIRPORT = Kind(
    "airport",
    Reference.find_airport,
    lambda each: (each.iata, each.icao),
    re.compile(r"[A-Z0-9]{3,4}"),
    "codes.airports",
)
AIRLINE = Kind(
    "airline", Reference.find_airline, lambda each: (each.iata, each.icao), re.compile(r"[A-Z0-9]{2,3}"), "carriers"
)
AIRCRAFT = Kind(
    "aircraft",
    Reference.find_aircraft_type,
    lambda each: (each.code, *each.iata),
    re.compile(r"[A-Z0-9-]{2,10}"),
    "codes.aircraft",
)
# Parameter, kind, and where a flight must carry one of the codes; a route is two of them.
_CODED: tuple[tuple[str, Kind, tuple[str, ...]], ...] = (
    ("airline", AIRLINE, ("carriers",)),
    ("operating_airline", AIRLINE, ("codes.operating_airlines",)),
    ("marketing_airline", AIRLINE, ("codes.marketing_airlines",)),
    ("airport", AIRPORT, ("codes.airports",)),
    ("dep", AIRPORT, ("codes.departures",)),
    ("arr", AIRPORT, ("codes.arrivals",)),
    ("route", AIRPORT, ("codes.departures", "codes.arrivals")),
    ("aircraft", AIRCRAFT, ("codes.aircraft",)),
)


@dataclass(slots=True)
class Selection:
    """The conditions of a question, what its words were taken for, and by which version of the reference tables."""

    conditions: dict[str, Any] = field(default_factory=dict)
    resolved: list[Resolved] = field(default_factory=list)
    version: str | None = None

    def add(self, path: str, codes: Sequence[str]) -> None:
        """One of these codes must be there; where two parameters ask about one end, those that both mean."""
        if path in self.conditions:
            codes = [code for code in codes if code in self.conditions[path]["$in"]]
        self.conditions[path] = {"$in": list(codes)}


def selection(values: dict[str, Any], now: datetime) -> Selection:
    """The conditions for these values; raises BadParameters naming each word that means nothing, or several things."""
    chosen = Selection(plain_conditions(values))
    asked = [(name, kind, paths) for name, kind, paths in _CODED if name in values]
    if not asked:
        return chosen
    reference = versions.current(now)
    chosen.version = reference.version
    faults: list[Fault] = []
    for name, kind, paths in asked:
        for word, path in zip(_words(values[name], paths), paths, strict=True):
            try:
                told = _resolved(reference, name, kind, word)
            except BadParameters as error:
                faults += error.errors
            else:
                chosen.resolved.append(told)
                chosen.add(path, told.codes)
    if faults:
        raise BadParameters(*faults)
    _use_index(chosen)
    return chosen


def _use_index(chosen: Selection) -> None:
    """Who flies or sells a flight is among its carriers, which have an index."""
    for path in ("codes.operating_airlines", "codes.marketing_airlines"):
        if path in chosen.conditions:
            chosen.conditions.setdefault("carriers", chosen.conditions[path])


def _words(value: str, paths: Sequence[str]) -> list[str]:
    return [value] if len(paths) == 1 else value.split("-")


def _resolved(reference: Reference, name: str, kind: Kind, word: str) -> Resolved:
    match = kind.find(reference, word)
    code = code_of(word)
    if match.found is not None:
        codes = kind.meant(reference, match.found)
        return Resolved(parameter=name, asked=word, name=_name(match.found), codes=codes, known_by="reference")
    if match.candidates and all(code in kind.codes(each) for each in match.candidates):
        shared = [_with_code(each) for each in match.candidates]
        return Resolved(parameter=name, asked=word, name=None, codes=[code], known_by="reference", shared_by=shared)
    if match.candidates:
        raise BadParameters(_ambiguous(name, kind, word, match.candidates))
    if kind.form.fullmatch(code) and queries.has_code(kind.carried, code):
        return Resolved(parameter=name, asked=word, name=None, codes=[code], known_by="flights")
    raise BadParameters(_unknown(reference, name, kind, word, match.nearest))


def _ambiguous(name: str, kind: Kind, word: str, candidates: Sequence[Entity]) -> Fault:
    listed = ", ".join(_with_code(each) for each in candidates)
    detail = f"{echo(word)} may be any of {len(candidates)}"
    return Fault(parameter=name, detail=detail, hint=f"Write the code of the {kind.noun} that you mean: {listed}.")


def _unknown(reference: Reference, name: str, kind: Kind, word: str, nearest: Sequence[str]) -> Fault:
    detail = f"{echo(word)} is no {kind.noun} of the reference tables, and no flight carries it"
    near = _near_codes(reference, kind, code_of(word)) or _near_names(reference, kind, nearest)
    listed = ", ".join(near)
    hint = f"Did you mean {listed}?" if listed else "Write an IATA or ICAO code, or the whole name."
    return Fault(parameter=name, detail=detail, hint=hint)


def _near_codes(reference: Reference, kind: Kind, code: str) -> list[str]:
    """Codes that are one slip away, where the word looks like a code."""
    if not kind.form.fullmatch(code):
        return []
    near = near_codes(code, reference.codes(kind.noun))[:_SUGGESTIONS]
    found = [(each, kind.find(reference, each).found) for each in near]
    return [_with_code(entity, each) if entity else each for each, entity in found]


def _near_names(reference: Reference, kind: Kind, nearest: Sequence[str]) -> list[str]:
    found = [kind.find(reference, name) for name in nearest[:_SUGGESTIONS]]
    return [_with_code(each) for match in found for each in (match.found, *match.candidates[:1]) if each]


def _name(entity: Entity) -> str:
    if isinstance(entity, AircraftType):
        return f"{entity.manufacturer or ''} {entity.model}".strip()
    return entity.name


def _with_code(entity: Entity, code: str | None = None) -> str:
    return f"{code or entity.code} ({_name(entity)})"
