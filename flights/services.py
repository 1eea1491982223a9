"""The only writer of flights, observations and slots."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from flights import changes, documents, grading, restating, slots, store
from flights.errors import StoreUnavailable
from flights.merge import etag_of, merge, merge_all, supersede
from flights.records import FlightRecord, SlotState, SlotSummary

TRIES = 20
BATCH = 1_000  # observations that are removed at once
Combine = Callable[[FlightRecord, FlightRecord], FlightRecord]
NEVER_CLOSED = -1  # the revision of a slot before its first closing


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch changed: records given, observations and flights that are new, flights brought up to date."""

    records: int
    new_observations: int
    new_flights: int
    updated_flights: int


def apply_records(records: Iterable[FlightRecord]) -> Applied:
    """Bring observations and flights up to date; repeating it, in any order, changes nothing further.

    Raises StoreUnavailable: then any part may be written, and the same call must be made again.
    """
    given = list(records)
    before = restating.replays_of(given)
    present = [record for record in given if record.replay == before[record.slot]]
    new_observations, _ = _write(store.OBSERVATIONS, _observed(present), documents.observation_document, supersede)
    telling = [record for record in present if not record.status_inferred]  # what is inferred tells nothing new
    replayed = {record.flight_id for record in telling if record.replay}
    flights = merge_all(record for record in telling if record.flight_id not in replayed)
    new_flights, updated = _write(store.FLIGHTS, flights, documents.flight_document)
    restated = restating.restate(replayed) if replayed else (0, 0)
    changes.note(sorted(flights))
    after = restating.replays_of(given)  # a replay may have come in between
    restating.withdraw([record for record in given if record.replay < after[record.slot]], after)
    return Applied(len(given), new_observations, new_flights + restated[0], updated + restated[1])


def _observed(records: Iterable[FlightRecord]) -> dict[str, FlightRecord]:
    """What each slot says of each movement, by observation id."""
    by_slot: dict[str, list[FlightRecord]] = {}
    for record in records:
        by_slot.setdefault(record.slot, []).append(record)
    merged = (record for of_slot in by_slot.values() for record in merge_all(of_slot).values())
    return {documents.observation_id(record): record for record in merged}


def _write(
    name: str,
    records: Mapping[str, FlightRecord],
    document_of: Callable[[FlightRecord], documents.Document],
    combine: Combine = merge,
) -> tuple[int, int]:
    """Merge records into a collection; how many documents are new and how many changed.

    Reads what is there, merges, and writes each document only if it is still what was read. The etag guards
    against a consumer that lost its partition and woke up late: its write finds another etag and merges again.
    """
    new = changed = 0
    open_records = dict(records)
    for _ in range(TRIES):
        known = store.read_by_id(name, list(open_records))
        inserts = [document_of(r) for key, r in open_records.items() if key not in known]
        changes = list(_changes(known, open_records, document_of, combine))
        raced = store.insert_new(name, inserts)
        unchanged = store.replace_unchanged(name, changes)
        new += len(inserts) - len(raced)
        changed += len(changes) if unchanged else 0
        if unchanged and not raced:
            return new, changed
        retry = raced if unchanged else raced | {document["_id"] for _, document in changes}
        open_records = {key: open_records[key] for key in retry}
    raise StoreUnavailable(f"{len(open_records)} documents of {name} kept changing under {TRIES} tries")


def _changes(
    known: Mapping[str, documents.Document],
    records: Mapping[str, FlightRecord],
    document_of: Callable[[FlightRecord], documents.Document],
    combine: Combine,
) -> Iterable[tuple[str, documents.Document]]:
    for key, document in known.items():
        merged = combine(documents.record_of(document), records[key])
        if etag_of(merged) != document["etag"]:
            yield document["etag"], document_of(merged)


def open_slot(slot: str, run: str, now: datetime, *, backfill: bool = False) -> None:
    """Say that a run collects this slot. A slot that is closed stays as it is."""
    day, hour = slots.parse_slot(slot)
    first = {"date": day.isoformat(), "hour": hour, "backfill": backfill, "opened_at": now}
    store.insert_new(store.SLOTS, [{"_id": slot, **first, "closed_at": None, "revision": NEVER_CLOSED}])
    values = {"run": run, "state": SlotState.COLLECTING.value, "reason": None, "changed_at": now}
    store.update_if(store.SLOTS, {"_id": slot, "closed_at": None}, values)


def fail_slot(slot: str, run: str, state: SlotState, reason: str, now: datetime) -> None:
    """Record that nothing (more) will come for this slot, and why. A slot that is closed stays as it is."""
    open_slot(slot, run, now)
    values = {"state": state.value, "reason": reason, "changed_at": now}
    store.update_if(store.SLOTS, {"_id": slot, "closed_at": None}, values)


def miss_slot(slot: str, reason: str, now: datetime) -> bool:
    """Record that nothing ran for this slot; False when it has a record, which stays as it is."""
    day, hour = slots.parse_slot(slot)
    missed = {"_id": slot, "date": day.isoformat(), "hour": hour, "backfill": False, "run": None}
    told = {"state": SlotState.MISSED.value, "reason": reason, "opened_at": now, "changed_at": now}
    return not store.insert_new(store.SLOTS, [{**missed, **told, "closed_at": None, "revision": NEVER_CLOSED}])


def note_resumption(slot: str, run: str, resumes_at: datetime) -> None:
    """Say when collection goes on after a planned stop."""
    store.update_if(store.SLOTS, {"_id": slot, "run": run, "closed_at": None}, {"resumes_at": resumes_at})


