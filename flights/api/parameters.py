"""Query parameters: each one is checked and documented from the same description."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict

from flights.api.problems import BadParameters, Fault

LONGEST_ECHO = 40
LONGEST_TEXT = 100
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`schema` is its JSON Schema, `valid` the same in words; `read` raises ValueError with what is wrong."""

    name: str
    description: str
    valid: str
    schema: dict[str, Any]
    read: Callable[[str], Any] = field(repr=False)


def matching(name: str, pattern: str, valid: str, description: str, *, upper: bool = False) -> Parameter:
    """A text of this form."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(f"{echo(text)} does not have the right form")
        return text.upper() if upper else text

    return Parameter(name, description, valid, {"type": "string", "pattern": pattern}, read)


def choice(name: str, values: Iterable[str], description: str) -> Parameter:
    """One of a few words."""
    allowed = list(values)

    def read(text: str) -> str:
        if text in allowed:
            return text
        raise ValueError(f"{echo(text)} is none of them{_did_you_mean(text, allowed)}")

    return Parameter(name, description, "one of " + ", ".join(allowed), {"type": "string", "enum": allowed}, read)


def several(name: str, values: Iterable[str], description: str, valid: str = "") -> Parameter:
    """Some of many words, with commas between them; each once, in the order given."""
    allowed = list(values)
    one_word = f"({'|'.join(re.escape(word) for word in allowed)})"

    def read(text: str) -> tuple[str, ...]:
        words = text.split(",")
        for word in words:
            if word not in allowed:
                raise ValueError(f"{echo(word)} is none of them{_did_you_mean(word, allowed)}")
        return tuple(dict.fromkeys(words))

    schema = {"type": "string", "pattern": rf"^{one_word}(,{one_word})*$"}
    return Parameter(name, description, valid or "one or more, with commas, of " + ", ".join(allowed), schema, read)


def text(name: str, valid: str, description: str) -> Parameter:
    """A code or name as people write it; what it means is found out later."""

    def read(told: str) -> str:
        if not told.strip():
            raise ValueError("nothing is given")
        if len(told) > LONGEST_TEXT:
            raise ValueError(f"{len(told)} characters are given; at most {LONGEST_TEXT} are read")
        return told.strip()

    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
    return Parameter(name, description, valid, schema, read)


def whole_number(name: str, low: int, high: int, description: str, *, default: int | None = None) -> Parameter:
    """A whole number in a range."""
    schema = {"type": "integer", "minimum": low, "maximum": high}
    schema |= {} if default is None else {"default": default}

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise ValueError(f"{echo(text)} is no whole number")
        if not low <= int(text) <= high:
            raise ValueError(f"{int(text)} is out of range")
        return int(text)

    return Parameter(name, description, f"a whole number from {low} to {high}", schema, read)


def day(name: str, description: str) -> Parameter:
    """A date written `2026-11-24`."""
    schema = {"type": "string", "format": "date"}
    return Parameter(name, description, "a date such as 2026-11-24", schema, read_day)


def read_day(text: str) -> date:
    """The date; raises ValueError with what is wrong."""
    if not re.fullmatch(DATE_PATTERN, text):
        raise ValueError(f"{echo(text)} is no date")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text} is not in the calendar") from error


def read_query(query: QueryDict, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The values given, by name; raises BadParameters naming every one that can't be used."""
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, texts in query.lists():
        parameter = known.get(name)
        if parameter is None:
            faults.append(_unknown(name, list(known)))
        elif len(texts) > 1:
            hint = f"Give it once: {parameter.valid}."
            faults.append(Fault(parameter=name, detail=f"given {len(texts)} times", hint=hint))
        else:
            _read_into(values, faults, parameter, texts[0])
    if faults:
        raise BadParameters(*faults)
    return values


def read_one(parameter: Parameter, text: str) -> Any:
    """The value of a part of the path; raises BadParameters."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    _read_into(values, faults, parameter, text)
    if faults:
        raise BadParameters(*faults)
    return values[parameter.name]


def echo(text: str) -> str:
    """The caller's own text, short and printable."""
    return ascii(text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}...")


def _read_into(values: dict[str, Any], faults: list[Fault], parameter: Parameter, text: str) -> None:
    try:
        values[parameter.name] = parameter.read(text)
    except ValueError as error:
        hint = f"Valid: {parameter.valid}."
        faults.append(Fault(parameter=parameter.name, detail=str(error), hint=hint))


def _did_you_mean(word: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(word.lower(), allowed, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _unknown(name: str, known: list[str]) -> Fault:
    near = difflib.get_close_matches(name.lower(), known, n=1)
    listed = f"Known here: {', '.join(known)}." if known else "There are none here."
    hint = f"Did you mean {near[0]}? {listed}" if near else listed
    return Fault(parameter=name[:LONGEST_ECHO], detail="unknown parameter", hint=hint)
