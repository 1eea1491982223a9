"""Decides the life of a run: opened once for a slot, step after step, tried again or given up, reported."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from structlog import get_logger

import flights.services
from flights.errors import StoreUnavailable
from flights.records import SlotState
from flights.slots import day_key
from flights.times import utc_now
from ingestion import archive, metrics, steps
from ingestion.client import client_from_settings
from ingestion.errors import ArchiveUnavailable, IngestionError, RunBusy
from ingestion.models import Run, RunState, Step, StepAttempt
from ingestion.steps import Context
from streaming.errors import StreamingError

RETRIES = 5
RETRY_AFTER = timedelta(minutes=5)
LEASE = timedelta(minutes=4)
FOLLOWING = {Step.EXTRACTION: Step.TRANSFORMATION, Step.TRANSFORMATION: Step.SAVE_DATA}
Failure = (IngestionError, StreamingError, StoreUnavailable)

logger = get_logger(__name__)


def quiet(_line: str) -> None:
    """No progress wanted."""


def open_run(slot: str, trigger: str, now: datetime) -> tuple[Run, bool]:
    """The run of this slot, and whether it is new: the slot's uniqueness is what prevents doubles."""
    run = Run(slot=slot, trigger=trigger, started_at=now, opened_at=now)
    steps.plan_slot(run)
    return _opened(run)


def open_backfill(day: date, pages: int, trigger: str, now: datetime) -> tuple[Run, bool]:
    """The run that fetches a past day, up to so many pages, and whether it is new."""
    run = Run(slot=day_key(day), backfill=True, trigger=trigger, started_at=now, opened_at=now)
    steps.plan_day(run, pages)
    return _opened(run)


def _opened(run: Run) -> tuple[Run, bool]:
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        return Run.objects.get(slot=run.slot), False
    logger.info("run opened", run=run.key, trigger=run.trigger, pages=run.pages_planned)
    return run, True


def reopen_run(run: Run, now: datetime) -> bool:
    """Let a failed run go on from the step that failed, with fresh tries; False when it has not failed."""
    changed = Run.objects.filter(pk=run.pk, state=RunState.FAILED).update(
        state=RunState.OPEN, error="", opened_at=now, resumes_at=None, finished_at=None
    )
    run.refresh_from_db()
    return changed == 1


def perform_step(run_id: int, step: Step, *, tell: Callable[[str], None] = quiet) -> timedelta | None:
    """Do one step of a run if it is due and free; otherwise leave.

    Returns how long to wait before the next try where this one failed and another is allowed, else None.
    """
    now = utc_now()
    run = Run.objects.get(pk=run_id)
    due = run.resumes_at is None or run.resumes_at <= now
    if run.state != RunState.OPEN or run.step != step or not due:
        return None
    try:
        with working_on(run) as hold:
            return _tried(run, step, Context(tell=tell, hold=hold))
    except RunBusy:
        logger.info("run is worked on elsewhere", run=run.key, step=step)
        return None


@contextmanager
def working_on(run: Run) -> Iterator[Callable[[], None]]:
    """Be the run's only worker; hands out what keeps it so. Raises RunBusy when another is."""
    holder = _holder()
    if not _claim(run, holder, utc_now()):
        raise RunBusy(f"another process works on {run}")
    try:
        yield lambda: _hold(run, holder)
    finally:
        Run.objects.release(run.pk, holder)


def _tried(run: Run, step: Step, context: Context) -> timedelta | None:
    attempt = _new_attempt(run, step)
    try:
        _do(run, step, context)
    except RunBusy:
        _end_attempt(attempt, "lost", None)
        return None
    except Failure as error:
        _end_attempt(attempt, "failed", error)
        return _after_failure(run, step, error)
    except BaseException as error:
        _end_attempt(attempt, "broken", error)
        raise
    _end_attempt(attempt, "done", None)
    _advance(run, step)
    return None


def _do(run: Run, step: Step, context: Context) -> None:
    if step == Step.EXTRACTION:
        flights.services.open_slot(run.slot, run.key, utc_now(), backfill=run.backfill)
        with client_from_settings() as client:
            steps.extract(run, client, context)
    elif step == Step.TRANSFORMATION:
        steps.transform(run, context)
    else:
        steps.save(run, context)


