"""How a backfill stands: what becomes of each of its days, what that costs, and when it will be through."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Q

from flights import store
from flights.slots import day_key
from ingestion import days, ledger, observations, plan_words
from ingestion.days import DEEPEST_DAYS, Mode, Order
from ingestion.jobs import ENDED, Backfill, JobState
from ingestion.models import Run, RunState, Step, UpstreamRequest
from ingestion.plan import MonthPlan


class Fate(StrEnum):
    """What becomes of a day."""

    TO_FETCH = "to fetch"
    TO_GO_ON = "to go on"  # its run ended without it, or with a shortfall
    UNDER_WAY = "under way"
    ELSEWHERE = "under way elsewhere"
    FETCHED = "fetched"
    FAILED = "failed"
    STOPPED = "stopped"  # the backfill was cancelled meanwhile
    LEFT_OUT = "left out"


TO_OPEN = (Fate.TO_FETCH, Fate.TO_GO_ON)
ENDS = {RunState.PUBLISHED: Fate.FETCHED, RunState.FAILED: Fate.FAILED, RunState.STOPPED: Fate.STOPPED}
NOT_SETTLED = (*TO_OPEN, Fate.UNDER_WAY, Fate.ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a backfill; `pages` may still be asked for, `why` says why it is as it is."""

    day: date
    fate: Fate
    pages: int = 0
    why: str = ""
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a backfill would do, in its order; a day that would be fetched and has to wait says for what."""

    days: Sequence[Day]
    shared: MonthPlan
    room: int

    @property
    def to_fetch(self) -> list[Day]:
        return [each for each in self.days if each.fate in TO_OPEN]

    @property
    def requests(self) -> int:
        """At the most; a page that has to be asked for again costs another one."""
        return sum(each.pages for each in self.to_fetch)

    @property
    def served_now(self) -> int:
        return sum(1 for each in self.to_fetch if not each.why)

    @property
    def told(self) -> str:
        found = Counter(each.fate for each in self.days)
        counts = ", ".join(f"{count} {fate}" for fate, count in found.items())
        return (
            f"{len(self.days)} days: {counts}; up to {self.requests} requests. {self.shared.remaining} are left of the "
            f"month's allowance, {self.shared.for_backfill} of them for backfills now, {self.room} for this one: "
            f"{self.served_now} days are served now, {len(self.to_fetch) - self.served_now} wait"
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill is; `pages_left` at the most, `eta` at the pace since it was started or resumed."""

    days: Sequence[Day]
    requests: int
    pages_left: int
    eta: datetime | None

    def count(self, *fates: Fate) -> int:
        return sum(1 for each in self.days if each.fate in fates)

    @property
    def wanted(self) -> int:
        """Days without those that are left out."""
        return len(self.days) - self.count(Fate.LEFT_OUT)

    @property
    def told(self) -> str:
        eta = f"; through at about {self.eta:%Y-%m-%d %H:%M} UTC" if self.eta else ""
        requests = f"{self.requests} requests spent, up to {self.pages_left} to come"
        not_fetched = self.count(*TO_OPEN, Fate.ELSEWHERE, Fate.STOPPED)
        return (
            f"{self.count(Fate.FETCHED)} of {self.wanted} days fetched, {self.count(Fate.UNDER_WAY)} under way, "
            f"{not_fetched} not fetched, {self.count(Fate.FAILED)} failed, "
            f"{self.count(Fate.LEFT_OUT)} left out; {requests}{eta}"
        )


def days_of(job: Backfill, now: datetime) -> list[Day]:
    """What becomes of each day of a job, in the job's order. Raises StoreUnavailable."""
    wanted = [job.first + timedelta(days=number) for number in range((job.last - job.first).days + 1)]
    runs = _runs_of(wanted)
    gone = _not_to_be_added_to(job, runs)
    if job.order == Order.NEWEST:
        wanted.reverse()
    return [_day(job, day, runs.get(day_key(day)), gone, now) for day in wanted]


def _runs_of(wanted: Sequence[date]) -> dict[str, Run]:
    bought = Count("requests__page", distinct=True, filter=Q(requests__outcome="ok"))
    found = Run.objects.filter(slot__in=[day_key(day) for day in wanted]).select_related("job").annotate(bought=bought)
    return {run.slot: run for run in found}


def _not_to_be_added_to(job: Backfill, runs: Mapping[str, Run]) -> dict[str, str]:
    """Days with a shortfall to which nothing can be added, and why: their pages or observations were removed."""
    short = [run for run in runs.values() if run.shortfall] if job.mode == Mode.PARTIAL else []
    slots = store.read_by_id(store.SLOTS, [run.slot for run in short]) if short else {}
    told: dict[str, str] = {}
    for run in short:
        if slots.get(run.slot, {}).get("pages_removed_at") is not None:
            told[run.slot] = f"the raw pages of {run} were removed: nothing can be added to its day"
        elif why := observations.why_not_added_to(run.slot, run.replays):
            told[run.slot] = f"nothing can be added to its day: {why}"
    return told


