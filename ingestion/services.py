"""Decides the life of a run: opened once for a slot, step after step, tried again or given up, reported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from structlog import get_logger
from structlog.contextvars import bound_contextvars

import flights.services
from flights.errors import StoreUnavailable
from flights.records import SlotState
from flights.slots import day_key, last_tick, slot_key
from flights.times import utc_now
from ingestion import archive, claims, ledger, metrics, pausing, retries, steps
from ingestion.claims import Claim
from ingestion.client import client_from_settings
from ingestion.errors import ArchiveUnavailable, JobRests, OrderRefused, QuotaExhausted, RunBusy
from ingestion.jobs import Backfill
from ingestion.models import ENDED_WITHOUT_SLOT, Run, RunState, Step, StepAttempt
from ingestion.plan import LATE_SECONDS
from ingestion.steps import Context

FOLLOWING = {Step.EXTRACTION: Step.TRANSFORMATION, Step.TRANSFORMATION: Step.SAVE_DATA}
SLOT_STATES = {RunState.FAILED: SlotState.FAILED, RunState.STOPPED: SlotState.MISSED}
LedgerErrors = (OperationalError, InterfaceError)

logger = get_logger(__name__)


def quiet(_line: str) -> None:
    """No progress wanted."""


def open_due(slot: str, now: datetime) -> tuple[Run | None, bool]:
    """What beat's tick does: the run of the slot that is due, and whether it is new; None where the plan leaves it out
    or the schedule is paused.

    Raises StoreUnavailable when that can't be recorded: then the watchdog does it.
    """
    reason = _why_left_out(slot, now)
    if reason is None:
        return open_run(slot, ledger.SCHEDULE, now)
    if flights.services.miss_slot(slot, reason, now):
        logger.info("slot left out", slot=slot, why=reason)
    return None, False


@ledger.patient
def _why_left_out(slot: str, now: datetime) -> str | None:
    if Run.objects.filter(slot=slot).exists():
        return None
    pause = pausing.paused(now)
    return pausing.told(pause) if pause else ledger.why_not_served(slot)


def open_run(slot: str, trigger: str, now: datetime) -> tuple[Run, bool]:
    """The run of this slot, and whether it is new: the slot's uniqueness is what prevents doubles."""
    run = Run(slot=slot, trigger=trigger, started_at=now, opened_at=now)
    steps.plan_slot(run)
    return _opened(run)


def open_backfill(
    day: date, pages: int, trigger: str, now: datetime, *, job: Backfill | None = None
) -> tuple[Run, bool]:
    """The run that fetches a past day, or what its job asks for of it, up to so many pages; and whether it is new."""
    run = Run(slot=day_key(day), backfill=True, job=job, trigger=trigger, started_at=now, opened_at=now)
    steps.plan_day(run, pages, job.query if job else {})
    return _opened(run)


@ledger.patient
def _opened(run: Run) -> tuple[Run, bool]:
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        return Run.objects.get(slot=run.slot), False
    logger.info("run opened", run=run.key, trigger=run.trigger, pages=run.pages_planned)
    return run, True


@ledger.patient
def reopen_run(run: Run, now: datetime, *, trigger: str | None = None, job: Backfill | None = None) -> bool:
    """Let a run that failed or was stopped go on where it was, with fresh tries; False when it did neither.

    `trigger` says who asked, and so whose reserve pays; `job` for which backfill. Raises OrderRefused for a slot that
    has pages to fetch and is over: the upstream answers for the present only.
    """
    ended = run.state in ENDED_WITHOUT_SLOT
    if ended and run.step == Step.EXTRACTION and not run.backfill and run.slot != present_slot(now):
        raise OrderRefused(
            f"the run of {run.slot} has pages to fetch, and its hour is over: the upstream answers for the present "
            f"only, which is slot {present_slot(now)}; a backfill fetches past days"
        )
    asked = {} if trigger is None else {"trigger": trigger, "job": job}
    changed = Run.objects.filter(pk=run.pk, state__in=ENDED_WITHOUT_SLOT).update(
        state=RunState.OPEN, error="", opened_at=now, resumes_at=None, finished_at=None, **asked
    )
    run.refresh_from_db()
    return changed == 1


