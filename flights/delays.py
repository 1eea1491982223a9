"""Departure and arrival delays of the flights of some days: each movement once, in its latest state."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flights import queries
from flights.indicators.answers import Indicator
from flights.indicators.delays import WAYS, Way, figures
from flights.indicators.registry import REGISTRY, Part, explain
from flights.indicators.seeing import FIELDS, see
from flights.indicators.seen import Seen
from flights.reference import versions

GROUPS = ("airline", "airport", "route")


@dataclass(slots=True)
class Tally:
    """The minutes of one direction by group, and what was left out by reason. population = n + all of `excluded`."""

    indicator: Indicator
    way: Way
    minutes: dict[str, list[int]] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)

    @property
    def n(self) -> int:
        return sum(len(each) for each in self.minutes.values())

    def add(self, seen: Seen) -> None:
        part, detail = explain(self.indicator, seen)
        if part is Part.EXCLUDED:
            self.excluded[detail or ""] += 1
        elif part is Part.USED:
            self.minutes.setdefault(detail or "", []).append(self.way.minutes(seen) or 0)

    def figures(self, limit: int) -> list[dict[str, Any]]:
        """n, median, 90th percentile and share over 15 minutes by group: most flights first, then by code."""
        order = sorted(self.minutes, key=lambda code: (-len(self.minutes[code]), code))
        return [{"code": code, **figures(self.minutes[code])} for code in order[:limit]]


def delays_of_days(
    by: str, days: tuple[date, date], conditions: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Tally], str]:
    """Both directions of the flights that depart on these local dates, and the version of the reference used."""
    reference = versions.current(now)
    tallies = {way.name: Tally(REGISTRY[f"{way.name}_delays_by_{by}"], way) for way in WAYS}
    for document in queries.each_flight_of_days(days, conditions, FIELDS):
        seen = see(document, reference)
        for tally in tallies.values():
            tally.add(seen)
    return tallies, reference.version
