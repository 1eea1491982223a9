"""One aircraft type per ICAO designator, from the several rows that Doc 8643 has for each. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from flights.reference.entities import AircraftType

DESIGNATOR = re.compile(r"[A-Z][A-Z0-9]{1,3}")
# Designators of Doc 8643 that stand for no one type: airships, balloons, gliders, ultra-lights and the unknown.
NO_TYPE = {"BALL", "GLID", "GYRO", "SHIP", "UHEL", "ULAC", "ZZZZ"}
_LONGEST_ACRONYM = 3
_NUMBERED = re.compile(r" \(\d+\)$")


def types_of(
    rows: Iterable[Mapping[str, str]], manufacturers: Mapping[str, str], usual: Mapping[str, AircraftType]
) -> list[AircraftType]:
    """The types, sorted; `usual` decides what it knows, `manufacturers` unites a maker's names."""
    groups: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        code = row["ICAO Designator"].strip().upper()
        if DESIGNATOR.fullmatch(code) and code not in NO_TYPE:
            groups[code].append((maker_of(row["Manufacturer"], manufacturers), row["Model"].strip()))
    return [usual.get(code) or _type(code, groups[code]) for code in sorted(groups.keys() | usual.keys())]


def maker_of(name: str, manufacturers: Mapping[str, str]) -> str:
    """The maker's usual name: from the table, else as written, in ordinary case."""
    told = name.strip()
    shorter = _NUMBERED.sub("", told)
    known = manufacturers.get(told) or manufacturers.get(shorter)
    return known or " ".join(map(_ordinary, shorter.split()))


def _type(code: str, told: list[tuple[str, str]]) -> AircraftType:
    """One maker or none; the shortest name of a model that is not a designation of forces or a nickname in brackets."""
    makers = {maker for maker, _ in told}
    models = sorted({model for _, model in told}, key=lambda model: ("(" in model, len(model), model))
    return AircraftType(code=code, manufacturer=makers.pop() if len(makers) == 1 else None, model=models[0])


def _ordinary(word: str) -> str:
    return word if len(word) <= _LONGEST_ACRONYM or "." in word or "(" in word else word.title()
