"""The versions of the reference tables in the store: kept whole, never changed, the newest is the current one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from flights import store
from flights.documents import ENDS_BEFORE
from flights.reference.entities import AircraftType, Airframe, Airline, Airport, Country
from flights.reference.packaged import Tables, built_on, digest, packaged_tables
from flights.reference.resolver import Reference

PACKAGED, SYNCED = "packaged", "synced"
SEPARATOR = "|"
AGAIN = "~"  # after a code that stands for the second time
COLLECTIONS: dict[str, tuple[str, type[Struct]]] = {
    "countries": (store.REFERENCE_COUNTRIES, Country),
    "airports": (store.REFERENCE_AIRPORTS, Airport),
    "airlines": (store.REFERENCE_AIRLINES, Airline),
    "aircraft_types": (store.REFERENCE_AIRCRAFT_TYPES, AircraftType),
    "airframes": (store.REFERENCE_AIRFRAMES, Airframe),
}
_BATCH = 5_000
_KEPT = 2
E = TypeVar("E", bound=Struct)


def load_packaged(now: datetime) -> str:
    """Have the packaged tables in the store; safe to repeat, and to continue after a stop. Returns the version."""
    tables = packaged_tables()
    version = f"{PACKAGED}-{built_on()}-{digest(tables)}"
    if store.find_one(store.REFERENCE_VERSIONS, version) is None:
        keep(version, tables, now=now, source=PACKAGED)
    return version


def keep(
    version: str,
    tables: Tables,
    *,
    now: datetime,
    source: str,
    parent: str | None = None,
    notes: Mapping[str, Any] | None = None,
) -> None:
    """Keep a version: all its rows, then the document that makes it one."""
    for table, (name, _) in COLLECTIONS.items():
        for batch in _batches(getattr(tables, table)):
            store.insert_new(name, [_document(version, key, row) for key, row in batch])
    counts = {table: len(getattr(tables, table)) for table in COLLECTIONS}
    document = {
        "_id": version,
        "made_at": now,
        "source": source,
        "parent": parent,
        "counts": counts,
        "notes": dict(notes or {}),
    }
    store.insert_new(store.REFERENCE_VERSIONS, [document])


def current_version() -> str | None:
    """The version made last; None before the first. One cheap read."""
    found = versions(limit=1)
    return str(found[0]["_id"]) if found else None


def versions(*, limit: int = 0) -> list[dict[str, Any]]:
    """The versions' documents without their notes, newest first."""
    found = store.find_range(store.REFERENCE_VERSIONS, ("", ENDS_BEFORE), fields={"notes": 0})
    newest_first = sorted(found, key=lambda each: (each["made_at"], each["_id"]), reverse=True)
    return newest_first[:limit] if limit else newest_first


def tables_of(version: str) -> Tables:
    """All rows of a version as the store has them."""
    bounds = bounds_of(version)
    return Tables(
        countries=_read("countries", Country, bounds),
        airports=_read("airports", Airport, bounds),
        airlines=_read("airlines", Airline, bounds),
        aircraft_types=_read("aircraft_types", AircraftType, bounds),
        airframes=_read("airframes", Airframe, bounds),
    )


@lru_cache(maxsize=_KEPT)
def reference(version: str) -> Reference:
    """The resolver of a version; kept in this process, as a version never changes."""
    tables = tables_of(version)
    return Reference(version, **{table: getattr(tables, table) for table in COLLECTIONS})


def current(now: datetime) -> Reference:
    """The resolver of the current version; the packaged tables are loaded when there is none."""
    return reference(current_version() or load_packaged(now))


def forget() -> None:
    """Read the tables anew when they are next asked for."""
    reference.cache_clear()


def bounds_of(version: str, beginning: str = "") -> tuple[str, str]:
    """The range of `_id` of a version's rows whose code begins so."""
    return f"{version}{SEPARATOR}{beginning}", f"{version}{SEPARATOR}{beginning}{ENDS_BEFORE}"


def _read(table: str, kind: type[E], bounds: tuple[str, str]) -> tuple[E, ...]:
    return tuple(msgspec.convert(row, kind) for row in store.find_range(COLLECTIONS[table][0], bounds))


def _document(version: str, key: str, row: Struct) -> dict[str, Any]:
    return {"_id": f"{version}{SEPARATOR}{key}", **msgspec.to_builtins(row)}


def _batches(rows: Sequence[Any]) -> Iterator[list[tuple[str, Any]]]:
    """Rows with their keys: the code, marked where it stands again."""
    keyed = _keyed(rows)
    while batch := list(islice(keyed, _BATCH)):
        yield batch


def _keyed(rows: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for row in rows:
        times = seen[row.code] = seen.get(row.code, 0) + 1
        yield (row.code if times == 1 else f"{row.code}{AGAIN}{times}"), row
