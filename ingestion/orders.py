"""Work that is ordered from outside: noted and opened in one transaction, once for an idempotency key, then queued."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from kombu.exceptions import OperationalError
from structlog import get_logger

from flights.keys.records import Caller
from ingestion import ledger, services, tasks
from ingestion.errors import OrderContradicted, OrderRefused
from ingestion.models import Order, Run, RunState

TRIGGER = "api"
OPENED, RESUMED, UNDER_WAY, FETCHED = "opened", "resumed", "under way", "fetched already"
TO_QUEUE = (OPENED, RESUMED)

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
    return _placed_once(wish, now, lambda: [_run_of(slot, now)])


def start_backfill(wish: Wish, days: list[date], pages: int, now: datetime) -> tuple[Order, bool]:
    """Fetch past days, up to so many pages each; the order, and whether it is new. Raises as `start_run` does."""
    return _placed_once(wish, now, lambda: _runs_of(days, pages, now))


def _placed_once(wish: Wish, now: datetime, work: Callable[[], list[tuple[Run, str]]]) -> tuple[Order, bool]:
    if earlier := _earlier(wish):
        return earlier, False
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
def _placed(wish: Wish, now: datetime, work: Callable[[], list[tuple[Run, str]]]) -> tuple[Order, list[Run]]:
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
        worked = work()
        order.started = [asdict(Started(run.slot, run.key, outcome)) for run, outcome in worked]
        order.save(update_fields=["started"])
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


def _runs_of(days: list[date], pages: int, now: datetime) -> list[tuple[Run, str]]:
    cost, left = pages * len(days), ledger.remaining(now)
    if cost > left:
        raise OrderRefused(
            f"{len(days)} days may cost {cost} requests; {left} are left of this month's allowance: "
            "give fewer days or a smaller max_pages"
        )
    opened = [services.open_backfill(day, pages, TRIGGER, now) for day in days]
    return [(run, OPENED) if is_new else _gone_on(run, now) for run, is_new in opened]


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
