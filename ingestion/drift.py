"""What a page of flights has that this code does not know, and lacks that every page had. Pure.

Known is what ingestion/rows.py reads and the fields that the upstream was seen to send besides. The rows stay as they
are: a new field is ignored and lies in the raw page, a new status becomes `unknown` with the upstream's own word.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, get_args

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import FieldInfo
from msgspec.structs import fields as fields_of

from flights.records import FlightStatus
from ingestion.fields import printable
from ingestion.rows import UpstreamRow

MOST_OF_A_PAGE = 50  # findings; a page of nonsense has thousands
LONGEST_NAME = 120
MORE = "…"  # the path that stands for all that are not told apart
STATUS = "flight_status"
UNREAD = {"departure": {"delay"}, "arrival": {"delay"}}  # sent and not trusted
NOT_ALWAYS = {"departure": {"baggage"}}  # sent for arrivals only


Object = Mapping[str, Any]


class Kind(StrEnum):
    UNKNOWN_FIELD = "unknown field"
    VANISHED_FIELD = "vanished field"
    NEW_VALUE = "new value"


class Drift(Struct, frozen=True, order=True):
    """One finding of a page: the path of the field, its value where that is new, and how many rows show it."""

    kind: Kind
    path: str
    value: str
    rows: int


def drift_of(rows: Iterable[Raw]) -> list[Drift]:
    """The findings of a page, at most 50 and one that stands for the rest; rows that are no objects are passed over.

    A field has vanished when no row of the page has it, nor, inside an object, any row that has the object.
    """
    objects = _objects(filter(None, map(_object, rows)))
    found = sorted([*_fields_found(objects), *_values_found(objects[""])])
    rest = found[MOST_OF_A_PAGE:]
    more = [Drift(kind, MORE, "", times) for kind, times in sorted(Counter(each.kind for each in rest).items())]
    return found[:MOST_OF_A_PAGE] + more


def _objects(rows: Iterable[Object]) -> dict[str, list[Object]]:
    """The rows and the objects in them that have fields of their own, by path; the rows' path is empty."""
    objects: dict[str, list[Object]] = {"": list(rows)}
    for path in KNOWN:
        if path:
            parent, _, name = path.rpartition(".")
            objects[path] = [part for each in objects[parent] if isinstance(part := each.get(name), dict)]
    return objects


def _fields_found(objects: Mapping[str, Sequence[Object]]) -> Iterable[Drift]:
    for path, parts in objects.items():
        present: set[str] = set().union(*parts)
        for name in present - KNOWN[path] - UNREAD.get(path, set()):
            yield Drift(Kind.UNKNOWN_FIELD, _path(path, name), "", sum(name in part for part in parts))
        if parts:
            for name in KNOWN[path] - present - NOT_ALWAYS.get(path, set()):
                yield Drift(Kind.VANISHED_FIELD, _path(path, name), "", len(parts))


def _values_found(rows: Iterable[Object]) -> Iterable[Drift]:
    told = Counter(status for row in rows if isinstance(status := row.get(STATUS), str) and status.strip())
    for status, times in told.items():
        if status not in STATUSES:
            yield Drift(Kind.NEW_VALUE, STATUS, printable(status)[:LONGEST_NAME], times)


def _object(raw: Raw) -> Object | None:
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _path(parent: str, name: str) -> str:
    told = printable(name)[:LONGEST_NAME]
    return f"{parent}.{told}" if parent else told


def _known(struct: type[Struct], path: str = "") -> dict[str, set[str]]:
    """The names of the fields of each object of a row, by the object's path."""
    names: dict[str, set[str]] = {path: {field.encode_name for field in fields_of(struct)}}
    for field in fields_of(struct):
        if (inner := _struct_in(field)) is not None:
            names |= _known(inner, f"{path}.{field.encode_name}" if path else field.encode_name)
    return names


def _struct_in(field: FieldInfo) -> type[Struct] | None:
    candidates = (field.type, *get_args(field.type))
    return next((each for each in candidates if isinstance(each, type) and issubclass(each, Struct)), None)


KNOWN = _known(UpstreamRow)
STATUSES = {status.value for status in FlightStatus}
