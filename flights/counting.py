"""How many flights a list holds: counted up to a bound, or estimated from a sample of its quarters of an hour."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from flights import queries, store
from flights.documents import ENDS_BEFORE, Document, slot_bounds

MOST_COUNTED = 100_000
PROBES = 48
_MINUTES = 15  # of a cell
_PER_HOUR = 60 // _MINUTES
_CELLS = 24 * _PER_HOUR  # of a day
_GOLDEN = 0.6180339887


@dataclass(frozen=True, slots=True)
class Total:
    """`kind` is exact, at_least (counting stopped there) or estimate; `how` says how it was made."""

    value: int
    kind: Literal["exact", "at_least", "estimate"]
    how: str


def count_days(days: tuple[date, date], conditions: Mapping[str, Any]) -> Total:
    """Counts day by day until the bound."""
    left = MOST_COUNTED
    for bounds in queries.day_bounds(days):
        left -= store.count_range(store.FLIGHTS, bounds, conditions, limit=left)
        if left <= 0:
            return _bounded()
    return Total(MOST_COUNTED - left, "exact", "counted")


def count_slot(slot: str, conditions: Mapping[str, Any]) -> Total:
    found = store.count_range(store.OBSERVATIONS, slot_bounds(slot), conditions, limit=MOST_COUNTED)
    return _bounded() if found >= MOST_COUNTED else Total(found, "exact", "counted")


def estimate_days(days: tuple[date, date], conditions: Mapping[str, Any]) -> Total:
    """From a sample spread over the dates and over the hours of the day; the same question gets the same sample."""
    cells = ((days[1] - days[0]).days + 1) * _CELLS
    sample = list(_sample(days[0], cells))
    found = sum(store.count_range(store.FLIGHTS, bounds, conditions) for bounds in sample)
    how = f"flights of {len(sample)} of the {cells} quarters of an hour of these dates were counted, then scaled up"
    return Total(round(found * cells / len(sample)), "estimate", how)


def estimate_slot(slot: Document, conditions: Mapping[str, Any]) -> Total:
    """What was counted when the slot closed; with conditions, or before that, a slot is small enough to be counted."""
    if conditions or not slot.get("counts"):
        return count_slot(slot["_id"], conditions)
    return Total(slot["counts"]["stored"], "estimate", "counted when the slot closed")


def _bounded() -> Total:
    return Total(MOST_COUNTED, "at_least", f"counting stops at {MOST_COUNTED}")


def _sample(first: date, cells: int) -> Iterator[tuple[str, str]]:
    """Ranges of ids: one quarter of an hour out of each of PROBES equal parts, at places that do not repeat."""
    step = cells / PROBES
    for number in range(PROBES):
        cell = int(number * step + (number * _GOLDEN % 1) * step)
        day, quarter = divmod(cell, _CELLS)
        yield _quarter(first + timedelta(days=day), quarter)


def _quarter(day: date, quarter: int) -> tuple[str, str]:
    hour, minute = quarter // _PER_HOUR, quarter % _PER_HOUR * _MINUTES
    return f"{day}T{hour:02}{minute:02}", f"{day}T{hour:02}{minute + _MINUTES - 1:02}-{ENDS_BEFORE}"
