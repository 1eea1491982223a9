"""The quota ledger: every request is noted before it is sent, and none is sent beyond the month's allowance."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from flights.slots import slot_begin, slot_key
from flights.times import utc_now
from ingestion import metrics, periods, plan, plan_words, retries
from ingestion.client import OK, Answer
from ingestion.errors import IngestionError, LedgerUnavailable, QuotaExhausted
from ingestion.jobs import Backfill
from ingestion.models import QuotaPeriod, Run, UpstreamRequest, UpstreamRequestQuerySet
from ingestion.plan import MonthPlan, Purpose, Spending, Terms

Costs = dict[str, tuple[int, int]]
SCHEDULE = "schedule"  # the trigger of the runs that beat opens
LONGEST_REQUEST = timedelta(hours=1)  # one that has not ended by then was never sent
LONGEST_MONTH = timedelta(days=31)
_DAY = timedelta(days=1)

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


def terms() -> Terms:
    """The allowance and its sharing, as set."""
    return Terms(
        allowance=settings.AVIATIONSTACK["monthly_requests"], schedule=settings.INGEST_SCHEDULE, **settings.QUOTA
    )


def month_start(now: datetime) -> datetime:
    """The last reset: QUOTA_RESET_DAY, UTC; the upstream does not say when it is."""
    return periods.period_of(now, terms().reset_day).starts_at


def next_reset(now: datetime) -> datetime:
    return periods.period_of(now, terms().reset_day).ends_at


def told_remaining(now: datetime) -> int | None:
    """The upstream's last word this month on what is left; None when it has not said."""
    word = _word(UpstreamRequest.objects.all(), month_start(now))
    return word.quota_remaining if word else None


def remaining(now: datetime) -> int:
    return month_plan(now).remaining


def month_plan(now: datetime) -> MonthPlan:
    """How what is left of the month is shared out; a slot whose tick is `now` is still to come."""
    return plan.plan_month(terms(), spending(now), now)


@patient
def pages_of(slot: str) -> int:
    """The pages that a run of this slot may ask for, at least one."""
    tick = _tick(slot)
    return plan.plan_month(terms(), spending(tick), tick).pages_for_people


def why_not_served(slot: str) -> str | None:
    """Why the plan leaves this slot out, None when it serves it: as it was when the slot's tick came, whoever asks."""
    tick = _tick(slot)
    return plan_words.why_not_served(plan.plan_month(terms(), spending(tick, until=tick), tick))


def _tick(slot: str) -> datetime:
    return periods.tick_of(settings.INGEST_SCHEDULE, slot_begin(slot))


def spending(now: datetime, until: datetime | None = None) -> Spending:
    """What the ledger knows of the month that `now` is in; `until` leaves out what was sent from then on.

    The upstream's word on what is used counts, and what it may not know of yet. Its own word on single requests
    (x-increment-usage) is never undercut: a wrong reset day must not make room for more. A limit below what is set is
    believed for a day, then asked for again: the plan may have been made larger, and nothing else would tell.
    """
    noted_all = UpstreamRequest.objects.before(until)
    month = noted_all.since(month_start(now))
    costs = month.costs()
    word = _word(noted_all, month_start(now))
    return Spending(
        used=_used(costs, word, month),
        limit=word.quota_limit if word and word.sent_at > now - _DAY else None,
        retries=_cost(costs, Purpose.RETRY),
        people=_cost(costs, Purpose.PEOPLE),
        aside=_cost(costs, Purpose.BACKFILL) + _cost(costs, Purpose.REFERENCE),
        committed=Run.objects.of_slots().pages_to_ask_for(),
        last_day=noted_all.since(now - _DAY).cost(),
        last_slot=_last_slot(now),
    )


