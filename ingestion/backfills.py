"""Decides the life of a backfill: made, begun day by day as there is room, paused, resumed, cancelled, done."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from structlog import get_logger

from ingestion import days, ledger, plan_words, progress, services
from ingestion.errors import KeyRefused, OrderRefused, PlanRefused, RequestRefused
from ingestion.jobs import ENDED, Backfill, JobState
from ingestion.models import ENDED_WITHOUT_SLOT, QuotaPeriod, Run, RunState, Step
from ingestion.progress import NOT_SETTLED, TO_OPEN, Day, Fate

# What one day met, every other would: the job stops instead of paying for it again.
MEETS_ALL = tuple(f"{each.__name__}:" for each in (KeyRefused, PlanRefused, RequestRefused))

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Who:
    """Who decided about a backfill, from where (admin, api, command) and why."""

    by: str
    via: str
    reason: str = ""


ITSELF = Who("the backfill itself", "worker")


def check(job: Backfill, now: datetime) -> None:
    """Whether a job that is not saved yet can be made.

    Raises BadDays or BadBackfill for what can't be asked for, OrderRefused for a day that no month could pay for.
    """
    days.check_query(job.query)
    days.check_bounds(job.max_pages, job.days_at_once, job.share_percent)
    days.days_to_fetch(job.first, job.last, now.date())
    allowance = ledger.month_plan(now).allowance
    if job.max_pages > allowance:
        raise OrderRefused(
            f"a day may cost {job.max_pages} requests, which is more than is left in any month (the allowance is "
            f"{allowance}): give a smaller max_pages"
        )


@ledger.patient
def create(job: Backfill, who: Who, now: datetime) -> Backfill:
    """Save a checked job; its first day is opened by the next `advance`. Raises as `check` does."""
    check(job, now)
    job.history = []
    job.by, job.via, job.reason = who.by, who.via, who.reason
    job.created_at = job.since = now
    job.note("started", asdict(who), now)
    job.save()
    logger.info("backfill made", job=job.pk, first=str(job.first), last=str(job.last), by=who.by, via=who.via)
    return job


@ledger.patient
def pause(job: Backfill, who: Who, now: datetime) -> None:
    """Fetch nothing more for now: no day is begun, and one under way stops before its next page.

    Raises OrderRefused when it does not go on anyway.
    """
    with transaction.atomic():
        _lock(job, now)
        if not job.is_going:
            raise OrderRefused(f"{job} is {job.state}: there is nothing to pause")
        job.state, job.told = JobState.PAUSED, _told("paused", who)
        _save(job, "paused", who, now)


@ledger.patient
def resume(job: Backfill, who: Who, now: datetime) -> None:
    """Go on where it was paused, with fresh tries for what failed. Raises OrderRefused when it is not paused."""
    with transaction.atomic():
        _lock(job, now)
        if job.state != JobState.PAUSED:
            raise OrderRefused(f"{job} is {job.state}, not paused: there is nothing to resume")
        job.state, job.told, job.since = JobState.RUNNING, "", now
        Run.objects.open().filter(job=job).update(opened_at=now, resumes_at=None, error="")
        _save(job, "resumed", who, now)


@ledger.patient
def cancel(job: Backfill, who: Who, now: datetime) -> None:
    """End it for good; what was fetched is kept, and another backfill can go on there.

    Raises OrderRefused when it has ended already.
    """
    with transaction.atomic():
        _lock(job, now)
        if job.state in ENDED:
            raise OrderRefused(f"{job} is {job.state}: there is nothing to cancel")
        job.state, job.told, job.finished_at = JobState.CANCELLED, _told("cancelled", who), now
        _stop_runs(job, job.told, now)
        _save(job, "cancelled", who, now)


def _stop_runs(job: Backfill, told: str, now: datetime) -> None:
    """End the runs that are still fetching; a day that was published before goes back to that with what it has."""
    fetching = Run.objects.open().filter(job=job, step=Step.EXTRACTION)
    fetching.filter(revision__gt=0).update(step=Step.TRANSFORMATION, shortfall=told, error="", resumes_at=None)
    fetching.filter(revision=0).update(state=RunState.STOPPED, error=told, resumes_at=None, finished_at=now)


def _lock(job: Backfill, now: datetime) -> None:
    """Be alone, and see the job as it is."""
    QuotaPeriod.objects.line_up(ledger.month_start(now))
    job.refresh_from_db()


def _told(what: str, who: Who) -> str:
    return f"{what} by {who.by} ({who.via})" + (f": {who.reason}" if who.reason else "")


def _save(job: Backfill, what: str, who: Who, now: datetime) -> None:
    job.note(what, asdict(who), now)
    job.save()
    logger.info("backfill changed", job=job.pk, what=what, by=who.by, via=who.via, why=who.reason or job.told)


@ledger.patient
def advance(now: datetime, *, only: Backfill | None = None) -> list[Run]:
    """Open the next days of each job that goes on, as far as the allowance and its share have room; the runs to queue.

    Each job's turn is one step that nobody else can take at the same time, so a day is opened once. Raises
    StoreUnavailable, LedgerUnavailable.
    """
    opened: list[Run] = []
    jobs = Backfill.objects.going() if only is None else Backfill.objects.going().filter(pk=only.pk)
    for job in list(jobs.order_by("pk")):
        with transaction.atomic():
            _lock(job, now)
            if job.is_going:
                opened += _advance(job, now)
    return opened


def _advance(job: Backfill, now: datetime) -> list[Run]:
    found = progress.days_of(job, now)
    if refused := next((each for each in found if _meets_all(each)), None):
        job.state, job.told = JobState.PAUSED, f"{refused.day}: {refused.why}"
        _save(job, "paused", ITSELF, now)
        return []
    opened, why = _open_days(job, found, now)
    if not any(each.fate in NOT_SETTLED for each in found):
        job.state, job.told, job.finished_at = JobState.DONE, _outcome(found), now
        _save(job, "done", ITSELF, now)
    else:
        _stand(job, "" if opened or _goes_on(found, now) else why or _what_it_waits_for(found))
    return opened


def _meets_all(day: Day) -> bool:
    return day.fate == Fate.FAILED and day.why.startswith(MEETS_ALL)


def _open_days(job: Backfill, found: list[Day], now: datetime) -> tuple[list[Run], str]:
    """The runs opened, and why the next day was not where it is its turn."""
    places = job.days_at_once - sum(1 for each in found if each.fate == Fate.UNDER_WAY)
    shared = ledger.month_plan(now)
    room = progress.room_for(job, shared)
    opened: list[Run] = []
    for each in [each for each in found if each.fate in TO_OPEN][: max(0, places)]:
        if each.pages > room:
            return opened, plan_words.no_room(shared, each.pages, room, job.share_percent)
        if (run := _open(job, each, now)) is not None:
            opened.append(run)
            room -= each.pages
    return opened, ""


def _open(job: Backfill, day: Day, now: datetime) -> Run | None:
    """The day's run, opened or let go on; None when somebody works on it."""
    if day.run is None:
        return services.open_backfill(day.day, job.max_pages, job.via, now, job=job)[0]
    run = day.run
    if run.state in ENDED_WITHOUT_SLOT:
        return run if services.reopen_run(run, now, trigger=job.via, job=job) else None
    return run if _complete(run, job, now) else None


