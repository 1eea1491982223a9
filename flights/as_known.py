"""What was known at an instant: the merge of the observations that had been collected by then.

An observation is known from the instant at which its run began to collect (`collected_at`); it can be read some
minutes later. The merge rule gives the same document for the same observations in any order, so this is the very
document that the store held, not an imitation of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from flights import documents, queries, store
from flights.conditions import meets
from flights.documents import Document
from flights.merge import united

MOST_DAYS = 3
MOST_READ = 2_000  # flights looked at for one page
BATCH = 200  # flights whose observations are read at once
_SETS = dict.fromkeys(
    ("flight_id", "collected_at", "order", "marketed_as", "carriers", "first_seen", "last_seen", "status_inferred"), 1
)


@dataclass(frozen=True, slots=True)
class Looked:
    """The flights found, and the last id looked at; None where all have been."""

    rows: list[Document]
    last: str | None


def flights_of_days_at(
    instant: datetime, days: tuple[date, date], conditions: Mapping[str, Any], after: str, limit: int
) -> Looked:
    """Flights that depart on these local dates as known at the instant, in order of their ids, beginning after one.

    Looks at MOST_READ flights at most, so that a page may be short, or empty, before the last.
    """
    rows: list[Document] = []
    for _ in range(MOST_READ // BATCH):
        ids = queries.ids_of_days(days, after, BATCH)
        for document in _known(ids, instant):
            if meets(document, conditions):
                rows.append(document)
                if len(rows) == limit:
                    return Looked(rows, document["_id"])
        if len(ids) < BATCH:
            return Looked(rows, None)
        after = ids[-1]
    return Looked(rows, after)


def flight_at(flight_id: str, instant: datetime) -> Document | None:
    """One flight as known at the instant; None where nothing was."""
    return next(iter(_known([flight_id], instant)), None)


def history_at(instant: datetime, flight_id: str, fields: Mapping[str, int], after: str, limit: int) -> list[Document]:
    """What the slots that had been collected by then said of one flight, oldest slot first, beginning after one."""
    told = [each["_id"] for each in _observations([flight_id]) if each["collected_at"] <= instant]
    ids = [each for each in told if each > after][:limit]
    found = store.find_in(store.OBSERVATIONS, ids, {}, fields)
    return [found[each] for each in ids]


def known_since(flight_id: str) -> datetime | None:
    """When a flight was first collected; None for one that nobody knows."""
    told = _observations([flight_id])
    return min((each["collected_at"] for each in told), default=None)


def _known(ids: Sequence[str], instant: datetime) -> list[Document]:
    """The flights as known at the instant, in order of ids; those unknown then are left out."""
    told: dict[str, list[Document]] = {}
    for each in _observations(ids):
        if each["collected_at"] <= instant and not each.get("status_inferred"):  # flights know nothing of these
            told.setdefault(each["flight_id"], []).append(each)
    latest = {flight: max(each, key=lambda one: str(one["order"])) for flight, each in told.items()}
    whole = store.read_by_id(store.OBSERVATIONS, [each["_id"] for each in latest.values()]) if latest else {}
    return [_merged(whole[latest[flight]["_id"]], told[flight]) for flight in sorted(latest)]


def _observations(ids: Sequence[str]) -> list[Document]:
    return store.find_by(store.OBSERVATIONS, {"flight_id": {"$in": list(ids)}}, fields=_SETS) if ids else []


def _merged(latest: Document, told: Iterable[Document]) -> Document:
    """What flights/merge.py makes of these observations, from the whole of the latest and the sets of the others."""
    record = documents.record_of(latest)
    for each in told:
        record = replace(
            record,
            marketed_as=united(record.marketed_as, tuple(each["marketed_as"])),
            carriers=united(record.carriers, tuple(each["carriers"])),
            first_seen=min(record.first_seen, each["first_seen"]),
            last_seen=max(record.last_seen, each["last_seen"]),
        )
    return documents.flight_document(record)
