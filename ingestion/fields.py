"""One field of a row made clean: text, code, name, number, true UTC time. Pure."""

import math
import re
from datetime import UTC, datetime, timedelta

from flights.times import YEARS, to_milliseconds
from ingestion.errors import InvalidRow
from ingestion.rows import Text

LONGEST_TEXT = 500
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_EMPTY_NAME = "empty"


def text(value: Text) -> str | None:
    """Text without control characters or surrounding space; empty is None; over 500 characters is refused."""
    if value is None:
        return None
    told = str(value)
    if len(told) > LONGEST_TEXT:
        raise InvalidRow("text-too-long", f"a text of {len(told)} characters: {told[:40]!r}…")
    return printable(told) or None


def printable(told: str) -> str:
    """The text without control characters and half surrogates (no database keeps a NUL), nor space around it."""
    return _UNPRINTABLE.sub(" ", told).strip()


def code(value: Text) -> str | None:
    """A code in upper case: codeshared ones are sent in lower case."""
    told = text(value)
    return told.upper() if told else None


def name(value: Text) -> str | None:
    """A carrier's name; the upstream writes the word "empty" when it knows none."""
    told = text(value)
    return None if told == _EMPTY_NAME else told


def finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def within(value: float | None, bound: int) -> float | None:
    """The number where it lies between -bound and bound, else None."""
    number = finite(value)
    return number if number is not None and abs(number) <= bound else None


def true_utc(told: str | None) -> datetime | None:
    """The instant of `live.updated`, the only time of the upstream that is true UTC; None when it is none."""
    try:
        parsed = datetime.fromisoformat(told) if told else None
    except ValueError:
        return None
    if parsed is None or parsed.year not in YEARS or parsed.utcoffset() not in (None, timedelta(0)):
        return None
    return to_milliseconds(parsed.replace(tzinfo=UTC))