@ledger.patient
def perform_step(run_id: int, step: Step, *, tell: Callable[[str], None] = quiet) -> timedelta | None:
    """Do one step of a run if it is due and free; otherwise leave.

    Returns how long to wait before the next try where this one failed and another is allowed, else None.
    Raises LedgerUnavailable when nothing can be noted: the same call may be made again at any moment.
    """
    now = utc_now()
    run = Run.objects.get(pk=run_id)
    if run.state != RunState.OPEN or run.step != step or not _is_due(run, now):
        return None
    claim = Claim.take(run, step, now)
    if claim is None:
        logger.info("run is worked on elsewhere", run=run.key, step=step)
        return None
    try:
        with bound_contextvars(run=run.key, slot=run.slot, step=step):
            return _tried(claim, tell)
    finally:
        claim.release()


def _is_due(run: Run, now: datetime) -> bool:
    """Its pause is over; and its hour is not: a present answer is no answer for a slot of long ago."""
    paused = run.resumes_at is not None and run.resumes_at > now
    if paused or run.step != Step.EXTRACTION or run.backfill:
        return not paused
    return run.slot == present_slot(now) or run.opened_at >= now - deadline()


def present_slot(now: datetime) -> str:
    """The slot that the upstream's present answer belongs to."""
    return slot_key(last_tick(settings.INGEST_SCHEDULE, now))


def deadline() -> timedelta:
    """How long after its opening a run that nobody works on counts as stuck."""
    return timedelta(seconds=settings.RUN_DEADLINE_SECONDS)


def _tried(claim: Claim, tell: Callable[[str], None]) -> timedelta | None:
    attempt = _new_attempt(claim)
    logger.info("step begun", attempt=attempt.number)
    try:
        _do(claim, Context(tell=tell, hold=claim.hold))
        _advance(claim)
    except RunBusy as busy:
        rests = isinstance(busy, JobRests)
        _end_attempt(attempt, "stopped" if rests else "lost", busy if rests else None)
        return None
    except LedgerErrors:
        raise  # nothing can be noted: the next try closes this one
    except (SystemExit, KeyboardInterrupt) as asked:
        _end_attempt(attempt, "stopped", asked)
        raise
    except BaseException as error:
        if (rule := retries.rule_of(error)) is None:
            _end_attempt(attempt, "broken", error)
            raise
        _end_attempt(attempt, "failed", error)
        return _after_failure(claim, rule, error)
    _end_attempt(attempt, "done", None)
    logger.info("step done", attempt=attempt.number)
    return None


def _do(claim: Claim, context: Context) -> None:
    run = claim.run
    if claim.step == Step.EXTRACTION:
        flights.services.open_slot(run.slot, run.key, utc_now(), backfill=run.backfill)
        with client_from_settings() as client:
            steps.extract(run, client, context)
    elif claim.step == Step.TRANSFORMATION:
        steps.transform(run, context)
    else:
        steps.save(run, context)


def _advance(claim: Claim) -> None:
    following = FOLLOWING.get(claim.step)
    if following is None:
        claim.change(state=RunState.PUBLISHED, finished_at=utc_now(), error="", resumes_at=None)
    else:
        claim.change(step=following, error="", resumes_at=None)


def _after_failure(claim: Claim, rule: retries.Rule, failure: BaseException) -> timedelta | None:
    """Try again later, stop as planned, go on with what there is, or give up: the error's class decides."""
    run, error = claim.run, f"{type(failure).__name__}: {failure}"
    tries = run.attempts.filter(step=claim.step, started_at__gte=run.opened_at).count()
    if rule.later and tries <= settings.STEP_RETRIES:
        return _pause(claim, error)
    if isinstance(failure, QuotaExhausted):
        _stop_as_planned(claim, error, is_upstreams=failure.answer is not None)
    else:
        end_run(claim, RunState.FAILED, error)
    return None


