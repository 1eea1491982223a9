"""Slots: the UTC date and hour that a collection belongs to (`2026-11-24T04Z`), or a whole day (`2026-11-24`)."""

import re
from datetime import UTC, date, datetime, timedelta

from cronsim import CronSim

from flights.errors import BadSlot

_SLOT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2})Z)?", re.ASCII)


def slot_key(instant: datetime) -> str:
    """The slot that begins in the hour of this instant.

    >>> slot_key(datetime(2026, 11, 24, 4, 0, 7, tzinfo=UTC))
    '2026-11-24T04Z'
    """
    return f"{instant.astimezone(UTC):%Y-%m-%dT%HZ}"


def day_key(day: date) -> str:
    """The key of a day fetched afterwards, which has no collection hour."""
    return day.isoformat()


def parse_slot(text: str) -> tuple[date, int | None]:
    """Date and hour (None for a day key) of a slot key; raises BadSlot."""
    match = _SLOT.fullmatch(text)
    if match is None:
        raise BadSlot(f"{text[:40]!r} is no slot: write 2026-11-24T04Z or 2026-11-24")
    hour = None if match[2] is None else int(match[2])
    try:
        day = date.fromisoformat(match[1])
        datetime(day.year, day.month, day.day, hour or 0, tzinfo=UTC)
    except ValueError as error:
        raise BadSlot(f"{text!r} is no slot: {error}") from error
    return day, hour


def slot_begin(text: str) -> datetime:
    """The instant at which a slot, or a day, begins; raises BadSlot."""
    day, hour = parse_slot(text)
    return datetime(day.year, day.month, day.day, hour or 0, tzinfo=UTC)


def weeks_before(slot: str, weeks: int) -> list[str]:
    """The slots of the same hour of the same weekday in the weeks before.

    >>> weeks_before("2026-11-24T04Z", 2)
    ['2026-11-17T04Z', '2026-11-10T04Z']
    """
    begin = slot_begin(slot)
    return [slot_key(begin - timedelta(weeks=number)) for number in range(1, weeks + 1)]


def last_tick(schedule: str, now: datetime) -> datetime:
    """The latest instant at or before `now` at which the schedule (five cron fields, UTC) fires."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    tick: datetime = next(CronSim(schedule, minute + timedelta(minutes=1), reverse=True))
    return tick