def note_pages_removed(slot: str, now: datetime) -> None:
    """Say that the raw pages of this slot are gone; the first time counts."""
    condition = {"_id": slot, "pages_removed_at": None}
    store.update_if(store.SLOTS, condition, {"pages_removed_at": now})


def note_observations_removed(slot: str, now: datetime) -> None:
    """Say that the observations of this slot are gone, before they go; the first time counts."""
    condition = {"_id": slot, "observations_removed_at": None}
    store.update_if(store.SLOTS, condition, {"observations_removed_at": now})


def note_observations_stay(slot: str) -> None:
    """Take back that this slot's observations are gone: all of them are there."""
    store.update_if(store.SLOTS, {"_id": slot}, {"observations_removed_at": None})


def note_observations_restored(slot: str, now: datetime) -> None:
    """Say that this slot's observations come back: their age counts from here."""
    store.update_if(store.SLOTS, {"_id": slot}, {"observations_restored_at": now})


def remove_observations(slot: str) -> int:
    """Remove all that a slot said, a batch at a time; how many. Safe to repeat."""
    removed = 0
    while found := store.find_range(store.OBSERVATIONS, documents.slot_bounds(slot), limit=BATCH, fields={"_id": 1}):
        store.remove(store.OBSERVATIONS, [each["_id"] for each in found])
        removed += len(found)
    return removed


def put_back(name: str, given: Sequence[documents.Document]) -> int:
    """Insert documents that are missing, as they once were; how many. What is there stays as it is."""
    return len(given) - len(store.insert_new(name, given))


def note_slot(slot: str, run: str, reason: str) -> None:
    """Say why a slot is not closed yet; its state stays."""
    store.update_if(store.SLOTS, {"_id": slot, "run": run, "closed_at": None}, {"reason": reason})


def note_content(slot: str, revision: int, content: str) -> str | None:
    """Note once what the observations of a closing say; what is noted, None when the slot was closed anew meanwhile."""
    name = f"r{revision}"
    condition = {"_id": slot, "revision": revision, f"contents.{name}": None, "observations_removed_at": None}
    store.update_if(store.SLOTS, condition, {f"contents.{name}": content})
    found = store.find_one(store.SLOTS, slot) or {}
    noted: dict[str, str] = found.get("contents", {})
    return noted.get(name) if found.get("revision") == revision else None


def end_partition(summary: SlotSummary, partition: int, partitions: int, now: datetime) -> str | None:
    """Note that all of the slot's messages in one partition are written; closes the slot after the last.

    A slot is closed once for each revision, and never by an older one: until all of a revision's partitions
    have ended, the earlier closing stays as it is. Returns the state that the slot was closed with, None when
    it was not closed by this call.
    """
    open_slot(summary.slot, summary.run, now, backfill=summary.backfill)
    revision = f"r{summary.revision}"
    ended = {f"ended.{revision}.p{partition}": True, "partitions": partitions}
    condition = {"_id": summary.slot, "run": summary.run, "revision": {"$lt": summary.revision}}
    document = store.update_if(store.SLOTS, condition, ended)
    if document is None or len(document["ended"][revision]) < partitions:
        return None
    if summary.replay:
        restating.settle(summary.slot, summary.replay)
    closing = _closing(summary, now)
    closed = store.update_if(store.SLOTS, condition, closing)
    return str(closing["state"]) if closed else None


def _closing(summary: SlotSummary, now: datetime) -> dict[str, Any]:
    bounds = documents.slot_bounds(summary.slot)
    stored = store.count_range(store.OBSERVATIONS, bounds)
    unstored = summary.published - summary.repeated - stored
    state, reason = grading.grade(summary, unstored, _weeks_before(summary))
    counts = {**_fields(summary, COUNTS), "stored": stored, "unstored": unstored}
    return {
        "state": state.value,
        "reason": reason,
        "counts": counts,
        "completeness": {
            **_fields(summary, COMPLETENESS),
            "share": share_of(summary),
            "queries": msgspec.to_builtins(summary.queries),
        },
        "departures": {"first": _departure(bounds), "last": _departure(bounds, descending=True)},
        "backfill": summary.backfill,
        "reconstruction": msgspec.to_builtins(summary.reconstruction, builtin_types=(datetime,)),
        "collected_at": summary.collected_at,
        "resumes_at": None,
        **({} if unstored > 0 else {"observations_removed_at": None}),  # all are there again
        "revision": summary.revision,
        "closed_at": now,
        "changed_at": now,
    }


def _departure(bounds: tuple[str, str], *, descending: bool = False) -> str | None:
    """The first or last local departure date that the slot saw; ids begin with it, so one document tells."""
    found = store.find_range(store.OBSERVATIONS, bounds, limit=1, fields={"flight_date": 1}, descending=descending)
    return found[0]["flight_date"] if found else None


COUNTS = ("requests", "rows_received", "rows_merged", "rows_rejected", "published", "repeated")
COMPLETENESS = ("pages_planned", "pages_fetched", "rows_announced", "rows_received", "sampling")


def _fields(summary: SlotSummary, names: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.structs.asdict(summary)
    return {name: values[name] for name in names}


def _weeks_before(summary: SlotSummary) -> Iterable[documents.Document]:
    """The slots of the same hour of the week before this one; none for a day that was fetched afterwards."""
    if summary.backfill:
        return []
    return store.read_by_id(store.SLOTS, slots.weeks_before(summary.slot, grading.WEEKS)).values()


def share_of(summary: SlotSummary) -> float | None:
    """Rows received of rows announced; None when the upstream did not say. Never above 1: rows shift between pages."""
    if not summary.rows_announced:
        return None
    return round(min(1.0, summary.rows_received / summary.rows_announced), 4)
