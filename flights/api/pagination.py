"""Keyset paging: a cursor is the last id of a page and a hash of the filters that it belongs to."""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.http import QueryDict
from msgspec import Struct
from rest_framework.request import Request

from flights.api.filters import DEFAULT_LIMIT, MOST_SLOT_DAYS
from flights.api.problems import BadParameters, Fault
from flights.documents import Document

_NOT_FILTERS = ("limit", "cursor", "fields", "count")


class Cursor(Struct, frozen=True, array_like=True):
    """The id read last, the filters' hash, and the dates that were chosen for a caller who named none."""

    position: str
    filters: str
    days: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Document]
    limit: int
    next: str | None

    @property
    def headers(self) -> dict[str, str]:
        return {"Link": f'<{self.next}>; rel="next"'} if self.next else {}


def cursor_of(request: Request, values: Mapping[str, Any]) -> Cursor:
    """Where this request begins; raises BadParameters for a cursor that is none or has other filters."""
    filters = _hash(request.path, values)
    if "cursor" not in values:
        return Cursor("", filters)
    try:
        cursor = _decode(values["cursor"])
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise _fault("is no cursor") from error
    if cursor.filters != filters:
        raise _fault("belongs to other filters")
    return cursor


def keeping(cursor: Cursor, days: tuple[date, date] | None) -> Cursor:
    """The cursor with the dates that the following pages must read too."""
    return msgspec.structs.replace(cursor, days=days)


def read_page(
    request: Request,
    values: Mapping[str, Any],
    cursor: Cursor,
    read: Callable[[str, int], list[Document]],
) -> Page:
    """One page; one row more is read to know whether there is another."""
    limit: int = values.get("limit", DEFAULT_LIMIT)
    rows = read(cursor.position, limit + 1)
    if len(rows) <= limit:
        return Page(rows, limit, None)
    rows = rows[:limit]
    return Page(rows, limit, _url(request, msgspec.structs.replace(cursor, position=rows[-1]["_id"])))


def page_up_to(request: Request, cursor: Cursor, rows: list[Document], limit: int, last: str | None) -> Page:
    """A page that ends where looking ended, which may be before it is full; None: all has been looked at."""
    if last is None:
        return Page(rows, limit, None)
    return Page(rows, limit, _url(request, msgspec.structs.replace(cursor, position=last)))


def page_of_changes(request: Request, rows: list[Document], limit: int, following: str | None) -> Page:
    """A page whose next one begins at another place among the changes."""
    return Page(rows, limit, _with(request, "changed_since", following) if following else None)


def _url(request: Request, cursor: Cursor) -> str:
    return _with(request, "cursor", urlsafe_b64encode(msgspec.msgpack.encode(cursor)).decode().rstrip("="))


def _with(request: Request, name: str, value: str) -> str:
    query: QueryDict = request.query_params.copy()
    query[name] = value
    return str(request.build_absolute_uri(f"{request.path}?{query.urlencode()}"))


def _decode(text: str) -> Cursor:
    padded = text + "=" * (-len(text) % 4)
    cursor = msgspec.msgpack.decode(urlsafe_b64decode(padded), type=Cursor)
    if cursor.days and not 0 <= (cursor.days[1] - cursor.days[0]).days < MOST_SLOT_DAYS:
        raise ValueError("no range of dates that was ever handed out")
    return cursor


def _hash(path: str, values: Mapping[str, Any]) -> str:
    filters = sorted((name, str(value)) for name, value in values.items() if name not in _NOT_FILTERS)
    return hashlib.blake2b(msgspec.json.encode([path, filters]), digest_size=8).hexdigest()


def _fault(detail: str) -> BadParameters:
    hint = "Take the cursor from `next` and keep the filters, or begin without a cursor."
    return BadParameters(Fault(parameter="cursor", detail=detail, hint=hint))