def _day(job: Backfill, day: date, run: Run | None, gone: Mapping[str, str], now: datetime) -> Day:
    if run is None:
        if days.is_too_deep(day, now.date()):
            return Day(day, Fate.LEFT_OUT, why=f"more than {DEEPEST_DAYS} days ago: no plan reaches back so far")
        return Day(day, Fate.TO_FETCH, job.max_pages)
    is_mine = run.job_id is not None and run.job_id == job.pk
    if run.state == RunState.OPEN:
        fate = Fate.UNDER_WAY if is_mine else Fate.ELSEWHERE
        return Day(day, fate, _pages_left(run), run.error if is_mine else f"by {run.job or run}", run)
    is_tried = _is_tried(job, run, is_mine=is_mine)
    if is_mine and (is_tried or (run.state == RunState.PUBLISHED and not _is_partial(job, run))):
        return Day(day, ENDS[RunState(run.state)], why=run.error or run.shortfall, run=run)
    if is_tried and run.state == RunState.FAILED:  # for another: two backfills would try it in turns for good
        return Day(day, Fate.FAILED, why=run.error, run=run)
    if run.state == RunState.PUBLISHED and (is_tried or not _is_partial(job, run)):
        lacks = f", with a shortfall ({run.shortfall}): mode partial goes on with it" if run.shortfall else ""
        return Day(day, Fate.LEFT_OUT, why=f"fetched already by {run}{lacks}", run=run)
    return _to_go_on(job, day, run, gone, now)


def _is_tried(job: Backfill, run: Run, *, is_mine: bool) -> bool:
    """Whether the run ended since the backfill was started or resumed; never for one that is not made yet."""
    if run.finished_at is None or job.pk is None:
        return False
    return run.finished_at >= job.since if is_mine else run.finished_at > job.since


def _is_partial(job: Backfill, run: Run) -> bool:
    """Whether it is to be made whole."""
    return job.mode == Mode.PARTIAL and bool(run.shortfall)


def _to_go_on(job: Backfill, day: date, run: Run, gone: Mapping[str, str], now: datetime) -> Day:
    """A day whose run ended without it, or with a shortfall, before this backfill got to it."""
    if why := _why_not(job, day, run, gone, now):
        return Day(day, Fate.LEFT_OUT, why=why, run=run)
    return Day(day, Fate.TO_GO_ON, _pages_left(run), run=run)


def _why_not(job: Backfill, day: date, run: Run, gone: Mapping[str, str], now: datetime) -> str:
    if run.queries != [{**job.query, "flight_date": run.slot}]:
        return f"{run} asks for something else ({run.queries}): give the same query"
    if run.slot in gone:
        return gone[run.slot]
    if _pages_left(run) and days.is_too_deep(day, now.date()):
        return f"more than {DEEPEST_DAYS} days ago: no plan reaches back so far"
    return ""


def _pages_left(run: Run) -> int:
    """At the most; at least one while it fetches, since a page that failed is asked for again."""
    if run.state != RunState.PUBLISHED and run.step != Step.EXTRACTION:
        return 0
    return max(1, run.pages_planned - int(getattr(run, "bought", 0)))


def room_for(job: Backfill, shared: MonthPlan) -> int:
    """The requests that a job may begin further days with: those of days under way are taken already."""
    taken = Run.objects.of_days().pages_to_ask_for()
    own = Run.objects.filter(job=job).pages_to_ask_for() if job.pk else 0
    may = ledger.room_of(job, shared) if job.pk else shared.room(job.share_percent, 0)
    return max(0, min(shared.for_backfill - taken, may - own))


def try_dry(job: Backfill, now: datetime) -> DryRun:
    """What a job that is not made yet would do; nothing is written, nothing is asked. Raises StoreUnavailable."""
    shared = ledger.month_plan(now)
    room = left = room_for(job, shared)
    tried = []
    for each in days_of(job, now):
        if each.fate not in TO_OPEN:
            tried.append(each)
        elif each.pages <= left:
            left -= each.pages
            tried.append(each)
        else:
            tried.append(replace(each, why=plan_words.no_room(shared, each.pages, left, job.share_percent)))
            left = 0  # in order: no later day goes before
    return DryRun(tried, shared, room)


def progress_of(job: Backfill, now: datetime) -> Progress:
    """Raises StoreUnavailable."""
    found = days_of(job, now)
    requests = UpstreamRequest.objects.since(job.created_at).filter(run__job=job).count()
    left = 0 if job.state in ENDED else sum(each.pages for each in found if each.fate in NOT_SETTLED)
    return Progress(found, requests, left, _eta(job, found, now))


def _eta(job: Backfill, found: Sequence[Day], now: datetime) -> datetime | None:
    """At the mean pace since the job was started or resumed; None where there is no pace to tell from."""
    if job.state != JobState.RUNNING:
        return None
    done = Run.objects.filter(job=job, finished_at__gte=job.since).count()
    left = sum(1 for each in found if each.fate in NOT_SETTLED)
    return now + (now - job.since) / done * left if done and left else None