def _advance(run: Run, step: Step) -> None:
    following = FOLLOWING.get(step)
    if following is None:
        run.state, run.finished_at = RunState.PUBLISHED, utc_now()
    else:
        run.step = following
    run.error, run.resumes_at = "", None
    run.save(update_fields=["state", "step", "error", "resumes_at", "finished_at"])


def _after_failure(run: Run, step: Step, error: Exception) -> timedelta | None:
    """Try again later, go on with what there is, or give up: the error's class decides."""
    run.error = f"{type(error).__name__}: {error}"
    tries = run.attempts.filter(step=step, started_at__gte=run.opened_at).count()
    if getattr(error, "retryable", False) and tries <= RETRIES:
        run.resumes_at = utc_now() + RETRY_AFTER
        run.save(update_fields=["error", "resumes_at"])
        logger.warning("step failed, will be tried again", run=run.key, step=step, why=run.error)
        return RETRY_AFTER
    if step == Step.EXTRACTION and _has_pages(run):
        run.shortfall = run.error
        run.save(update_fields=["shortfall"])
        logger.warning("run goes on with the pages it has", run=run.key, why=run.error)
        _advance(run, step)
        return None
    _give_up(run)
    return None


def _has_pages(run: Run) -> bool:
    try:
        return any(page.status == archive.USABLE for page in archive.pages_of(run.key))
    except ArchiveUnavailable:
        return False


def _give_up(run: Run) -> None:
    run.state, run.resumes_at, run.finished_at = RunState.FAILED, None, utc_now()
    run.save(update_fields=["state", "error", "resumes_at", "finished_at"])
    logger.error("run failed", run=run.key, step=run.step, why=run.error)
    try:
        flights.services.fail_slot(run.slot, run.key, SlotState.FAILED, run.error, utc_now())
    except StoreUnavailable as error:
        logger.warning("the slot's record could not be written", slot=run.slot, why=str(error))


def _new_attempt(run: Run, step: Step) -> StepAttempt:
    """The next try; a try that was killed before it could say how it ended is closed as such."""
    earlier = run.attempts.filter(step=step)
    earlier.filter(outcome="running").update(outcome="killed", finished_at=utc_now())
    return run.attempts.create(step=step, number=earlier.count() + 1, started_at=utc_now())


def _end_attempt(attempt: StepAttempt, outcome: str, error: BaseException | None) -> None:
    attempt.outcome, attempt.finished_at = outcome, utc_now()
    if error is not None:
        attempt.error_class, attempt.error = type(error).__name__, str(error)[:2000]
    attempt.save()
    seconds = (attempt.finished_at - attempt.started_at).total_seconds()
    metrics.STEP_SECONDS.labels(attempt.step, outcome).observe(seconds)


def _holder() -> str:
    """This thread: the admin's threads are one process, and only one of them may have a run."""
    return f"{socket.gethostname()}#{threading.get_native_id()}:{os.getpid()}"


def _claim(run: Run, holder: str, now: datetime) -> bool:
    """Take the run; a claim of a process of this host that is gone does not count."""
    if Run.objects.claim(run.pk, holder, now, LEASE):
        return True
    run.refresh_from_db(fields=["claimed_by"])
    if not is_gone(run.claimed_by):
        return False
    Run.objects.release(run.pk, run.claimed_by)
    return Run.objects.claim(run.pk, holder, now, LEASE)


def is_gone(holder: str) -> bool:
    """Whether the claiming process ran on this host and is not there any more."""
    host, _, pid = holder.rpartition(":")
    if host.partition("#")[0] != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _hold(run: Run, holder: str) -> None:
    """Stay the run's worker; raises RunBusy when another took over after the lease had run out."""
    if not Run.objects.claim(run.pk, holder, utc_now(), LEASE):
        raise RunBusy(f"another process took over {run}")


def runs_to_resume(now: datetime) -> list[Run]:
    """Open runs that nobody works on: their process was killed, or their pause is over."""
    open_runs = Run.objects.open().order_by("slot")
    return [run for run in open_runs if _is_free(run, now)]


def _is_free(run: Run, now: datetime) -> bool:
    waits = run.resumes_at is not None and run.resumes_at > now
    claimed = run.claimed_until is not None and run.claimed_until >= now
    return not waits and (not claimed or is_gone(run.claimed_by))
