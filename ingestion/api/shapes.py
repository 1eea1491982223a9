"""What the operators' API takes and answers: runs with their tries, the quota, orders."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from flights.slots import slot_key
from ingestion import plan_words
from ingestion.days import MAX_PAGES, MOST_AT_ONCE, MOST_PAGES, WHOLE
from ingestion.models import Order, Run, SchedulePause, StepAttempt
from ingestion.plan import MonthPlan

Reason = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=500,
        pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$",
        description="Why, for whoever reads the order later; one line.",
    ),
]


class RunOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Collect the present slot, or go on with the run of `slot` that ended without it."""

    reason: Reason
    slot: Annotated[
        str | None,
        Meta(description="A slot such as 2026-11-24T04Z, or a day such as 2026-11-20; default: the present one."),
    ] = None


class BackfillOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fetch the flights of past departure dates, one run a day, as the allowance has room."""

    reason: Reason
    first: Annotated[date, Meta(description="First local departure date, at most 92 days ago.")] = field(name="from")
    last: Annotated[date, Meta(description="Last local departure date, included; at most today.")] = field(name="to")
    max_pages: Annotated[int, Meta(ge=1, le=MOST_PAGES, description="Requests a day at the most, 100 rows each.")] = (
        MAX_PAGES
    )
    query: Annotated[
        dict[str, str], Meta(description="What is asked for beside the date, such as `dep_iata`; default: all flights.")
    ] = {}
    mode: Annotated[
        Literal["missing", "partial", "all"],
        Meta(
            description="`missing`: days without flights; `partial`: also what days with a shortfall lack; "
            "`all` is refused, a day is fetched once."
        ),
    ] = "missing"
    order: Annotated[Literal["oldest", "newest"], Meta(description="Which day comes first.")] = "oldest"
    days_at_once: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE, description="Its rate: days open at a time.")] = 1
    share_percent: Annotated[
        int, Meta(ge=1, le=WHOLE, description="Its share of what a month leaves for backfills (`for_backfill`).")
    ] = WHOLE


class Decision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a backfill is paused, resumed or cancelled."""

    reason: Reason


class Started(Struct, frozen=True, kw_only=True):
    slot: str
    run: str
    outcome: Annotated[str, Meta(description="`opened`, `resumed`, `under way` or `fetched already`.")]


class Placed(Struct, frozen=True, kw_only=True):
    """What was ordered, by which key and why; `started` names the runs. Kept for good, shown in the admin."""

    order: int
    job: Annotated[int | None, Meta(description="The backfill that the order is about; null for a run.")]
    what: str
    reason: str
    by: Annotated[str, Meta(description="Name of the API key.")]
    placed_at: datetime
    started: list[Started]


class PlacedAnswer(Struct, frozen=True, kw_only=True):
    data: Placed


class RunRow(Struct, frozen=True, kw_only=True):
    """One collection of a slot or of a past day; `shortfall` says why a published one is not whole."""

    slot: str
    run: str
    backfill: bool
    job: Annotated[int | None, Meta(description="The backfill that it belongs to, at `ops/backfills/{job}`.")]
    state: Annotated[str, Meta(description="`open`, `published`, `stopped` (as planned) or `failed`.")]
    step: str
    trigger: Annotated[str, Meta(description="Who asked: schedule, command, admin, api, demo.")]
    requests: Annotated[int, Meta(description="Requests sent upstream so far.")]
    pages_planned: int
    revision: int
    shortfall: str | None
    error: str | None
    resumes_at: datetime | None
    started_at: datetime
    finished_at: datetime | None


class Try(Struct, frozen=True, kw_only=True):
    """One try of one step."""

    step: str
    number: int
    outcome: str
    error_class: str | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None


class RunDetail(RunRow, frozen=True, kw_only=True):
    tries: Annotated[list[Try], Meta(description="Oldest first.")]


class PageMeta(Struct, frozen=True, kw_only=True):
    limit: int
    count: int


class RunList(Struct, frozen=True, kw_only=True):
    data: list[RunRow]
    meta: PageMeta
    next: str | None


class RunAnswer(Struct, frozen=True, kw_only=True):
    data: RunDetail


class Reserves(Struct, frozen=True, kw_only=True):
    """What is kept from the schedule, in requests."""

    retries: Annotated[int, Meta(description="For pages of the schedule that are asked for again.")]
    people: Annotated[int, Meta(description="For runs that a person starts; nothing else may go below it.")]
    backfills: Annotated[int, Meta(description="Set aside for backfills and reference tables.")]


class Pause(Struct, frozen=True, kw_only=True):
    """Why the schedule opens no run: slots whose time comes meanwhile are `missed`."""

    by: str
    why: str
    since: datetime
    until: Annotated[datetime | None, Meta(description="Null: until somebody resumes it.")]


