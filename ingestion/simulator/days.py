"""What becomes of every leg on one date: the schedule in UTC, the real times and the oddities."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from random import Random

from ingestion.simulator.draws import draw, sequence
from ingestion.simulator.schedule import DAY_MINUTES, Leg

# Where a leg's row sits in the answers: blocks of one airport and a few hours, the blocks shuffled.
_BLOCK_MINUTES = 180
LEG_BITS, MINUTE_BITS, BLOCK_BITS = 20, 11, 32
LEG_MASK = (1 << LEG_BITS) - 1
_STUCK_ACTIVE_MINUTES = 600
_CANCELLED_AHEAD_MINUTES = 240
_EXPECTED_AHEAD_MINUTES = 60


class Fate(IntEnum):
    NOT_FLOWN = 0
    NORMAL = 1
    CANCELLED = 2
    DIVERTED = 3
    INCIDENT = 4
    UNKNOWN = 5  # the upstream lost track: status "unknown"
    NULL = 6  # the same, status null
    STUCK_SCHEDULED = 7  # left and landed, still called scheduled
    STUCK_ACTIVE = 8  # called active for hours after landing
    NO_ARRIVAL = 9  # landed without an arrival time
    NO_DEPARTURE = 10  # active without a departure time


# In 10,000: legs not flown that day (weekly pattern) first, then the rare fates.
_FATES = (
    (Fate.NOT_FLOWN, 700),
    (Fate.CANCELLED, 90),
    (Fate.DIVERTED, 18),
    (Fate.INCIDENT, 2),
    (Fate.UNKNOWN, 27),
    (Fate.NULL, 3),
    (Fate.STUCK_SCHEDULED, 200),
    (Fate.STUCK_ACTIVE, 60),
    (Fate.NO_ARRIVAL, 60),
    (Fate.NO_DEPARTURE, 40),
)
_AFTER_LANDING = {
    Fate.NORMAL: "landed",
    Fate.DIVERTED: "diverted",
    Fate.INCIDENT: "incident",
    Fate.NO_ARRIVAL: "landed",
    Fate.NO_DEPARTURE: "landed",
    Fate.STUCK_ACTIVE: "landed",
}
_UNTRACKED = {Fate.CANCELLED: "cancelled", Fate.UNKNOWN: "unknown", Fate.NULL: None}


@dataclass(slots=True)
class Day:
    """Minutes since the epoch in UTC, by leg: as planned and as flown."""

    date: date
    departs: array[int]
    arrives: array[int]
    took_off: array[int]
    touched_down: array[int]
    fates: bytearray
    order: array[int]


def plan_day(seed: int, on: date, legs: Sequence[Leg]) -> Day:
    draws = sequence("day", seed, on)
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
    epoch_minutes = int(midnight.timestamp()) // 60
    day = Day(on, array("i"), array("i"), array("i"), array("i"), bytearray(), array("Q"))
    blocks: dict[tuple[str, int], int] = {}
    order: list[int] = []
    table = _fate_table()
    for index, leg in enumerate(legs):
        local = midnight + timedelta(minutes=leg.departs)
        offset = local.replace(tzinfo=leg.origin.zone).utcoffset() or timedelta()
        departs = epoch_minutes + leg.departs - int(offset.total_seconds()) // 60
        late, airborne = _flown(draws, leg.minutes)
        fate = table[draws.randrange(len(table))]
        day.departs.append(departs)
        day.arrives.append(departs + leg.minutes)
        day.took_off.append(departs + late)
        day.touched_down.append(departs + late + airborne)
        day.fates.append(fate)
        if fate:
            order.append(_position(blocks, seed, on, leg) << LEG_BITS | index)
    day.order.extend(sorted(order))
    return day


def status(day: Day, index: int, now: int) -> str | None:
    fate = Fate(day.fates[index])
    if fate in _UNTRACKED:
        ahead = _CANCELLED_AHEAD_MINUTES if fate is Fate.CANCELLED else 0
        return _UNTRACKED[fate] if now >= day.departs[index] - ahead else "scheduled"
    if now < day.took_off[index] or fate is Fate.STUCK_SCHEDULED:
        return "scheduled"
    stuck = _STUCK_ACTIVE_MINUTES if fate is Fate.STUCK_ACTIVE else 0
    return "active" if now < day.touched_down[index] + stuck else _AFTER_LANDING[fate]


def departed(day: Day, index: int, now: int) -> bool:
    return now >= day.took_off[index] and Fate(day.fates[index]) not in _UNTRACKED


def arrived(day: Day, index: int, now: int) -> bool:
    return now >= day.touched_down[index] and Fate(day.fates[index]) not in _UNTRACKED


def departure_delay(day: Day, index: int, now: int) -> int | None:
    """Minutes late, known an hour ahead; null when early or on time."""
    late = day.took_off[index] - day.departs[index]
    known = now >= day.departs[index] - _EXPECTED_AHEAD_MINUTES
    return late if known and late > 0 else None


def arrival_delay(day: Day, index: int, now: int) -> int | None:
    late = day.touched_down[index] - day.arrives[index]
    return late if departed(day, index, now) and late > 0 else None


def arrival_date(day: Day, index: int, leg: Leg) -> date:
    """By the clock of the destination."""
    at = datetime.fromtimestamp(day.arrives[index] * 60, UTC)
    return at.astimezone(leg.destination.zone).date()


def _flown(draws: Random, planned: int) -> tuple[int, int]:
    """Minutes of departure delay (negative: early) and minutes in the air."""
    kind, size = draws.random(), draws.random()
    if kind < 0.4:  # noqa: PLR2004  shares of a delay table, read in place
        late = round(size * 9) - 8
    elif kind < 0.85:  # noqa: PLR2004
        late = 1 + round(size * 20)
    elif kind < 0.97:  # noqa: PLR2004
        late = 21 + round(size * 70)
    else:
        late = 90 + round(size * size * 500)
    return late, max(15, planned + draws.randrange(-22, 9))


def _fate_table() -> list[Fate]:
    table = [fate for fate, times in _FATES for _ in range(times)]
    return table + [Fate.NORMAL] * (10_000 - len(table))


def _position(blocks: dict[tuple[str, int], int], seed: int, on: date, leg: Leg) -> int:
    block = (leg.origin.iata, leg.departs // _BLOCK_MINUTES)
    if block not in blocks:
        blocks[block] = draw("block", seed, on, *block) >> (64 - BLOCK_BITS)
    return blocks[block] << MINUTE_BITS | leg.departs % DAY_MINUTES
