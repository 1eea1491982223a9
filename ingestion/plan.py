"""How much of the month's allowance a slot may take. Pure: no clock, no I/O."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile

from cronsim import CronSim

LONGEST_MONTH = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


def slots_a_month(schedule: str) -> int:
    """How often the schedule (five cron fields, UTC) fires in a month of 31 days."""
    first, end = LONGEST_MONTH
    ticks = CronSim(schedule, first - timedelta(minutes=1))
    return sum(1 for _ in takewhile(lambda tick: tick < end, ticks))


def pages_a_slot(monthly_requests: int, schedule: str) -> int:
    """The pages that every slot of the month may take within the allowance, at least one.

    10,000 requests at one slot every two hours give 26 pages. Where the allowance can't serve every slot
    this says one page, and the month's end comes early: `remaining_requests` then stops the run.

    >>> pages_a_slot(10_000, "0 */2 * * *")
    26
    """
    return max(1, monthly_requests // max(1, slots_a_month(schedule)))


def slots_until(schedule: str, now: datetime, end: datetime) -> int:
    """How often the schedule fires after `now` and before `end`."""
    return sum(1 for _ in takewhile(lambda tick: tick < end, CronSim(schedule, now)))


def remaining_requests(monthly_requests: int, used: int, told_remaining: int | None) -> int:
    """Requests left this month: the smaller of the own count and the upstream's word. Never negative."""
    own = monthly_requests - used
    return max(0, own if told_remaining is None else min(own, told_remaining))