class Quota(Struct, frozen=True, kw_only=True):
    """The month's allowance in requests; forecast = used + planned + committed."""

    allowance: Annotated[int, Meta(description="The smaller of what is set and the limit that the upstream told.")]
    used: Annotated[
        int,
        Meta(
            description="Charged since the last reset: the upstream's last word, and own requests it may not know of."
        ),
    ]
    told_remaining: Annotated[int | None, Meta(description="The upstream's last word this month; null before one.")]
    remaining: Annotated[int, Meta(description="May still be sent: allowance less used.")]
    reserves: Reserves
    starts_at: Annotated[datetime, Meta(description="The last reset.")]
    resets_at: datetime
    slots_left: Annotated[int, Meta(description="Slots of the schedule until then.")]
    slots_to_serve: Annotated[
        int, Meta(description="How many of them are served; the others are `missed`, as planned.")
    ]
    spacing: Annotated[int, Meta(description="1 slot in so many is served; 0 for none.")]
    next_slot: Annotated[str | None, Meta(description="The next slot that is served; null before the reset.")]
    pages_a_slot: Annotated[int, Meta(description="Most requests of the next slot; made anew before each.")]
    committed: Annotated[int, Meta(description="Pages that slots under way have yet to ask for.")]
    planned: Annotated[int, Meta(description="Most requests of the slots left.")]
    forecast: int
    is_enough: Annotated[bool, Meta(description="Whether every slot left is served.")]
    for_backfill: Annotated[int, Meta(description="What backfills and reference tables may spend now.")]
    spent_last_day: Annotated[int, Meta(description="Own requests charged in the last 24 hours.")]
    runs_out_on: Annotated[
        date | None,
        Meta(description="The day (UTC) on which nothing would be left at that pace; null when it lasts to the reset."),
    ]
    paused: Annotated[Pause | None, Meta(description="Null while the schedule runs.")]
    told: Annotated[list[str], Meta(description="The plan in sentences.")]


class QuotaAnswer(Struct, frozen=True, kw_only=True):
    data: Quota


def quota_of(shared: MonthPlan, told_remaining: int | None, pause: SchedulePause | None) -> Quota:
    return Quota(
        **{name: getattr(shared, name) for name in _PLANNED},
        told_remaining=told_remaining,
        reserves=Reserves(retries=shared.retries, people=shared.people, backfills=shared.set_aside),
        is_enough=shared.is_enough,
        starts_at=shared.period.starts_at,
        slots_to_serve=shared.to_serve,
        next_slot=slot_key(shared.next_slot) if shared.next_slot else None,
        forecast=shared.used + shared.planned + shared.committed,
        spent_last_day=shared.last_day,
        paused=Pause(by=pause.by, why=pause.why, since=pause.since, until=pause.until) if pause else None,
        told=plan_words.sentences(shared),
    )


def run_of(run: Run, requests: int) -> RunRow:
    return RunRow(**_told(run, requests))


def detail_of(run: Run, requests: int, attempts: list[StepAttempt]) -> RunDetail:
    return RunDetail(**_told(run, requests), tries=[_try_of(attempt) for attempt in attempts])


def placed_of(order: Order) -> Placed:
    return Placed(
        order=order.pk,
        job=order.job_id,
        what=order.what,
        reason=order.reason,
        by=order.key_name,
        placed_at=order.placed_at,
        started=msgspec.convert(order.started, list[Started]),
    )


def _told(run: Run, requests: int) -> dict[str, Any]:
    return {
        **{name: getattr(run, name) for name in _COPIED},
        "run": run.key,
        "job": run.job_id,
        "requests": requests,
        "shortfall": run.shortfall or None,
        "error": run.error or None,
    }


def _try_of(attempt: StepAttempt) -> Try:
    ended = attempt.finished_at
    return Try(
        step=attempt.step,
        number=attempt.number,
        outcome=attempt.outcome,
        error_class=attempt.error_class or None,
        error=attempt.error or None,
        started_at=attempt.started_at,
        finished_at=ended,
        seconds=round((ended - attempt.started_at).total_seconds(), 3) if ended else None,
    )


_PLANNED = (
    "allowance",
    "used",
    "remaining",
    "resets_at",
    "slots_left",
    "spacing",
    "pages_a_slot",
    "committed",
    "planned",
    "for_backfill",
    "runs_out_on",
)
_COPIED = (
    "slot",
    "backfill",
    "state",
    "step",
    "trigger",
    "pages_planned",
    "revision",
    "resumes_at",
    "started_at",
    "finished_at",
)
