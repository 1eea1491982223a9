"""The made-up world at a given minute: which rows it holds and in which order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from ingestion.simulator.days import LEG_BITS, LEG_MASK, Day, plan_day
from ingestion.simulator.draws import draw
from ingestion.simulator.schedule import Leg, Marketing, Timetable

# One row as a number: date, leg, and which of the leg's marketing numbers.
SOLD_BITS = 5
SOLD_MASK = (1 << SOLD_BITS) - 1
SELLING_MASK = (1 << (LEG_BITS + SOLD_BITS)) - 1  # leg and marketing number, whatever the date
_DAYS_KEPT = 8
Window = tuple[tuple[str, date], ...]


class World:
    """Movements of any date for one seed; all worlds of a seed share what they drew."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.legs = legs_of(seed)
        self._zones = {leg.origin.zone.key: leg.origin.zone for leg in self.legs}

    def day(self, on: date) -> Day:
        return day_of(self.seed, on)

    def rows_of(self, on: date) -> array[int]:
        """Every row with this flight_date."""
        return array("Q", _expanded(self.legs, on, self.day(on).order))

    def window(self, now: datetime) -> tuple[Window, array[int]]:
        """Today's and yesterday's rows by each airport's own date, and a key for that window."""
        today = tuple((key, now.astimezone(zone).date()) for key, zone in self._zones.items())
        return today, _window_rows(self.seed, today)

    def unpacked(self, code: int) -> tuple[Day, int, Leg, Marketing]:
        index = code >> SOLD_BITS & LEG_MASK
        leg = self.legs[index]
        day = self.day(date.fromordinal(code >> (SOLD_BITS + LEG_BITS)))
        return day, index, leg, leg.sold_as[code & SOLD_MASK]

    def identity(self, day: Day, index: int, purpose: str) -> int:
        """A draw for one movement, the same for all its marketing numbers."""
        return draw(purpose, self.seed, day.date, index)


@lru_cache(maxsize=2)
def legs_of(seed: int) -> tuple[Leg, ...]:
    return Timetable(seed).legs()


@lru_cache(maxsize=_DAYS_KEPT)
def day_of(seed: int, on: date) -> Day:
    return plan_day(seed, on, legs_of(seed))


@lru_cache(maxsize=2)
def _window_rows(seed: int, today: Window) -> array[int]:
    dates = sorted({on - timedelta(days=back) for _, on in today for back in (0, 1)})
    legs = legs_of(seed)
    ranked: list[tuple[int, date]] = []
    for on in dates:
        shown = {key for key, local in today if on in (local, local - timedelta(days=1))}
        order = day_of(seed, on).order
        ranked += [(p, on) for p in order if legs[p & LEG_MASK].origin.zone.key in shown]
    ranked.sort()
    rows = array("Q")
    for position, on in ranked:
        rows.extend(_expanded(legs, on, (position,)))
    return rows


def _expanded(legs: tuple[Leg, ...], on: date, order: Iterable[int]) -> Iterator[int]:
    """One code for each marketing number; the operating one is not always the first."""
    base = on.toordinal() << LEG_BITS
    for position in order:
        index = position & LEG_MASK
        sold = len(legs[index].sold_as)
        first = index % sold if index & 1 else 0
        for k in range(sold):
            yield (base | index) << SOLD_BITS | (first + k) % sold


def minute_of(now: datetime) -> int:
    return int(now.timestamp()) // 60


def moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
