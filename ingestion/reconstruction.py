"""Which slots that nothing was collected for can be reconstructed from past days that were fetched; opens their runs.

A slot needs the day of its own date; where a neighbour is fetched later, or published anew, it is made once more as the
next revision. A slot that was collected is never touched. Everything here may be killed and repeated at any moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import F
from structlog import get_logger

from flights import store
from flights.records import SlotState
from flights.slots import day_key, slot_key
from ingestion import archive, ledger, periods, placing, sources
from ingestion.models import ENDED_WITHOUT_SLOT, Run, RunState, Step
from ingestion.plan import LATE_SECONDS

TRIGGER = "reconstruction"
LOOK_BACK = timedelta(days=14)  # days that were fetched longer ago are for the command
MOST_OPEN = 4  # at once, so that the collection of a slot waits behind no more than these
MISSED_LOOKS = 5  # of the watchdog, which first records and counts that the slot was missed
DAY = timedelta(days=1)
NEVER_PLANNED = "nothing ran, and nothing was recorded"

logger = get_logger(__name__)


class Verdict(StrEnum):
    """What is to be done about a slot."""

    NEW = "to be reconstructed"
    ANEW = "to be reconstructed anew"
    AGAIN = "to be tried again"
    DONE = "reconstructed"
    NOT = "not reconstructed"


DUE = (Verdict.NEW, Verdict.ANEW)
OPENED = (*DUE, Verdict.AGAIN)


@dataclass(frozen=True, slots=True)
class Judged:
    """A slot of the schedule, what is to be done about it, why, and the runs of the days that it can be made of."""

    slot: str
    instant: datetime
    verdict: Verdict
    why: str
    run: Run | None = None
    runs: tuple[Run, ...] = ()
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known about a range of slots: the published runs of days, the runs of slots, the records of both."""

    days: Mapping[str, Run]
    runs: Mapping[str, Run]
    records: Mapping[str, store.Document]


def ticks_of_day(day: date) -> list[datetime]:
    """The slots of the schedule in which flights that depart on this local date may be in the air, oldest first."""
    return [tick for tick in _ticks(day - DAY, day + DAY) if day in placing.dates_of(tick)]


def judge_slots(first: date, last: date, now: datetime) -> list[Judged]:
    """Every slot of the schedule on these UTC dates, oldest first. Raises StoreUnavailable and ArchiveUnavailable."""
    return _judged(_ticks(first, last), now)


@ledger.patient
def open_due(now: datetime) -> list[Run]:
    """Open the runs of slots that days fetched lately make possible, a few at a time, oldest first; those opened.

    Raises StoreUnavailable and ArchiveUnavailable: then the rest is opened next time.
    """
    room = MOST_OPEN - Run.objects.open().filter(reconstructs__isnull=False).count()
    if not settings.RECONSTRUCT_SLOTS or room <= 0:
        return []
    fetched = Run.objects.published().filter(backfill=True, finished_at__gte=now - LOOK_BACK)
    days = [date.fromisoformat(slot) for slot in fetched.values_list("slot", flat=True)]
    wanted = {tick for day in days for tick in ticks_of_day(day)}
    due = (each for each in _judged(sorted(wanted), now) if each.verdict in DUE)
    opened: list[Run] = []
    for each in due:
        if len(opened) == room:
            break
        if run := open_reconstruction(each, now):
            opened.append(run)
    return opened


@ledger.patient
def open_reconstruction(judged: Judged, now: datetime) -> Run | None:
    """Open the run of a slot that was judged due; None where another process was first."""
    made_of = sources.made_of(judged.instant, judged.runs)
    if judged.run is None:
        given = {"reconstructs": made_of, "instead_of": judged.instead_of, "started_at": now, "opened_at": now}
        run, is_new = Run.objects.get_or_create(
            slot=judged.slot, defaults={"trigger": TRIGGER, "step": Step.SAVE_DATA, **given}
        )
        return run if is_new else None
    run = judged.run
    anew = {"revision": F("revision") + 1, "replays": F("replays") + 1} if judged.verdict == Verdict.ANEW else {}
    first = {"instead_of": judged.instead_of} if judged.verdict == Verdict.NEW else {}
    unchanged = Run.objects.filter(pk=run.pk, state=run.state, revision=run.revision)
    changed = unchanged.update(
        state=RunState.OPEN,
        step=Step.SAVE_DATA,
        reconstructs=made_of,
        error="",
        shortfall="",
        opened_at=now,
        resumes_at=None,
        finished_at=None,
        **anew,
        **first,
    )
    run.refresh_from_db()
    if changed:
        logger.info("slot is reconstructed", run=run.key, why=judged.why, revision=run.revision)
    return run if changed else None


def _ticks(first: date, last: date) -> list[datetime]:
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, last + DAY))
    return periods.slots_between(settings.INGEST_SCHEDULE, begin, end)


def _judged(ticks: Sequence[datetime], now: datetime) -> list[Judged]:
    if not ticks:
        return []
    known = _known(ticks)
    return [_judge(tick, known, now) for tick in ticks]


