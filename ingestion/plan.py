"""How the month's allowance is shared out: to slots, retries, people and backfills. Pure: no clock, no I/O.

The schedule's slots get even shares of what is left once the reserves are put aside, made anew before each slot, so
what one left unused goes to those after it. A backfill gets what is set aside for it, and what no slot could take.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from ingestion import periods
from ingestion.periods import Period

LATE_SECONDS = 900  # a tick later than this is not made up for
_CATCH_UP = (3, 2)  # a slot may take half as much again as its even share
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LONGEST_GAP = timedelta(days=62)


class Purpose(StrEnum):
    """What a request is spent on; people: in a run that a person started."""

    SCHEDULE = "schedule"
    PEOPLE = "people"
    RETRY = "retry"
    BACKFILL = "backfill"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the operator set: requests a month, cron schedule and day of the reset (UTC), reserves in percent of it."""

    allowance: int
    schedule: str
    reset_day: int = 1
    retry_percent: float = 2.0
    people_percent: float = 1.0
    backfill_percent: float = 0.25
    slot_max_pages: int | None = None

    def reserve(self, percent: float) -> int:
        return int(self.allowance * percent / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the ledger knows of a month, in requests: `used` as the upstream counts, the others the own count.

    `aside` is what backfills and reference tables took, `committed` the pages that open runs of slots have yet to ask
    for, `last_day` what was spent in the 24 hours before, `limit` the upstream's word on the allowance.
    """

    used: int = 0
    limit: int | None = None
    retries: int = 0
    people: int = 0
    aside: int = 0
    committed: int = 0
    last_day: int = 0
    last_slot: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPlan:
    """The plan of what is left of the month, in requests; `people`, `retries` and `set_aside` are reserves.

    `pages_a_slot` is what the next slot that is served takes at the most, 0 when none is. `to_serve` of `slots_left`
    are served, 1 in `spacing`, and `next_slot` is the first of them. `even_share` is what each slot of the month
    could have, `spare` what no slot could take.
    """

    period: Period
    now: datetime
    allowance: int
    used: int
    remaining: int
    people: int
    retries: int
    set_aside: int
    spare: int
    committed: int
    last_day: int
    slots_left: int
    to_serve: int
    spacing: int
    next_slot: datetime | None
    even_share: int
    pages_a_slot: int
    planned: int

    @property
    def resets_at(self) -> datetime:
        return self.period.ends_at

    @property
    def for_backfill(self) -> int:
        """What backfills and reference tables may spend now: no slot gets less for it, and no reserve."""
        return self.set_aside + self.spare

    @property
    def is_enough(self) -> bool:
        """Whether every slot left is served."""
        return self.to_serve == self.slots_left

    @property
    def pages_for_people(self) -> int:
        """What a run takes that a person started, also where the schedule would leave its slot out; at least 1."""
        return self.pages_a_slot or max(1, min(self.even_share, self.remaining))

    @property
    def runs_out_on(self) -> date | None:
        """The day on which nothing would be left at the pace of the last 24 hours; None when it lasts to the reset."""
        return None if self.runs_out_at is None else self.runs_out_at.date()

    @property
    def runs_out_at(self) -> datetime | None:
        """The instant of that day; before the reset."""
        days = (self.resets_at - self.now) / _DAY
        if self.remaining > self.last_day * days or (self.remaining > 0 and self.last_day == 0):
            return None
        pace = max(1, self.last_day)
        return min(self.now + _DAY * (self.remaining / pace), self.resets_at - timedelta(seconds=1))

    def room(self, percent: int, spent: int) -> int:
        """What a backfill may spend now whose share of what backfills may spend is this; `spent`: what it took."""
        share = (self.for_backfill + spent) * percent // 100
        return min(self.for_backfill, max(0, share - spent))

    def floor(self, purpose: Purpose) -> int:
        """What must be left behind by a request for this purpose."""
        match purpose:
            case Purpose.PEOPLE:
                return 0
            case Purpose.RETRY:
                return self.people
            case Purpose.SCHEDULE:
                return self.people + self.retries
            case _:
                return self.remaining - self.for_backfill

    def allows(self, purpose: Purpose) -> bool:
        """Whether one more request may be spent on this."""
        return self.remaining > max(0, self.floor(purpose))


def plan_month(terms: Terms, spending: Spending, now: datetime) -> MonthPlan:
    """Share out what is left of the month that `now` is in, among the slots whose tick is `now` or later."""
    period = periods.period_of(now, terms.reset_day)
    slots = periods.slots_of(terms.schedule, period)
    slots_left = slots[bisect_left(slots, now) :]
    left = len(slots_left)
    if spending.limit is not None:
        terms = replace(terms, allowance=_within(spending.limit, terms.allowance))
    remaining = max(0, terms.allowance - spending.used)
    share, most = _shares(terms, len(slots))

    people = min(remaining, max(0, terms.reserve(terms.people_percent) - spending.people))
    retries = min(remaining - people, max(0, terms.reserve(terms.retry_percent) - spending.retries))
    free = max(0, remaining - people - retries - spending.committed)
    waiting = left + _is_pending(terms, spending, now)
    unspent = max(0, terms.reserve(terms.backfill_percent) - spending.aside)
    set_aside = _within(free - waiting * share, unspent)
    spare = max(0, free - set_aside - waiting * most)

    for_slots = free - set_aside
    to_serve = min(left, for_slots)
    spacing, first = _spacing(terms, spending, slots_left, to_serve)
    pages = max(1, min(most, for_slots // left)) if first is not None else 0
    return MonthPlan(
        period=period,
        now=now,
        allowance=terms.allowance,
        used=spending.used,
        remaining=remaining,
        people=people,
        retries=retries,
        set_aside=set_aside,
        spare=spare,
        committed=spending.committed,
        last_day=spending.last_day,
        slots_left=left,
        to_serve=to_serve,
        spacing=spacing,
        next_slot=first,
        even_share=share,
        pages_a_slot=pages,
        planned=pages * to_serve,
    )


def _shares(terms: Terms, slots: int) -> tuple[int, int]:
    """Pages that each slot of a whole month could have, and the most that one may take; both at least 1."""
    kept = sum(map(terms.reserve, (terms.people_percent, terms.retry_percent, terms.backfill_percent)))
    share = max(1, (terms.allowance - kept) // max(1, slots))
    most = terms.slot_max_pages or _ceil(share * _CATCH_UP[0], _CATCH_UP[1])
    return min(share, most), most


def _is_pending(terms: Terms, spending: Spending, now: datetime) -> bool:
    """Whether a tick has just passed whose slot has no run yet: what it will take is not free."""
    since = now - timedelta(seconds=LATE_SECONDS)
    if spending.last_slot is not None:
        since = max(since, spending.last_slot + _HOUR)
    return since < now and bool(periods.slots_between(terms.schedule, since, now))


def _spacing(
    terms: Terms, spending: Spending, slots: tuple[datetime, ...], to_serve: int
) -> tuple[int, datetime | None]:
    """Every how many slots one is served, and the first; counted from the slot that was served last.

    With n to serve and k slots after the last one, the next is ceil(k / n) after it: so the gaps of a month differ by
    one at the most, and change only when what is left does.
    """
    if to_serve == 0:
        return 0, None
    if to_serve == len(slots):
        return 1, slots[0]
    if spending.last_slot is None:
        return _ceil(len(slots), to_serve), slots[0]
    passed = periods.slots_between(terms.schedule, max(spending.last_slot + _HOUR, slots[0] - _LONGEST_GAP), slots[0])
    gap = _ceil(len(slots) + len(passed), to_serve)
    ahead = max(0, gap - len(passed) - 1)
    return gap, slots[ahead]


def _within(value: int, most: int) -> int:
    return max(0, min(value, most))


def _ceil(number: int, by: int) -> int:
    return -(-number // by)
