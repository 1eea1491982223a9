"""Raw pages and observations removed when they are old, but none that anything still needs. Safe to repeat and to kill.

Only pages of a run that is published, whose slot is closed and none of whose rows is an open dead letter are removed:
a redrive counts the slot anew from all of its run's pages. The slot's record says when they went: it can't be counted
anew or redriven from then on.

Observations go only slot by slot, and only those that a month's archive holds (ingestion/months.py), file for file and
row for row. A replay states flights anew from all observations of some days: none of these go while one may be at work.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from structlog import get_logger

import flights.services
from flights import queries, store
from flights.documents import ENDS_BEFORE, Document, slot_bounds
from flights.errors import ArchiveFault
from flights.exports import archives
from flights.exports.archives import Manifest
from flights.slots import parse_slot
from ingestion import archive
from ingestion.archive import ArchivedPage
from ingestion.models import Run, RunState
from ingestion.services import quiet
from streaming import dead_letters

OPEN_RUN = "its run has not been published"
OPEN_SLOT = "its slot is not closed"
OPEN_LETTER = "a row of its run is an open dead letter"

NOT_ARCHIVED = "its month is not archived"
ARCHIVE_DAMAGED = "its month's archive can't be read or is damaged: see `archive --check`"
ARCHIVE_OUTDATED = "it is not as it was archived: archive its month again"
_AROUND = timedelta(days=queries.AROUND_DAYS)
REPLAYED = "a slot of the days around it is being replayed, or was so while Kafka still has the messages"
_SLOT_FIELDS = {"run": 1, "closed_at": 1, "revision": 1, "observations_removed_at": 1, "observations_restored_at": 1}

logger = get_logger(__name__)


@dataclass(slots=True)
class Pruned:
    """What went, or would go: pages and their bytes as received, slots; and what is old and stays, by reason."""

    before: datetime | None
    pages: int = 0
    received_bytes: int = 0
    slots: int = 0
    kept: Counter[str] = field(default_factory=Counter)


def prune(now: datetime, *, dry_run: bool = False, tell: Callable[[str], None] = quiet) -> Pruned:
    """Remove raw pages received more than RETENTION_PAGES_DAYS ago; 0 keeps them for ever.

    Raises ArchiveUnavailable, StoreUnavailable and LedgerUnavailable: what went by then is gone, the rest is to be
    done again.
    """
    days: int = settings.RETENTION_PAGES_DAYS
    done = Pruned(before=now - timedelta(days=days) if days else None)
    if done.before is None:
        return done
    for run, pages in _old_runs(done.before):
        if reason := _why_kept(run, pages):
            done.kept[reason] += len(pages)
            continue
        if not dry_run:
            flights.services.note_pages_removed(pages[0].slot, now)
            archive.remove([page.id for page in pages])
        done.pages += len(pages)
        done.received_bytes += sum(page.size for page in pages)
        done.slots += 1
        tell(f"{pages[0].slot}: {len(pages)} pages {'would be ' if dry_run else ''}removed")
    if not dry_run and (done.pages or done.kept):
        logger.info("raw pages pruned", pages=done.pages, slots=done.slots, kept=dict(done.kept))
    return done


def _old_runs(before: datetime) -> Iterator[tuple[str, list[ArchivedPage]]]:
    """The old pages of one run after another, oldest slot first; one run's pages in memory."""
    for run, pages in groupby(archive.each_before(before), key=lambda page: page.run):
        yield run, list(pages)


def _why_kept(key: str, pages: list[ArchivedPage]) -> str | None:
    """Why these pages are still needed. Those of a run that the ledger lost are not, but for open letters."""
    run = Run.objects.with_key(key)
    if run is not None and run.state != RunState.PUBLISHED:
        return OPEN_RUN
    if run is not None and not _is_closed(run):
        return OPEN_SLOT
    return OPEN_LETTER if dead_letters.open_among({letter for page in pages for letter in page.letters}) else None


@dataclass(slots=True)
class PrunedObservations:
    """What went, or would go: observations and their slots; and slots that are old and keep theirs, by reason."""

    before: datetime | None
    observations: int = 0
    slots: int = 0
    kept: Counter[str] = field(default_factory=Counter)


