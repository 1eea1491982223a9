"""The last two weeks as a calendar: a row a day, a cell a slot, told by a letter as well as by a colour. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from flights.records import SlotState
from flights.slots import slot_key
from flightsite.operations.facts import BEING_STORED, Facts, SlotFacts, Unknown
from flightsite.operations.wording import without_class

LETTERS = {
    SlotState.COMPLETE: "C",
    SlotState.PARTIAL: "P",
    SlotState.EMPTY: "E",
    SlotState.FAILED: "F",
    SlotState.MISSED: "M",
    SlotState.BACKFILLED: "B",
    SlotState.COLLECTING: "…",
}
GAPS = (SlotState.FAILED, SlotState.MISSED)
NO_RECORD = "?"
NO_SLOT = "no cell: before the first slot, or still to come"


@dataclass(frozen=True, slots=True)
class Cell:
    """One slot; `key` is empty where the schedule has none at this hour, or had none yet."""

    key: str = ""
    letter: str = ""
    state: str = ""
    told: str = ""
    has_record: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """`gap` is the query of the backfill's form where something is missing on this day."""

    day: date
    cells: list[Cell]
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    hours: list[int]
    days: list[Day]


def legend() -> list[Cell]:
    """A cell of each kind, with what it means."""
    told = {SlotState.COLLECTING: "collected or being stored"}
    cells = [Cell(letter=LETTERS[state], state=state, told=told.get(state, state)) for state in LETTERS]
    return [*cells, Cell(letter=NO_RECORD, state="none", told="no record"), Cell(told=NO_SLOT)]


def calendar_of(facts: Facts) -> Calendar | Unknown:
    """Newest day first; nothing is said of the time before the first run."""
    recent = facts.recent
    if isinstance(recent, Unknown):
        return recent
    known = [tick for tick in facts.ticks if facts.since is not None and tick >= facts.since]
    hours = sorted({tick.hour for tick in facts.ticks})
    days = sorted({tick.date() for tick in facts.ticks}, reverse=True)
    return Calendar(hours, [_day(day, hours, known, recent, facts) for day in days])


def _day(
    day: date, hours: Iterable[int], ticks: Iterable[datetime], recent: Mapping[str, SlotFacts], facts: Facts
) -> Day:
    slots = {tick.hour: slot_key(tick) for tick in ticks if tick.date() == day}
    cells = [_cell(slots.get(hour), recent, facts) for hour in hours]
    missing = [each.key for each in cells if each.key and each.key != facts.due_slot and _is_gap(each)]
    if not missing:
        return Day(day, cells)
    asked = {"first": day.isoformat(), "last": day.isoformat(), "reason": f"gap: {', '.join(missing)}"}
    return Day(day, cells, urlencode(asked))


def _is_gap(cell: Cell) -> bool:
    return cell.state in GAPS or not cell.has_record


def _cell(key: str | None, recent: Mapping[str, SlotFacts], facts: Facts) -> Cell:
    if key is None:
        return Cell()
    slot = recent.get(key)
    if slot is None:
        is_due = key == facts.due_slot
        state, told = (
            ("collecting", BEING_STORED if facts.is_published else "due now") if is_due else ("none", "no record")
        )
        return Cell(key, LETTERS[SlotState.COLLECTING] if is_due else NO_RECORD, state, f"{key}: {told}")
    state = SlotState.BACKFILLED if slot.is_reconstructed else SlotState(slot.state)
    told = f"{key}: {'reconstructed, ' if slot.is_reconstructed else ''}{slot.state}"
    if key == facts.due_slot and facts.is_published:
        told = f"{key}: {BEING_STORED}"
    reason = without_class(slot.reason)
    return Cell(key, LETTERS[state], state.value, f"{told}: {reason}" if reason else told, has_record=True)
