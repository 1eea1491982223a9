"""Which flights were written when: an entry for every batch, after the batch, by the store's own clock.

A flight's document cannot carry the instant of its last change: a writer that is stopped between reading the clock
and writing would put it behind readers who have passed. An entry is stamped by the store in the very moment in which
it becomes readable, and a batch that was killed before its entry is read again, and then has one. So nothing is
missed; a flight may be told twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from msgspec import Struct

from flights import store
from flights.documents import Document

# Entries that are younger are told later: until then one with an earlier instant may still become readable
# (another member of a replica set has taken over, whose clock is behind).
LAG = timedelta(seconds=10)
KEPT = timedelta(days=store.CHANGE_DAYS)
MOST_IDS = 500  # of one entry
MOST_READ = 5_000  # flights looked at for one page
_ENTRIES = 20  # read at once; more than can share a millisecond


class Position(Struct, frozen=True, array_like=True):
    """A place among the changes: after so many flights of this entry; without an entry, after this instant."""

    at: datetime
    entry: str = ""
    told: int = 0


@dataclass(slots=True)
class Changes:
    """Flights in the order of their changes, each once; `position` is where to go on, `more` whether there is more."""

    position: Position
    rows: list[Document] = field(default_factory=list)
    more: bool = False


def note(flights: Sequence[str]) -> None:
    """Say that these flights were written. Raises StoreUnavailable: then write and note them again."""
    for start in range(0, len(flights), MOST_IDS):
        store.append(store.CHANGES, uuid4().hex, {"flights": list(flights[start : start + MOST_IDS])})


def kept_since() -> datetime:
    """The earliest instant whose changes are all still there."""
    return store.clock() - KEPT


def changes_since(position: Position, conditions: Mapping[str, Any], fields: Mapping[str, int], limit: int) -> Changes:
    """Flights that were written after a position and meet the conditions, as they are now.

    Looks at MOST_READ flights at most: a page may be short, or empty, and say that there is more.
    """
    until = store.clock() - LAG
    result, seen, looked = Changes(position), set[str](), 0
    for chunk in _chunks(_told(position, until), max(limit, _ENTRIES)):
        found = store.find_in(store.FLIGHTS, [flight for _, flight in chunk], conditions, fields)
        for place, flight in chunk:
            result.position = place
            if flight in found and flight not in seen:
                seen.add(flight)
                result.rows.append(found[flight])
            if len(result.rows) == limit:
                result.more = True
                return result
        looked += len(chunk)
        if looked >= MOST_READ:
            result.more = True
            return result
    result.position = position if position.at > until else Position(until)
    return result


def _told(position: Position, until: datetime) -> Iterator[tuple[Position, str]]:
    """Every flight of every entry after the position, each with the position after it."""
    while entries := [each for each in _entries(position, until) if _is_after(each, position)]:
        for entry in entries:
            told = position.told if entry["_id"] == position.entry else 0
            for number, flight in enumerate(entry["flights"][told:], told + 1):
                yield Position(entry["at"], entry["_id"], number), flight
        last = entries[-1]
        position = Position(last["at"], last["_id"], len(last["flights"]))


def _entries(position: Position, until: datetime) -> list[Document]:
    return store.find_since(store.CHANGES, position.at, until, limit=_ENTRIES)


def _is_after(entry: Document, position: Position) -> bool:
    """Whether the entry has flights that the position has not passed."""
    if entry["_id"] == position.entry:
        return position.told < len(entry["flights"])
    return (entry["at"], entry["_id"]) > (position.at, position.entry)


def _chunks(told: Iterable[tuple[Position, str]], size: int) -> Iterator[list[tuple[Position, str]]]:
    stream = iter(told)
    while chunk := list(islice(stream, size)):
        yield chunk
