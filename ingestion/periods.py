"""The months of the allowance, from reset to reset, and the slots in them. Pure: no clock, no I/O."""

from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cronsim import CronSim

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Period:
    """One month of the allowance: from one reset to the next, which is not in it. UTC."""

    starts_at: datetime
    ends_at: datetime


def period_of(now: datetime, reset_day: int) -> Period:
    """The month of the allowance that `now` is in; a day that a month has not is that month's last.

    >>> period_of(datetime(2026, 2, 28, 4, tzinfo=UTC), 31).ends_at.isoformat()
    '2026-03-31T00:00:00+00:00'
    """
    months = _months(now)
    if now < _reset(months, reset_day):
        months -= 1
    return Period(_reset(months, reset_day), _reset(months + 1, reset_day))


def _months(instant: datetime) -> int:
    """The calendar month, UTC, counted from the year 0."""
    instant = instant.astimezone(UTC)
    return instant.year * MONTHS + instant.month - 1


def _reset(months: int, day: int) -> datetime:
    year, month = months // MONTHS, months % MONTHS + 1
    return datetime(year, month, min(day, monthrange(year, month)[1]), tzinfo=UTC)


def slots_between(schedule: str, begin: datetime, end: datetime) -> list[datetime]:
    """The first ticks of the slots from `begin` up to, and without, `end`: a slot is an hour, however often the
    schedule (five cron fields, UTC) fires in it."""
    slots: list[datetime] = []
    for months in range(_months(begin), _months(end) + 1):
        ticks = _slots_in(schedule, months)
        slots += ticks[bisect_left(ticks, begin) : bisect_left(ticks, end)]
    return slots


@lru_cache(maxsize=16)
def slots_of(schedule: str, period: Period) -> tuple[datetime, ...]:
    return tuple(slots_between(schedule, period.starts_at, period.ends_at))


@lru_cache(maxsize=64)
def _slots_in(schedule: str, months: int) -> tuple[datetime, ...]:
    ticks: list[datetime] = []
    tick = _first_tick(schedule, _reset(months, 1))
    while _months(tick) == months:
        ticks.append(tick)
        tick = _first_tick(schedule, tick.replace(minute=0) + timedelta(hours=1))
    return tuple(ticks)


def tick_of(schedule: str, hour: datetime) -> datetime:
    """The first tick of the slot that begins in this hour, else of the next one."""
    return _first_tick(schedule, hour)


def next_slot(schedule: str, now: datetime) -> datetime:
    """The first tick of the first slot that begins now or later."""
    tick = _first_tick(schedule, now)
    if _first_tick(schedule, tick.replace(minute=0)) == tick:
        return tick
    return _first_tick(schedule, tick.replace(minute=0) + timedelta(hours=1))


def _first_tick(schedule: str, instant: datetime) -> datetime:
    """The first tick at or after this instant; CronSim has refused a schedule that never fires (30 February)."""
    tick: datetime = next(CronSim(schedule, instant - timedelta(microseconds=1)))
    return tick