def _pause(claim: Claim, error: str) -> timedelta:
    pause = timedelta(seconds=settings.STEP_RETRY_SECONDS)
    claim.change(error=error, resumes_at=utc_now() + pause)
    logger.warning("step failed, will be tried again", run=claim.run.key, step=claim.step, why=error)
    return pause


def _stop_as_planned(claim: Claim, error: str, *, is_upstreams: bool) -> None:
    """A past day waits, with fresh tries then: for the reset, or for the next slot, after which the plan may leave it
    something again. A slot can't wait: its hour will be over."""
    now = utc_now()
    until, shared = ledger.next_reset(now), ledger.month_plan(now)
    if claim.run.backfill and shared.remaining > 0 and not is_upstreams:
        until = min(until, (shared.next_slot or until) + timedelta(seconds=LATE_SECONDS))
    told = f"{error}; collection resumes on {until:%Y-%m-%d} (UTC)"
    if claim.run.backfill:
        claim.change(error=told, resumes_at=until, opened_at=until)
        logger.warning("planned stop", run=claim.run.key, resumes_at=until.isoformat(), why=error)
    else:
        end_run(claim, RunState.STOPPED, told, resumes_at=until)


def end_run(claim: Claim, state: RunState, error: str, *, resumes_at: datetime | None = None) -> None:
    """No page more will come: go on with those there are, else the run and its slot have failed or were stopped."""
    if claim.step == Step.EXTRACTION and _has_pages(claim.run):
        claim.change(shortfall=error)
        logger.warning("run goes on with the pages it has", run=claim.run.key, why=error)
        _advance(claim)
        return
    claim.change(state=state, error=error, resumes_at=resumes_at, finished_at=utc_now())
    log = logger.warning if state == RunState.STOPPED else logger.error
    log("run ended without its slot", run=claim.run.key, state=state, step=claim.step, why=error)
    try:
        record_end(claim.run)
    except StoreUnavailable as down:
        logger.warning("the slot's record is written later", slot=claim.run.slot, why=str(down))


def record_end(run: Run) -> None:
    """Write to the slot's record how a run ended that did not publish. Raises StoreUnavailable.

    A slot that could not be reconstructed stays what it was.
    """
    if run.reconstructs is not None:
        return
    state = SLOT_STATES[RunState(run.state)]
    flights.services.fail_slot(run.slot, run.key, state, run.error, utc_now())
    if run.resumes_at is not None:
        flights.services.note_resumption(run.slot, run.key, run.resumes_at)


def _has_pages(run: Run) -> bool:
    try:
        return any(page.status == archive.USABLE for page in archive.pages_of(run.key))
    except ArchiveUnavailable:
        return False


def _new_attempt(claim: Claim) -> StepAttempt:
    """The next try; a try that was killed before it could say how it ended is closed as such."""
    earlier = claim.run.attempts.filter(step=claim.step)
    earlier.filter(outcome="running").update(outcome="killed", finished_at=utc_now())
    return claim.run.attempts.create(step=claim.step, number=earlier.count() + 1, started_at=utc_now())


def _end_attempt(attempt: StepAttempt, outcome: str, error: BaseException | None) -> None:
    attempt.outcome, attempt.finished_at = outcome, utc_now()
    if error is not None:
        attempt.error_class, attempt.error = type(error).__name__, str(error)[:2000]
    attempt.save()
    seconds = (attempt.finished_at - attempt.started_at).total_seconds()
    metrics.STEP_SECONDS.labels(attempt.step, outcome).observe(seconds)


@ledger.patient
def runs_to_resume(now: datetime) -> list[Run]:
    """Open runs that nobody works on: their process was killed, or their pause is over."""
    open_runs = Run.objects.to_work_on().order_by("slot")
    return [run for run in open_runs if claims.is_free(run, now)]
