"""What a file is made of: a closed slot, or flights by filters. The same key is the same question."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import msgspec

from flights import queries, store
from flights.documents import Document, slot_bounds
from flights.exports.columns import SCHEMA_VERSION

# What no column shows; `etag` stays: it is what a document's content is known by.
FIELDS = {name: 0 for name in queries.PUBLIC if name != "etag"}


@dataclass(frozen=True, slots=True)
class Subject:
    """`read` reads the documents in order of ids; `slot` is set where they never change: a closed slot, whole."""

    key: str
    name: str
    read: Callable[[], Iterator[Document]]
    slot: Document | None = None


def whole_slot(slot: Document) -> Subject:
    """All that one closing of a slot holds."""
    name = f"{slot['_id']}_r{slot['revision']}"
    return Subject(f"slot_{name}_s{SCHEMA_VERSION}", f"flights_{name}", partial(_of_slot, slot["_id"], {}), slot)


def some_of_slot(slot: Document, conditions: Mapping[str, Any]) -> Subject:
    """Those flights of a closed slot that meet conditions."""
    name = f"{slot['_id']}_r{slot['revision']}"
    return Subject(_key(name, conditions), f"flights_{name}_some", partial(_of_slot, slot["_id"], conditions))


def some_of_days(days: tuple[date, date], conditions: Mapping[str, Any]) -> Subject:
    """The latest states of flights that depart on these local dates and meet conditions."""
    name = str(days[0]) if days[0] == days[1] else f"{days[0]}_{days[1]}"
    told = f"flights_{name}_some" if conditions else f"flights_{name}"
    return Subject(_key(name, conditions), told, partial(queries.each_flight_of_days, days, conditions, FIELDS))


def _of_slot(slot: str, conditions: Mapping[str, Any]) -> Iterator[Document]:
    return store.each_in_range(store.OBSERVATIONS, slot_bounds(slot), FIELDS, conditions)


def _key(name: str, conditions: Mapping[str, Any]) -> str:
    asked = msgspec.json.encode([name, SCHEMA_VERSION, conditions], enc_hook=repr, order="deterministic")
    return f"query_{hashlib.blake2b(asked, digest_size=16).hexdigest()}"
