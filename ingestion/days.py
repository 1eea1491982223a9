"""Which past days a backfill may ask for, and how. Pure: no clock, no I/O."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from ingestion.errors import BadBackfill, BadDays
from ingestion.paging import FILTERS

DEEPEST_DAYS = 92
MAX_PAGES, MOST_PAGES = 100, 1000
MOST_AT_ONCE = 10
LONGEST_VALUE = 100
WHOLE = 100  # percent


class Mode(StrEnum):
    """Which days of the range are fetched; partial: the missing ones, and those that have a shortfall."""

    MISSING = "missing"
    PARTIAL = "partial"


class Order(StrEnum):
    """Which day comes first."""

    OLDEST = "oldest"
    NEWEST = "newest"


ALL_REFUSED = (
    "mode `all` is not offered: a day has one run, and no page of it is bought twice; `missing` fetches days without "
    "flights, `partial` also what days with a shortfall lack"
)


def days_to_fetch(first: date, last: date, today: date) -> list[date]:
    """The days of a backfill, oldest first; raises BadDays for a range that can't be served.

    >>> days_to_fetch(date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 24))
    [datetime.date(2026, 11, 20), datetime.date(2026, 11, 21)]
    """
    if first > last:
        raise BadDays("first", f"{first} is after {last}")
    if last > today:
        raise BadDays("last", f"{last} is in the future: only past days and today can be fetched")
    if is_too_deep(first, today):
        raise BadDays(
            "first",
            f"{first} is more than {DEEPEST_DAYS} days ago: no plan reaches back so far; "
            f"the first day that can be fetched is {today - timedelta(days=DEEPEST_DAYS)}",
        )
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def is_too_deep(day: date, today: date) -> bool:
    """Whether the upstream would refuse the day, and might charge for that."""
    return (today - day).days > DEEPEST_DAYS


def check_query(query: Mapping[str, object]) -> None:
    """Raises BadBackfill for what flights can't be asked by, beside their date."""
    if unknown := sorted(query.keys() - set(FILTERS)):
        raise BadBackfill("query", f"{unknown[0][:LONGEST_VALUE]!r} is no filter; there are {', '.join(FILTERS)}")
    for name, value in query.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_VALUE or not value.isprintable():
            raise BadBackfill("query", f"`{name}` must be a text of 1 to {LONGEST_VALUE} characters")


def check_bounds(max_pages: int, days_at_once: int, share_percent: int) -> None:
    """Raises BadBackfill for a number out of its range."""
    for name, value, most in (
        ("max_pages", max_pages, MOST_PAGES),
        ("days_at_once", days_at_once, MOST_AT_ONCE),
        ("share_percent", share_percent, WHOLE),
    ):
        if not 1 <= value <= most:
            raise BadBackfill(name, f"`{name}` must be at least 1 and at most {most}")