def _complete(run: Run, job: Backfill, now: datetime) -> bool:
    """Let a published run with a shortfall fetch what it lacks: its slot is counted anew at its next revision."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    changed = (
        Run.objects.published()
        .filter(free, pk=run.pk)
        .update(
            state=RunState.OPEN,
            step=Step.EXTRACTION,
            job=job,
            trigger=job.via,
            revision=F("revision") + 1,
            shortfall="",
            error="",
            opened_at=now,
            resumes_at=None,
            finished_at=None,
        )
    )
    run.refresh_from_db()
    return changed == 1


def _goes_on(found: list[Day], now: datetime) -> bool:
    """Whether a day is under way that does not wait for its next try."""
    runs = [each.run for each in found if each.fate == Fate.UNDER_WAY]
    return any(run is not None and (run.resumes_at is None or run.resumes_at <= now) for run in runs)


def _what_it_waits_for(found: list[Day]) -> str:
    waits = [each for each in found if each.fate in (Fate.UNDER_WAY, Fate.ELSEWHERE)]
    return "; ".join(f"{each.day} is {each.fate}: {each.why}" for each in waits)


def _stand(job: Backfill, why: str) -> None:
    """Note whether it goes on or waits, and for what."""
    state = JobState.WAITING if why else JobState.RUNNING
    if (job.state, job.told) != (state, why):
        job.state, job.told = state, why
        job.save(update_fields=["state", "told"])


def _outcome(found: list[Day]) -> str:
    failed = [each for each in found if each.fate == Fate.FAILED]
    return f"{len(failed)} days failed: {failed[0].day}: {failed[0].why}" if failed else ""
