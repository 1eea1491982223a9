"""The quota ledger: every request is noted before it is sent, and none is sent beyond the month's allowance."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from flights.times import utc_now
from ingestion import metrics, plan, retries
from ingestion.client import OK, Answer
from ingestion.errors import IngestionError, LedgerUnavailable, QuotaExhausted
from ingestion.models import Run, UpstreamRequest

P = ParamSpec("P")
T = TypeVar("T")
_NO_ROOM = ("disk is full", "disk i/o error", "no space left", "could not extend")


def patient(work: Callable[P, T]) -> Callable[P, T]:
    """For work that may be repeated: tried again while the SQL database is locked, full or away, a few times.

    Raises LedgerUnavailable when it stays so.
    """

    @wraps(work)
    def patiently(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in retries.tries_of(retries.LEDGER):
            with attempt, guarded():
                return work(*args, **kwargs)
        raise AssertionError("retry_context ends by returning or raising")

    return patiently


@contextmanager
def guarded() -> Iterator[None]:
    """Turns errors of the SQL database into LedgerUnavailable; the next use opens a new connection."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if not connection.in_atomic_block:
            connection.close()
        raise LedgerUnavailable(_trouble(str(error))) from error


def _trouble(said: str) -> str:
    """What is wrong and what to do; the database's own words may hold its address."""
    if any(sign in said.lower() for sign in _NO_ROOM):
        return f"the run ledger can't be written: no room for its database (SQLite: in {settings.DATA_DIR}); free some"
    if "locked" in said.lower():
        return "the run ledger is locked by another program: end it, or wait; nothing was lost"
    return "the run ledger can't be reached: is its database (DATABASE_URL) up and migrated (`manage.py prepare`)?"


def month_start(now: datetime) -> datetime:
    """The allowance is taken to be reset on the first of the month, UTC: the upstream does not say."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_reset(now: datetime) -> datetime:
    first = month_start(now)
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def used_this_month(now: datetime) -> int:
    return UpstreamRequest.objects.since(month_start(now)).charged().count()


def told_remaining(now: datetime) -> int | None:
    """The upstream's last word this month on what is left; None when it has not said."""
    told = UpstreamRequest.objects.since(month_start(now)).exclude(quota_remaining=None)
    last = told.order_by("-sent_at", "-pk").first()
    return last.quota_remaining if last else None


def remaining(now: datetime) -> int:
    allowance: int = settings.AVIATIONSTACK["monthly_requests"]
    return plan.remaining_requests(allowance, used_this_month(now), told_remaining(now))


def check_allowance(now: datetime) -> None:
    """Raises QuotaExhausted when nothing is left of the month's allowance."""
    if remaining(now) <= 0:
        raise QuotaExhausted(
            f"the monthly allowance of {settings.AVIATIONSTACK['monthly_requests']} requests is used: "
            f"it is reset on {next_reset(now):%Y-%m-%d} (UTC)"
        )


@contextmanager
def noted(run: Run | None, page: str) -> Iterator[UpstreamRequest]:
    """Notes a request before it is sent, and afterwards how it ended; one of no run counts all the same."""
    entry = UpstreamRequest.objects.create(run=run, page=page, sent_at=utc_now(), outcome="sent")
    try:
        yield entry
    except IngestionError as error:
        if error.answer is not None:
            answered(entry, error.answer)
        _end(entry, type(error).__name__)
        raise
    _end(entry, "ok")


def answered(entry: UpstreamRequest, answer: Answer) -> None:
    """Note what an answer says of the quota. Refused at the gateway (no quota header) means not charged."""
    entry.status = answer.status
    entry.quota_limit = answer.quota_limit
    entry.quota_remaining = answer.quota_remaining
    entry.seconds = round(answer.seconds, 4)
    entry.charged = answer.charged
    if answer.charged is None and answer.status != OK:
        entry.charged = 0
    entry.save()


def _end(entry: UpstreamRequest, outcome: str) -> None:
    metrics.REQUESTS.labels(outcome).inc()
    entry.outcome = outcome
    entry.save(update_fields=["outcome"])
