"""Sees what nobody else reports: slots that no run was opened for, runs that are stuck, slots that nobody closes."""

from datetime import datetime, timedelta
from itertools import takewhile

from cronsim import CronSim
from django.conf import settings
from structlog import get_logger

import flights.services
from flights import store
from flights.slots import slot_begin, slot_key
from ingestion import claims, ledger, metrics, pausing, periods, services
from ingestion.claims import Claim
from ingestion.errors import RunBusy
from ingestion.models import ENDED_WITHOUT_SLOT, Run, RunState, Step
from ingestion.plan import LATE_SECONDS

LOOK_BACK = timedelta(days=14)
STUCK = "stuck past its deadline"
NOTHING_RAN = "nothing ran when its time came: were beat and a worker up? The upstream's answer of then is gone"

logger = get_logger(__name__)


@ledger.patient
def record_missed(now: datetime) -> int:
    """Record as missed the slots of the schedule that have no record; how many that nobody meant to leave out.

    Late enough not to race beat.
    """
    due = _due_slots(now)
    known = store.read_by_id(store.SLOTS, due) if due else {}
    with_run = set(Run.objects.filter(slot__in=due).values_list("slot", flat=True))
    missed = [slot for slot in due if slot not in known and slot not in with_run]
    unplanned = sum(_miss(slot, now) for slot in missed)
    metrics.MISSED.inc(unplanned)
    return unplanned


def _due_slots(now: datetime) -> list[str]:
    """The slots whose tick is too long ago to be answered, since the first run, 14 days back at the most."""
    first = Run.objects.of_slots().order_by("started_at").first()
    if first is None:
        return []
    since = max(first.started_at, now - LOOK_BACK)
    last = now - timedelta(seconds=LATE_SECONDS + settings.WATCH_SECONDS)
    ticks = takewhile(lambda tick: tick <= last, CronSim(settings.INGEST_SCHEDULE, since))
    return list(dict.fromkeys(slot_key(tick) for tick in ticks))


def _miss(slot: str, now: datetime) -> bool:
    """Whether a slot was missed that the plan would have served, and nobody had paused the schedule at its time."""
    pause = pausing.paused(periods.tick_of(settings.INGEST_SCHEDULE, slot_begin(slot)))
    planned = pausing.told(pause) if pause else ledger.why_not_served(slot)
    recorded = flights.services.miss_slot(slot, planned or NOTHING_RAN, now)
    if recorded and planned is None:
        logger.warning("slot missed", slot=slot)
    return recorded and planned is None


@ledger.patient
def end_stuck(now: datetime) -> list[Run]:
    """End the runs that are open past their deadline and that nobody works on; a run with pages goes on with them."""
    late = Run.objects.to_work_on().filter(opened_at__lt=now - services.deadline()).order_by("slot")
    stuck = [run for run in late if claims.is_free(run, now) and _end_stuck(run, now)]
    metrics.STUCK.inc(len(stuck))
    return stuck


def _end_stuck(run: Run, now: datetime) -> bool:
    claim = Claim.take(run, Step(run.step), now)
    if claim is None:
        return False
    hours = (now - run.opened_at).total_seconds() / 3600
    told = f"{STUCK}: in {run.step} {hours:.1f} h after it was opened" + (f"; {run.error}" if run.error else "")
    try:
        _fail_or_go_on(claim, told, now)
    except RunBusy:
        return False
    finally:
        claim.release()
    logger.error("run was stuck", run=run.key, state=run.state, step=run.step, why=told)
    return True


def _fail_or_go_on(claim: Claim, told: str, now: datetime) -> None:
    """What was fetched is worth a second deadline, once."""
    was_stuck = STUCK in claim.run.error
    claim.change(opened_at=now)
    if claim.step == Step.EXTRACTION or was_stuck:
        services.end_run(claim, RunState.FAILED, told)
    else:
        claim.change(error=told)


@ledger.patient
def note_unclosed(now: datetime) -> int:
    """Say in the record of every slot that was published, or ended, long ago and not closed, why; how many."""
    ended = Run.objects.filter(finished_at__gte=now - LOOK_BACK)
    runs = [
        *ended.filter(state__in=ENDED_WITHOUT_SLOT, reconstructs__isnull=True),
        *ended.published().filter(finished_at__lt=now - services.deadline()),
    ]
    slots = store.read_by_id(store.SLOTS, [run.slot for run in runs]) if runs else {}
    return sum(_note(run, slots.get(run.slot) or {}) for run in runs)


def _note(run: Run, slot: store.Document) -> bool:
    if slot.get("closed_at") is not None:
        return False
    if run.state in ENDED_WITHOUT_SLOT:  # MongoDB was down when it ended
        unsaid = slot.get("state") in (None, "collecting")
        if unsaid:
            services.record_end(run)
        return unsaid
    reason = f"published at {run.finished_at:%Y-%m-%d %H:%M} UTC, not closed by the consumer: is one running?"
    if slot.get("reason") == reason:
        return False
    flights.services.note_slot(run.slot, run.key, reason)
    return True
