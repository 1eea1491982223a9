"""Instants in parameters: RFC 3339, or an opaque place among the changes."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import msgspec

from flights.api.parameters import Parameter, echo
from flights.changes import Position
from flights.times import to_milliseconds

_PREFIX = "c_"
INSTANT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
SINCE_PATTERN = rf"{INSTANT_PATTERN}|^{_PREFIX}[A-Za-z0-9_-]{{1,200}}$"


def instant(name: str, description: str) -> Parameter:
    """An instant as RFC 3339 writes it, with its offset."""
    schema = {"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN}
    return Parameter(name, description, "an instant such as 2026-11-24T04:30:00Z", schema, read_instant)


def since(name: str, description: str) -> Parameter:
    """An instant, or a cursor that an earlier answer gave."""
    valid = "an instant such as 2026-11-24T04:30:00Z, or `meta.changes_cursor` of an earlier answer"
    return Parameter(name, description, valid, {"type": "string", "pattern": SINCE_PATTERN}, _read_since)


def read_instant(text: str) -> datetime:
    """The instant in UTC, cut to milliseconds; raises ValueError with what is wrong."""
    if not re.fullmatch(INSTANT_PATTERN, text, re.ASCII):
        spaced = " (a + in an address means a space: write Z or %2B)" if " " in text else ""
        raise ValueError(f"{echo(text)} is no instant with an offset{spaced}")
    try:
        return to_milliseconds(datetime.fromisoformat(text.upper()).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text} is not in the calendar") from error


def cursor_text(position: Position) -> str:
    """The position as an opaque text that addresses can carry."""
    return _PREFIX + urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


def _read_since(text: str) -> Position:
    if not text.startswith(_PREFIX):
        return Position(read_instant(text))
    packed = text.removeprefix(_PREFIX)
    try:
        position = msgspec.msgpack.decode(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), type=Position)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"{echo(text)} is no cursor") from error
    if position.at.tzinfo is None:
        raise ValueError(f"{echo(text)} is no cursor")
    return position
