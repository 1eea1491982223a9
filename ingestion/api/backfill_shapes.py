"""What the operators' API answers about backfills: the job, its progress, each of its days, a dry run."""

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from ingestion.api.shapes import PageMeta
from ingestion.days import Mode, Order
from ingestion.jobs import Backfill, JobState
from ingestion.progress import TO_OPEN, Day, DryRun, Fate, Progress

_FATES = ", ".join(f"`{each}`" for each in Fate)
_STATES = ", ".join(f"`{each}`" for each in JobState.values)


class BackfillRow(Struct, frozen=True, kw_only=True):
    """One backfill: what was asked for, how it stands, who asked."""

    job: int
    first: date = field(name="from")
    last: date = field(name="to")
    query: dict[str, str]
    max_pages: int
    mode: Mode
    order: Order
    days_at_once: int
    share_percent: int
    state: Annotated[str, Meta(description=f"One of {_STATES}.")]
    told: Annotated[str | None, Meta(description="Why it does not go on, or how it ended; null while it goes on.")]
    by: str
    via: Annotated[str, Meta(description="From where it was asked for: admin, api, command.")]
    reason: str | None
    created_at: datetime
    changed_at: datetime
    finished_at: datetime | None


class ProgressTold(Struct, frozen=True, kw_only=True):
    """How far it is, in days and requests."""

    days: Annotated[int, Meta(description="Days of the range without those that are left out.")]
    fetched: int
    under_way: int
    not_fetched: Annotated[int, Meta(description="To come, or stopped with the backfill.")]
    failed: int
    left_out: int
    requests: Annotated[int, Meta(description="Requests sent upstream for it so far.")]
    requests_left: Annotated[int, Meta(description="Requests to come, at the most; pages asked for again cost more.")]
    eta: Annotated[
        datetime | None,
        Meta(description="When it is through, at its mean pace since it was started or resumed; null without a pace."),
    ]
    told: Annotated[str, Meta(description="The same in a sentence.")]


class DayRow(Struct, frozen=True, kw_only=True):
    """One day, in the order of the backfill."""

    day: date
    fate: Annotated[str, Meta(description=f"One of {_FATES}.")]
    requests: Annotated[int, Meta(description="Requests to come, at the most.")]
    run: Annotated[str | None, Meta(description="Its run, to be read at `ops/runs/{day}`.")]
    why: str | None


class Done(Struct, frozen=True, kw_only=True):
    """What was done to it."""

    at: datetime
    what: str
    by: str
    via: str
    reason: str | None


class BackfillDetail(BackfillRow, frozen=True, kw_only=True):
    progress: ProgressTold
    days: list[DayRow]
    history: Annotated[list[Done], Meta(description="Oldest first.")]


class BackfillList(Struct, frozen=True, kw_only=True):
    data: list[BackfillRow]
    meta: PageMeta
    next: str | None


class BackfillAnswer(Struct, frozen=True, kw_only=True):
    data: BackfillDetail


class DryRunTold(Struct, frozen=True, kw_only=True):
    """What a backfill would do: nothing was written, no request was spent."""

    days: list[DayRow]
    to_fetch: Annotated[int, Meta(description="Days that would be fetched or gone on with.")]
    served_now: Annotated[int, Meta(description="How many of them the allowance has room for now; the others wait.")]
    requests: Annotated[int, Meta(description="What they cost at the most; pages asked for again cost more.")]
    remaining: Annotated[int, Meta(description="Left of the month's allowance.")]
    for_backfill: Annotated[int, Meta(description="What backfills and reference tables may spend of it now.")]
    room: Annotated[int, Meta(description="What this one could spend of that now.")]
    told: Annotated[str, Meta(description="The same in sentences.")]


class DryRunAnswer(Struct, frozen=True, kw_only=True):
    data: DryRunTold


def row_of(job: Backfill) -> BackfillRow:
    return BackfillRow(**_told(job))


def detail_of(job: Backfill, progress: Progress) -> BackfillDetail:
    return BackfillDetail(
        **_told(job),
        progress=_progress_of(progress),
        days=[_day_of(each) for each in progress.days],
        history=[_done_of(each) for each in job.history],
    )


def dry_run_of(tried: DryRun) -> DryRunTold:
    return DryRunTold(
        days=[_day_of(each) for each in tried.days],
        to_fetch=len(tried.to_fetch),
        served_now=tried.served_now,
        requests=tried.requests,
        remaining=tried.shared.remaining,
        for_backfill=tried.shared.for_backfill,
        room=tried.room,
        told=tried.told,
    )


def _told(job: Backfill) -> dict[str, Any]:
    return {
        **{name: getattr(job, name) for name in _COPIED},
        "job": job.pk,
        "mode": Mode(job.mode),
        "order": Order(job.order),
        "told": job.told or None,
        "reason": job.reason or None,
    }


def _progress_of(progress: Progress) -> ProgressTold:
    return ProgressTold(
        days=progress.wanted,
        fetched=progress.count(Fate.FETCHED),
        under_way=progress.count(Fate.UNDER_WAY),
        not_fetched=progress.count(*TO_OPEN, Fate.ELSEWHERE, Fate.STOPPED),
        failed=progress.count(Fate.FAILED),
        left_out=progress.count(Fate.LEFT_OUT),
        requests=progress.requests,
        requests_left=progress.pages_left,
        eta=progress.eta,
        told=progress.told,
    )


def _day_of(each: Day) -> DayRow:
    return DayRow(
        day=each.day,
        fate=each.fate.value,
        requests=each.pages,
        run=each.run.key if each.run else None,
        why=each.why or None,
    )


def _done_of(entry: dict[str, Any]) -> Done:
    return Done(
        at=datetime.fromisoformat(entry["at"]),
        what=entry["what"],
        by=entry["by"],
        via=entry["via"],
        reason=entry["reason"] or None,
    )


_COPIED = (
    "first",
    "last",
    "query",
    "max_pages",
    "days_at_once",
    "share_percent",
    "state",
    "by",
    "via",
    "created_at",
    "changed_at",
    "finished_at",
)