def prune_observations(
    now: datetime, *, dry_run: bool = False, tell: Callable[[str], None] = quiet
) -> PrunedObservations:
    """Remove observations of slots closed, or put back, more than RETENTION_OBSERVATIONS_DAYS ago and archived since.

    0 keeps them for ever. Raises as `prune` does.
    """
    days: int = settings.RETENTION_OBSERVATIONS_DAYS
    done = PrunedObservations(before=now - timedelta(days=days) if days else None)
    if done.before is None:
        return done
    known = _Archives()
    for slot in _old_slots(done.before):
        if not store.find_range(store.OBSERVATIONS, slot_bounds(slot["_id"]), limit=1, fields={"_id": 1}):
            continue
        if reason := _why_observations_stay(slot, known, now):
            done.kept[reason] += 1
            continue
        if (removed := _remove(slot, now, dry_run=dry_run)) is None:
            done.kept[REPLAYED] += 1
            continue
        done.observations += removed
        done.slots += 1
        tell(f"{slot['_id']}: {removed} observations {'would be ' if dry_run else ''}removed")
    if not dry_run and (done.observations or done.kept):
        logger.info("observations pruned", rows=done.observations, slots=done.slots, kept=dict(done.kept))
    return done


def _old_slots(before: datetime) -> list[Document]:
    """In brief, oldest first."""
    bounds = ("0", f"{before:%Y-%m-%d}{ENDS_BEFORE}")  # a slot is closed in its hour or later
    found = store.find_range(store.SLOTS, bounds, {"closed_at": {"$lt": before}}, fields=_SLOT_FIELDS)
    return [slot for slot in found if (slot.get("observations_restored_at") or slot["closed_at"]) < before]


def _remove(slot: Document, now: datetime, *, dry_run: bool) -> int | None:
    """How many went; None where a replay was begun after all, which looks for the mark before it begins."""
    key: str = slot["_id"]
    if dry_run:
        return store.count_range(store.OBSERVATIONS, slot_bounds(key))
    flights.services.note_observations_removed(key, now)
    if not slot.get("observations_removed_at") and _is_replayed_near(key, now):
        flights.services.note_observations_stay(key)
        return None
    return flights.services.remove_observations(key)


def _why_observations_stay(slot: Document, known: "_Archives", now: datetime) -> str | None:
    run = Run.objects.with_key(slot.get("run") or "")
    if run is not None and (reason := _why_run_needs(run)):
        return reason
    if _is_replayed_near(slot["_id"], now):
        return REPLAYED
    return known.why_not(slot)


def _why_run_needs(run: Run) -> str | None:
    if run.state != RunState.PUBLISHED:
        return OPEN_RUN
    if not _is_closed(run):
        return OPEN_SLOT
    letters = {letter for page in archive.pages_of(run.key) for letter in page.letters}
    return OPEN_LETTER if letters and dead_letters.open_among(letters) else None


def _is_replayed_near(slot: str, now: datetime) -> bool:
    """Whether flights of this slot may be stated anew from their observations, now or when messages come again."""
    day, _ = parse_slot(slot)
    first, last = day - _AROUND, day + _AROUND
    runs = Run.objects.filter(slot__gte=f"{first}", slot__lt=f"{last}U", replays__gt=0)  # U follows T
    if any(run.state == RunState.OPEN or not _is_closed(run) for run in runs):
        return True
    since = now - timedelta(days=settings.RETENTION_TOPIC_DAYS)
    keys = [run.slot for run in runs]
    return bool(keys and store.find_in(store.SLOTS, keys, {"closed_at": {"$gte": since}}, {"_id": 1}))


class _Archives:
    """The archives of months, each looked at once: its manifest, and whether the file of observations is whole."""

    def __init__(self) -> None:
        self._known: dict[str, Manifest | str] = {}

    def why_not(self, slot: Document) -> str | None:
        """Why a slot's observations can't go; None where the archive holds just these, or the rest of these."""
        month = archives.month_of(slot["_id"])
        if str(month) not in self._known:
            self._known[str(month)] = _verified(month)
        found = self._known[str(month)]
        if isinstance(found, str):
            return found
        archived = found.slots.get(slot["_id"])
        if archived is None or archived.revision != slot["revision"]:
            return ARCHIVE_OUTDATED
        if slot.get("observations_removed_at"):
            return None  # killed while they went
        there = store.each_in_range(store.OBSERVATIONS, slot_bounds(slot["_id"]), {"etag": 1})
        return None if archives.content_of(there) == (archived.observations, archived.content) else ARCHIVE_OUTDATED


def _verified(month: archives.Month) -> Manifest | str:
    try:
        manifest = archives.find(month)
    except ArchiveFault:
        return ARCHIVE_DAMAGED
    if manifest is None:
        return NOT_ARCHIVED
    whole = archives.is_whole(archives.folder_of(month), manifest.file_of(store.OBSERVATIONS))
    return manifest if whole else ARCHIVE_DAMAGED


def _is_closed(run: Run) -> bool:
    slot = store.find_one(store.SLOTS, run.slot)
    return slot is not None and slot.get("closed_at") is not None and slot["revision"] >= run.revision
