"""A closed month archived to Parquet files, held against the store, and put back into it.

Nothing here removes anything: that is retention's (ingestion/retention.py), and only what an archive holds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from structlog import get_logger

import flights.services
from flights import store
from flights.documents import OBSERVATION_SEPARATOR, Document, slot_bounds
from flights.errors import ArchiveFault
from flights.exports import archive_files, archives
from flights.exports.archives import File, Manifest, Month
from flights.records import SlotState
from ingestion import ledger
from ingestion.models import Run, RunState
from ingestion.services import quiet

Tell = Callable[[str], None]
NEVER_CLOSES = (SlotState.MISSED, SlotState.FAILED)
MOST_NAMED = 5
_STANDING = {"state": 1, "closed_at": 1, "revision": 1, "observations_removed_at": 1}

logger = get_logger(__name__)


@dataclass(slots=True)
class Checked:
    """Documents of an archive held against the store, by table: the same, changed since, or not there.

    `removed` counts observations of slots that say that theirs were removed.
    """

    same: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    removed: int = 0
    findings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Restored:
    """Documents put back by table, those left out because of what came after the archive, and slots made whole."""

    documents: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    slots: int = 0


def archive_month(
    month: Month, now: datetime, *, root: Path | None = None, dry_run: bool = False, tell: Tell = quiet
) -> Manifest | None:
    """Write the month's archive, in the place of an earlier one; None for a dry run.

    Raises ArchiveFault for a month that is not over, not closed, or from which observations were removed, and when it
    changed meanwhile; StoreUnavailable and LedgerUnavailable. Then an earlier archive is as it was.
    """
    slots = _closed_slots(month, now)
    if dry_run:
        _foretell(month, slots, tell)
        return None
    with archives.held(month, root) as folder:
        try:
            manifest = archive_files.write(
                folder, month, _tables(month), {each["_id"]: each["revision"] for each in slots}, now, tell
            )
        except OSError as error:
            raise ArchiveFault(f"the archive can't be written in {folder}: {error.strerror}") from error
        if _closed_slots(month, now) != slots:
            raise ArchiveFault(f"slots of {month} changed while they were archived: call this again")
        archives.publish(folder, manifest)
    logger.info("month archived", month=str(month), rows={each.table: each.rows for each in manifest.files})
    return manifest


def _closed_slots(month: Month, now: datetime) -> list[Document]:
    """The month's slots in brief; raises ArchiveFault while one of them may still change."""
    over = datetime(month.next.year, month.next.month, 1, tzinfo=UTC)
    if now < over:
        raise ArchiveFault(f"{month} is not over: it can be archived from {over:%Y-%m-%d} (UTC) on")
    slots = store.find_range(store.SLOTS, month.bounds, fields=_STANDING)
    if not slots:
        raise ArchiveFault(f"no slot of {month} is known: there is nothing to archive")
    closed = {each["_id"]: each["revision"] for each in slots if each["closed_at"] is not None}
    unsettled = [each["_id"] for each in slots if each["closed_at"] is None and each["state"] not in NEVER_CLOSES]
    unsettled += [f"{run.slot} (its run {run.pk} is {run.state})" for run in _unfinished_runs(month, closed)]
    if unsettled:
        raise ArchiveFault(
            f"{month} is not closed yet: {_named(unsettled)}; see what holds it up, then call this again"
        )
    if gone := [each["_id"] for each in slots if each.get("observations_removed_at")]:
        raise ArchiveFault(
            f"observations of {month} were removed: {_named(gone)}; put them back first (`unarchive --month {month}`)"
        )
    return slots


@ledger.patient
def _unfinished_runs(month: Month, closed: dict[str, int]) -> list[Run]:
    """Runs that are open, or have published what is not all stored."""
    lower, upper = month.bounds
    runs = Run.objects.filter(slot__gt=lower, slot__lt=upper, state__in=(RunState.OPEN, RunState.PUBLISHED))
    return [
        run for run in runs.order_by("slot") if run.state == RunState.OPEN or closed.get(run.slot, -1) < run.revision
    ]


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(sorted(names)[:MOST_NAMED]) + more


def _foretell(month: Month, slots: list[Document], tell: Tell) -> None:
    for name, rows in ((store.SLOTS, len(slots)), *((each, _count(each, month)) for each in _RANGES)):
        tell(f"{month}: {rows:,} {name} would be written")


_RANGES = (store.OBSERVATIONS, store.FLIGHTS)


def _count(name: str, month: Month) -> int:
    return store.count_range(name, month.bounds)


def _tables(month: Month) -> dict[str, Iterable[Document]]:
    """The month's documents, whole, in the order of their ids; answers slot by slot."""
    ranges = {name: store.each_in_range(name, month.bounds) for name in (store.SLOTS, *_RANGES)}
    return {**ranges, store.INDICATORS: _answers(month)}


def _answers(month: Month) -> Iterator[Document]:
    for slot in store.find_range(store.SLOTS, month.bounds, fields={"_id": 1}):
        yield from store.find_by(store.INDICATORS, {"slot": slot["_id"]})


