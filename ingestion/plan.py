"""How many pages a slot may take, and which. Pure: no clock, no I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

from cronsim import CronSim

from ingestion.errors import BadDays

ROWS_PER_PAGE = 100
DEEPEST_DAYS = 92
LONGEST_MONTH = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
SAMPLING_ALL = "all pages announced"
SAMPLING_FIRST = "first pages"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page to fetch: the query's place in the plan, the page's place in the query, its parameters."""

    query: int
    number: int
    params: Mapping[str, str]

    @property
    def offset(self) -> int:
        return self.number * ROWS_PER_PAGE

    @property
    def key(self) -> str:
        """Sorts by query, then page: `00.00012`."""
        return f"{self.query:02d}.{self.number:05d}"


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


def days_to_fetch(first: date, last: date, today: date) -> list[date]:
    """The days of a backfill, oldest first; raises BadDays for a range that can't be served.

    >>> days_to_fetch(date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 24))
    [datetime.date(2026, 11, 20), datetime.date(2026, 11, 21)]
    """
    if first > last:
        raise BadDays("first", f"{first} is after {last}")
    if last > today:
        raise BadDays("last", f"{last} is in the future: only past days and today can be fetched")
    if (today - first).days > DEEPEST_DAYS:
        raise BadDays("first", f"{first} is more than {DEEPEST_DAYS} days ago: no plan reaches back so far")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def slots_until(schedule: str, now: datetime, end: datetime) -> int:
    """How often the schedule fires after `now` and before `end`."""
    return sum(1 for _ in takewhile(lambda tick: tick < end, CronSim(schedule, now)))


def remaining_requests(monthly_requests: int, used: int, told_remaining: int | None) -> int:
    """Requests left this month: the smaller of the own count and the upstream's word. Never negative."""
    own = monthly_requests - used
    return max(0, own if told_remaining is None else min(own, told_remaining))


def next_pages(
    queries: Sequence[Mapping[str, str]], pages: int, announced: Mapping[int, int | None]
) -> Iterator[PageRequest]:
    """The pages to fetch, query after query; `announced` (rows by query) is read anew after each page.

    A query ends with the last announced page; what it leaves unused goes to the queries after it.
    Of a query that announces nothing usable only as much as the slot may take is asked for.
    """
    left = pages
    for index, params in enumerate(queries):
        number = 0
        while left > 0 and (number == 0 or _has_page(number, announced.get(index))):
            yield PageRequest(query=index, number=number, params=params)
            number += 1
            left -= 1


def sampling_rule(rows_received: int, rows_announced: int | None) -> str:
    """How the rows fetched were chosen from the rows announced, in words."""
    if rows_announced is not None and rows_received >= rows_announced:
        return SAMPLING_ALL
    return SAMPLING_FIRST


def _has_page(number: int, rows_announced: int | None) -> bool:
    return rows_announced is None or number * ROWS_PER_PAGE < rows_announced
