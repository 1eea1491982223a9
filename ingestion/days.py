"""Which past days can be fetched. Pure: no clock, no I/O."""

from datetime import date, timedelta

from ingestion.errors import BadDays

DEEPEST_DAYS = 92


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
