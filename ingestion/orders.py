"""Work that is ordered from outside: noted and opened in one transaction, once for an idempotency key, then queued."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from kombu.exceptions import OperationalError
from structlog import get_logger

from flights.keys.records import Caller
from ingestion import backfills, ledger, services, tasks
from ingestion.backfills import Who
from ingestion.errors import OrderContradicted, OrderRefused
from ingestion.jobs import Backfill
from ingestion.models import Order, Run, RunState

TRIGGER = "api"
OPENED, RESUMED, UNDER_WAY, FETCHED = "opened", "resumed", "under way", "fetched already"
TO_QUEUE = (OPENED, RESUMED)
Work = Callable[[Order], list[tuple[Run, str]]]
DECISIONS = {"pause": backfills.pause, "resume": backfills.resume, "cancel": backfills.cancel}

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who orders what and why; `asked` is the request's body, `token` its idempotency key."""

    what: str
    by: Caller
    token: str
    reason: str
    asked: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """A run that an order is about, and what became of it."""

    slot: str
    run: str
    outcome: str


def start_run(wish: Wish, slot: str | None, now: datetime) -> tuple[Order, bool]:
    """Collect the present slot, or let a run go on that ended without its slot; the order, and whether it is new.

    Raises OrderRefused, OrderContradicted, QueueUnavailable, LedgerUnavailable: then nothing was started.
    """
    return _placed_once(wish, now, lambda _: [_run_of(slot, now)])


def start_backfill(wish: Wish, job: Backfill, now: datetime) -> tuple[Order, bool]:
    """Make a backfill of what is asked; the order, and whether it is new. Raises as `start_run` does, and as
    `backfills.check`."""

    def make(order: Order) -> list[tuple[Run, str]]:
        order.job = backfills.create(job, _who(wish), now)
        return []

    return _placed_once(wish, now, make)


def decide(wish: Wish, job: Backfill, now: datetime) -> tuple[Order, bool]:
    """Pause, resume or cancel a backfill, as `wish.what` says; works without the queue."""

    def do(order: Order) -> list[tuple[Run, str]]:
        DECISIONS[wish.what](job, _who(wish), now)
        order.job = job
        return []

    return _placed_once(wish, now, do, needs_queue=False)


def _who(wish: Wish) -> Who:
    return Who(wish.by.name, TRIGGER, wish.reason)


def _placed_once(wish: Wish, now: datetime, work: Work, *, needs_queue: bool = True) -> tuple[Order, bool]:
    if earlier := _earlier(wish):
        return earlier, False
    if needs_queue:
        tasks.check_queue()
    try:
        order, runs = _placed(wish, now, work)
    except IntegrityError:  # the same order, placed at the same moment
        if earlier := _earlier(wish):
            return earlier, False
        raise
    logger.info("order placed", what=wish.what, by=wish.by.name, key=wish.by.prefix, reason=wish.reason)
    for run in runs:
        _queue(run)
    if order.job is not None and order.job.is_going:
        tasks.go_on_with_backfills()
    return order, True


def _earlier(wish: Wish) -> Order | None:
    """The order of this key and token; raises OrderContradicted when it asked for something else."""
    found = Order.objects.filter(key_prefix=wish.by.prefix, token=wish.token).first()
    if found and (found.what, found.asked) != (wish.what, wish.asked):
        raise OrderContradicted(
            f"this Idempotency-Key came with another order at {found.placed_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    return found


@ledger.patient
def _placed(wish: Wish, now: datetime, work: Work) -> tuple[Order, list[Run]]:
    """The order and the runs to queue: all of it is in the ledger, or nothing."""
    with transaction.atomic():
        order = Order.objects.create(
            what=wish.what,
            reason=wish.reason,
            key_name=wish.by.name,
            key_prefix=wish.by.prefix,
            token=wish.token,
            asked=wish.asked,
            placed_at=now,
        )
        worked = work(order)
        order.started = [asdict(Started(run.slot, run.key, outcome)) for run, outcome in worked]
        order.save(update_fields=["started", "job"])
    return order, [run for run, outcome in worked if outcome in TO_QUEUE]


def _run_of(slot: str | None, now: datetime) -> tuple[Run, str]:
    present = services.present_slot(now)
    wanted = slot or present
    run = Run.objects.filter(slot=wanted).first()
    if run is None and wanted != present:
        raise OrderRefused(
            f"no run of {wanted} is known, and it can't be collected now: the upstream answers for the present only, "
            f"which is slot {present}; a backfill fetches past days"
        )
    if run is None:
        return services.open_run(wanted, TRIGGER, now)[0], OPENED
    return _gone_on(run, now)


def _gone_on(run: Run, now: datetime) -> tuple[Run, str]:
    if services.reopen_run(run, now, trigger=TRIGGER):
        return run, RESUMED
    return run, FETCHED if run.state == RunState.PUBLISHED else UNDER_WAY


def _queue(run: Run) -> None:
    """A queue that breaks at this moment loses nothing: beat takes up open runs every minute."""
    try:
        tasks.enqueue(run)
    except OperationalError as error:
        logger.warning("the run is queued by beat later", run=run.key, error=type(error).__name__)