@ledger.patient
def _known(ticks: Sequence[datetime]) -> _Known:
    """Read in a few ranges, whatever the number of slots; records only of what the ledger does not settle."""
    first, last = (day_key(day) for day in (ticks[0].date() - DAY, ticks[-1].date() + 2 * DAY))
    runs = {run.slot: run for run in Run.objects.filter(slot__gte=first, slot__lt=last)}
    days = {slot: run for slot, run in runs.items() if run.backfill and run.state == RunState.PUBLISHED}
    slots = [slot_key(tick) for tick in ticks]
    unsettled = [slot for slot in slots if not _is_settled(runs.get(slot))]
    return _Known(days, runs, store.read_by_id(store.SLOTS, [*days, *unsettled]))


def _is_settled(run: Run | None) -> bool:
    """Whether the slot was collected, so that its record needs no look."""
    return run is not None and run.state == RunState.PUBLISHED and run.reconstructs is None


def _judge(tick: datetime, known: _Known, now: datetime) -> Judged:
    slot = slot_key(tick)
    run, record = known.runs.get(slot), known.records.get(slot) or {}
    if refusal := _why_not(tick, run, record, now):
        return Judged(slot, tick, Verdict.NOT, refusal, run)
    found, lacking = _usable_days(tick, known)
    runs = tuple(found.values())
    if run is not None and run.reconstructs is not None:
        return _judge_again(Judged(slot, tick, Verdict.DONE, "", run, runs), record)
    if day_key(tick.date()) not in found:
        return Judged(slot, tick, Verdict.NOT, lacking[day_key(tick.date())], run)
    return Judged(slot, tick, Verdict.NEW, _made_of(found, lacking), run, runs, _what_became(run, record))


def _why_not(tick: datetime, run: Run | None, record: Mapping[str, object], now: datetime) -> str | None:
    """Why a slot is left alone whatever days were fetched: it is not over, is being collected, or was."""
    if now - tick < timedelta(seconds=LATE_SECONDS + MISSED_LOOKS * settings.WATCH_SECONDS):
        return "its time is not over"
    if run is None:
        return "it is closed" if record.get("closed_at") is not None else None
    if run.state == RunState.OPEN:
        return f"run {run.pk} is open"
    if run.reconstructs is not None:
        return None
    if run.state == RunState.PUBLISHED or record.get("closed_at") is not None:
        return f"it was collected by run {run.pk}"
    return f"run {run.pk} brought pages before it {run.state}" if archive.usable_pages(run.key) else None


def _usable_days(tick: datetime, known: _Known) -> tuple[dict[str, Run], dict[str, str]]:
    """The runs of the days that the slot needs, by date, and why the others can't be used."""
    found, lacking = {}, {}
    for day in map(day_key, placing.dates_of(tick)):
        run, record = known.days.get(day), known.records.get(day) or {}
        if run is None:
            lacking[day] = f"{day} was not fetched"
        elif run.queries != [{"flight_date": day}]:
            lacking[day] = f"of {day} only some flights were asked for"
        elif run.started_at <= tick:
            lacking[day] = f"{day} was fetched before this slot's time"
        elif record.get("pages_removed_at") is not None:
            lacking[day] = f"the raw pages of {day} were removed"
        else:
            found[day] = run
    return found, lacking


def _judge_again(judged: Judged, record: Mapping[str, object]) -> Judged:
    """Whether a slot that was reconstructed is to be so anew: from a day more, or from one that was published anew."""
    run = judged.run
    if run is None:
        return judged
    before, now = sources.runs_of(run), {each.key: each.revision for each in judged.runs}
    if gone := sorted(before.keys() - now.keys()):
        return _with(judged, Verdict.DONE, f"made of {_named(before)}; pages of {_named(gone)} were removed since")
    newer = sorted(key for key, revision in now.items() if revision > before.get(key, -1))
    if newer and (run.state in ENDED_WITHOUT_SLOT or _is_closed(run, record)):
        return _with(judged, Verdict.ANEW, f"{_named(newer)} came after {_named(before)}")
    if newer:
        return _with(judged, Verdict.DONE, f"made of {_named(before)}; {_named(newer)} once that is stored")
    if run.state in ENDED_WITHOUT_SLOT:
        return _with(judged, Verdict.AGAIN, f"it failed: {run.error}")
    return _with(judged, Verdict.DONE, f"made of {_named(before)}")


def _with(judged: Judged, verdict: Verdict, why: str) -> Judged:
    return Judged(judged.slot, judged.instant, verdict, why, judged.run, judged.runs, judged.instead_of)


def _is_closed(run: Run, record: Mapping[str, object]) -> bool:
    """Whether all that the run published is stored: only then may it publish anew."""
    revision = record.get("revision")
    return record.get("closed_at") is not None and isinstance(revision, int) and revision >= run.revision


def _made_of(found: Mapping[str, Run], lacking: Mapping[str, str]) -> str:
    return "; ".join([f"from {', '.join(found)}", *lacking.values()])


def _named(keys: Iterable[str]) -> str:
    """The days of these runs."""
    return ", ".join(sorted(key.rpartition(".")[0] for key in keys))


def _what_became(run: Run | None, record: Mapping[str, object]) -> str:
    """What became of the slot's own collection, in words, to be told with what stands in for it."""
    if record.get("state") is not None and record["state"] != SlotState.COLLECTING:
        return f"{record['state']}: {record.get('reason') or 'no reason was told'}"
    if run is not None:
        return f"{run.state}: {run.error or 'no reason was told'}"
    return f"{SlotState.MISSED}: {NEVER_PLANNED}"