def _word(requests: UpstreamRequestQuerySet, start: datetime) -> UpstreamRequest | None:
    """The upstream's last word of this month. Its reset may come hours after ours, while a slot is fetched at the very
    moment: what goes on falling in the first day is a word of the month before, and would stop this one."""
    word = requests.since(start).last_word()
    if word is None or word.sent_at >= start + _DAY:
        return word
    before = requests.since(start - LONGEST_MONTH).before(start).last_word()
    goes_on = before is not None and (word.quota_remaining or 0) < (before.quota_remaining or 0)
    return None if goes_on else word


def _used(costs: Costs, word: UpstreamRequest | None, month: UpstreamRequestQuerySet) -> int:
    own, told = (sum(column) for column in zip(*costs.values(), strict=True)) if costs else (0, 0)
    if word is None or word.quota_remaining is None:
        return own
    after = month.not_in(word, LONGEST_REQUEST).cost()
    if word.quota_limit is None:  # only what is left: it can lower what may be spent, not raise it
        return max(own, terms().allowance - word.quota_remaining + after)
    return max(told, word.quota_limit - word.quota_remaining + after)


def _cost(costs: Costs, purpose: Purpose) -> int:
    return costs.get(purpose, (0, 0))[0]


def _last_slot(now: datetime) -> datetime | None:
    """The hour of the latest slot with a run, before the first slot whose tick is `now` or later."""
    coming = periods.next_slot(settings.INGEST_SCHEDULE, now)
    run = Run.objects.of_slots().filter(slot__lt=slot_key(coming)).order_by("-slot").first()
    return slot_begin(run.slot) if run else None


@contextmanager
def noted(run: Run | None, page: str) -> Iterator[UpstreamRequest]:
    """Notes a request before it is sent, and afterwards how it ended; one of no run counts all the same.

    Raises QuotaExhausted, with nothing noted, when none is left for its purpose. What was noted and never sent,
    because the process was killed in between, counts as spent: rather one too many than one too few.
    """
    entry = _granted(run, page, utc_now())
    try:
        yield entry
    except IngestionError as error:
        if error.answer is not None:
            answered(entry, error.answer)
        _end(entry, type(error).__name__)
        raise
    _end(entry, "ok")


def _granted(run: Run | None, page: str, now: datetime) -> UpstreamRequest:
    """Check and note in one step: whoever holds the month's row is alone, so no request is ever spent twice."""
    with transaction.atomic():
        QuotaPeriod.objects.hold(month_start(now))
        purpose = _purpose(run, page)
        shared = month_plan(now)
        if not shared.allows(purpose):
            raise QuotaExhausted(plan_words.refusal(shared, purpose))
        if run is not None and run.job is not None and room_of(run.job, shared) <= 0:
            raise QuotaExhausted(plan_words.share_is_used(shared, run.job.share_percent))
        if run is not None:  # a run has one process at a time: what is still open was killed
            run.requests.filter(ended_at=None).update(ended_at=now)
        return UpstreamRequest.objects.create(run=run, page=page, purpose=purpose, sent_at=now, outcome="sent")


def room_of(job: Backfill, shared: MonthPlan) -> int:
    """The requests that a backfill may still spend this month: its share of what backfills may."""
    since = max(shared.period.starts_at, job.created_at)
    spent = UpstreamRequest.objects.since(since).filter(run__job=job).cost()
    return shared.room(job.share_percent, spent)


def _purpose(run: Run | None, page: str) -> Purpose:
    if run is None:
        return Purpose.REFERENCE
    if run.backfill:
        return Purpose.BACKFILL
    if run.trigger != SCHEDULE:
        return Purpose.PEOPLE
    return Purpose.RETRY if run.requests.filter(page=page).exists() else Purpose.SCHEDULE


def answered(entry: UpstreamRequest, answer: Answer) -> None:
    """Note what an answer says of the quota. Refused at the gateway (no quota header) means not charged."""
    entry.status = answer.status
    entry.ended_at = utc_now()
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
    entry.ended_at = entry.ended_at or utc_now()
    entry.save(update_fields=["outcome", "ended_at"])
