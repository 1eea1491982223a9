"""The Celery tasks: extraction → transformation → save_data; only the run's id is passed on."""

from typing import Any

from celery import Task, chain, current_app, shared_task
from django.conf import settings
from kombu.exceptions import OperationalError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from structlog import get_logger

from flights.errors import StoreUnavailable
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion import backfills, reconstruction, retention, services, watchdog
from ingestion.errors import ArchiveUnavailable, LedgerUnavailable, QueueUnavailable
from ingestion.models import Run, RunState, Step
from ingestion.plan import LATE_SECONDS

QUEUE_SECONDS = 1.0  # to connect, and to answer

logger = get_logger(__name__)


@shared_task(autoretry_for=(LedgerUnavailable, StoreUnavailable), default_retry_delay=30, max_retries=25)
def collect_slot() -> str | None:
    """Beat's tick: open the run of the slot that is due and start it. A second tick finds it and leaves.

    None for a slot that comes too late, or that the plan of the allowance leaves out.
    """
    now = utc_now()
    tick = last_tick(settings.INGEST_SCHEDULE, now)
    if (now - tick).total_seconds() > LATE_SECONDS:
        return None  # no catch-up
    run, is_new = services.open_due(slot_key(tick), now)
    if run is None:
        return None
    if is_new:
        enqueue(run)
    return run.slot


@shared_task
def resume_runs() -> int:
    """Start again the open runs that nobody works on; how many."""
    try:
        runs = services.runs_to_resume(utc_now())
    except LedgerUnavailable as error:
        logger.warning("no run can be resumed", why=str(error))
        return 0
    for run in runs:
        enqueue(run)
    return len(runs)


@shared_task
def advance_backfills() -> int:
    """Open and start the next days of the backfills that go on; how many days."""
    try:
        runs = backfills.advance(utc_now())
    except (LedgerUnavailable, StoreUnavailable) as error:
        logger.warning("no backfill goes on", why=str(error))
        return 0
    for run in runs:
        enqueue(run)
    return len(runs)


def go_on_with_backfills() -> None:
    """Let a worker look at once what there is to do; without the queue beat does, within a minute of its return."""
    _queue_soon(advance_backfills)
    _queue_soon(resume_runs)


def _queue_soon(task: "Task[Any, Any]") -> None:
    try:
        task.delay()
    except OperationalError as error:
        logger.warning("backfills go on later", why=type(error).__name__)


@shared_task
def watch_slots() -> None:
    """Record what nobody else will: slots that were missed, runs that are stuck, slots that are not closed."""
    now = utc_now()
    try:
        watchdog.record_missed(now)
        stuck = watchdog.end_stuck(now)
        watchdog.note_unclosed(now)
    except (LedgerUnavailable, StoreUnavailable) as error:
        logger.warning("the watchdog can't look", why=str(error))
        return
    for run in stuck:
        enqueue(run)


@shared_task
def reconstruct_slots() -> int:
    """Open runs for slots that days fetched since make possible; how many. What is left is opened the next time."""
    try:
        runs = reconstruction.open_due(utc_now())
    except (ArchiveUnavailable, LedgerUnavailable, StoreUnavailable) as error:
        logger.warning("no slot can be reconstructed now", why=str(error))
        return 0
    for run in runs:
        enqueue(run)
    return len(runs)


@shared_task
def prune_old() -> int:
    """Every night: remove raw pages and observations that are older than their settings; how many pages and rows.

    What fails is done the next night.
    """
    now = utc_now()
    try:
        return retention.prune(now).pages + retention.prune_observations(now).observations
    except (ArchiveUnavailable, StoreUnavailable, LedgerUnavailable) as error:
        logger.warning("what is old can't be removed", why=str(error))
        return 0


@shared_task(bind=True, max_retries=None)
def extraction(self: "Task[Any, Any]", run_id: int) -> None:
    _perform(self, run_id, Step.EXTRACTION)


@shared_task(bind=True, max_retries=None)
def transformation(self: "Task[Any, Any]", run_id: int) -> None:
    _perform(self, run_id, Step.TRANSFORMATION)


@shared_task(bind=True, max_retries=None)
def save_data(self: "Task[Any, Any]", run_id: int) -> None:
    runs = Run.objects.filter(pk=run_id, job__isnull=False)
    was_open = runs.open().exists()
    _perform(self, run_id, Step.SAVE_DATA)
    if was_open and runs.published().exists():
        _queue_soon(advance_backfills)


TASKS = {
    Step.EXTRACTION: extraction,
    Step.TRANSFORMATION: transformation,
    Step.SAVE_DATA: save_data,
}


def check_queue() -> None:
    """Raises QueueUnavailable when the queue does not answer at once."""
    url, seconds = current_app.conf.broker_url, QUEUE_SECONDS
    once = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=seconds, retry=once) as queue:
            queue.ping()
    except RedisError as error:
        raise QueueUnavailable(f"the worker's queue does not answer ({type(error).__name__})") from error


def enqueue(run: Run) -> None:
    """Queue the steps that the run still has before it. Raises kombu's OperationalError without a broker."""
    if run.state != RunState.OPEN:
        return
    names = list(TASKS)
    left = names[names.index(Step(run.step)) :]
    chain(*(TASKS[step].si(run.pk) for step in left)).apply_async()


def _perform(task: "Task[Any, Any]", run_id: int, step: Step) -> None:
    """The ledger counts the tries; a step that leaves lets the chain go on, and the next step sees it is not due."""
    try:
        wait = services.perform_step(run_id, step)
    except LedgerUnavailable as error:
        logger.warning("step is tried again: nothing can be noted", run=run_id, step=step, why=str(error))
        raise task.retry(countdown=settings.STEP_RETRY_SECONDS) from error
    if wait is not None:
        raise task.retry(countdown=wait.total_seconds())