def check_month(month: Month, *, root: Path | None = None, tell: Tell = quiet) -> Checked:
    """Read the files back and hold every document against the store. Raises ArchiveFault where there is no archive.

    Flights go on changing, and slots note what became of their rows: what differs of these is counted, no finding.
    """
    manifest, folder = _known(month, root), archives.folder_of(month, root)
    checked = Checked()
    for file in manifest.files:
        if not archives.is_whole(folder, file):
            checked.findings.append(f"{file.name} is missing or not as it was written")
            continue
        _check_file(checked, folder, file)
        tell(f"{month}: {file.rows:,} {file.table} read back")
    for table in (store.OBSERVATIONS, store.INDICATORS):
        if differing := checked.changed[table]:
            checked.findings.append(f"{differing} {table} differ from the store: archive the month again")
    for table, missing in sorted(checked.missing.items()):
        checked.findings.append(f"{missing} {table} are not in the store: `unarchive --month {month}` puts them back")
    return checked


def _known(month: Month, root: Path | None) -> Manifest:
    if (manifest := archives.find(month, root)) is None:
        raise ArchiveFault(f"{month} is not archived in {archives.folder_of(month, root)}")
    return manifest


def _check_file(checked: Checked, folder: Path, file: File) -> None:
    rows = 0
    removed = _slots_without_observations(folder.name) if file.table == store.OBSERVATIONS else set()
    for batch in archive_files.read(folder, file):
        rows += len(batch)
        present = store.read_by_id(file.table, [each["_id"] for each in batch])
        for document in batch:
            known = present.get(document["_id"])
            if known is None and _slot_of(document) in removed:
                checked.removed += 1
            else:
                told = checked.missing if known is None else checked.same if known == document else checked.changed
                told[file.table] += 1
    if rows != file.rows:
        checked.findings.append(f"{file.name} has {rows} rows, not {file.rows}")


def _slots_without_observations(month: str) -> set[str]:
    bounds = archives.parse_month(month).bounds
    found = store.find_range(store.SLOTS, bounds, {"observations_removed_at": {"$ne": None}}, fields={"_id": 1})
    return {each["_id"] for each in found}


def _slot_of(observation: Document) -> str:
    return str(observation["_id"]).partition(OBSERVATION_SEPARATOR)[0]


def restore_month(
    month: Month, now: datetime, *, root: Path | None = None, dry_run: bool = False, tell: Tell = quiet
) -> Restored:
    """Put back what is missing in the store; what is there stays. Safe to repeat and to kill.

    Observations of a slot that was closed anew since are left out, and so are flights that no observation tells of.
    Raises ArchiveFault where there is no archive, or a damaged one: then nothing was written.
    """
    with archives.held(month, root) as folder:
        manifest = _known(month, root)
        if damaged := [each.name for each in manifest.files if not archives.is_whole(folder, each)]:
            raise ArchiveFault(f"{_named(damaged)} in {folder} is not as it was written: nothing was put back")
        return _Restoration(manifest, folder, now, dry_run=dry_run).all(tell)


class _Restoration:
    def __init__(self, manifest: Manifest, folder: Path, now: datetime, *, dry_run: bool) -> None:
        self._manifest, self._folder, self._now, self._dry_run = manifest, folder, now, dry_run
        self._done = Restored()

    def all(self, tell: Tell) -> Restored:
        for table in archives.TABLES:
            if table == store.OBSERVATIONS:
                self._begin_slots()
            for batch in archive_files.read(self._folder, self._manifest.file_of(table)):
                self._put_back(table, batch)
            verb = "would be put back" if self._dry_run else "put back"
            tell(f"{self._manifest.month}: {self._done.documents[table]:,} {table} {verb}")
        self._end_slots()
        return self._done

    def _put_back(self, table: str, batch: list[Document]) -> None:
        present = store.find_in(table, [each["_id"] for each in batch], {}, {"_id": 1})
        missing = [each for each in batch if each["_id"] not in present]
        wanted = self._fit(table, missing)
        self._done.left_out[table] += len(missing) - len(wanted)
        self._done.documents[table] += len(wanted) if self._dry_run else flights.services.put_back(table, wanted)

    def _fit(self, table: str, missing: list[Document]) -> list[Document]:
        if table == store.OBSERVATIONS:
            return [each for each in missing if _slot_of(each) in self._same]
        if table == store.FLIGHTS and missing and not self._dry_run:
            ids = [each["_id"] for each in missing]
            told = store.find_by(store.OBSERVATIONS, {"flight_id": {"$in": ids}}, fields={"flight_id": 1})
            known = {each["flight_id"] for each in told}
            return [each for each in missing if each["_id"] in known]
        return missing

    def _begin_slots(self) -> None:
        """Slots whose closing is the archived one; from here on retention leaves those alone that lack observations."""
        known = store.read_by_id(store.SLOTS, list(self._manifest.slots))
        archived = self._manifest.slots
        self._same = {
            key for key, slot in archived.items() if known.get(key, {}).get("revision", slot.revision) == slot.revision
        }
        self._lacking = [key for key in sorted(self._same) if known.get(key, {}).get("observations_removed_at")]
        for slot in self._lacking if not self._dry_run else ():
            flights.services.note_observations_restored(slot, self._now)

    def _end_slots(self) -> None:
        """The mark of removal goes where all observations are there again."""
        for slot in self._lacking:
            if self._dry_run:
                self._done.slots += 1
            elif store.count_range(store.OBSERVATIONS, slot_bounds(slot)) == self._manifest.slots[slot].observations:
                flights.services.note_observations_stay(slot)
                self._done.slots += 1
