"""Makes what is said about an answer: parts of its `meta`, by name."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from flights import queries
from flights.api import shapes
from flights.api.envelope_shapes import Empty, Gaps, Removed, Total
from flights.api.resolving import Selection
from flights.changes import LAG
from flights.counting import Total as Counted
from flights.documents import Document
from flights.records import SlotState

MOST_GAPS = 20
GAPS = (SlotState.MISSED, SlotState.FAILED, SlotState.PARTIAL, SlotState.EMPTY)


def gaps_of(slots: Sequence[Document]) -> dict[str, Any]:
    """`gaps` and `sampling` of the slots read, oldest first."""
    missing = [slot for slot in slots if slot["state"] in GAPS]
    states = Counter(SlotState(slot["state"]) for slot in missing)
    drawn = Counter(told["sampling"] for slot in slots if (told := slot.get("completeness")))
    listed = [slot["_id"] for slot in missing[:MOST_GAPS]]
    gaps = Gaps(count=len(missing), states=dict(sorted(states.items())), slots=listed)
    return {"gaps": gaps, "sampling": dict(sorted(drawn.items()))}


def gaps_of_days(days: tuple[date, date]) -> dict[str, Any]:
    """Of the slots of these UTC dates."""
    return gaps_of(queries.slots_in_brief(days))


def removed_around(days: tuple[date, date]) -> dict[str, Any]:
    """Slots that may have told of flights of these departure dates, and whose observations were removed."""
    gone = queries.slots_without_observations(days)
    if not gone:
        return {}
    last = max(each["observations_removed_at"] for each in gone)
    return {"removed": Removed(count=len(gone), slots=[each["_id"] for each in gone[:MOST_GAPS]], removed_at=last)}


def of_slot(slot: Document, now: datetime) -> dict[str, Any]:
    """The slot that was asked for, and the gap that it may be."""
    return {"slot": shapes.basis_of(slot, now), **gaps_of([slot])}


def told_of(selected: Selection) -> dict[str, Any]:
    """What the words of a question were taken for, where it had any."""
    if selected.version is None:
        return {}
    return {"resolved": selected.resolved, "reference_version": selected.version}


def of_total(total: Counted) -> dict[str, Any]:
    return {"total": Total(value=total.value, kind=total.kind, how=total.how)}


def empty(selected: Selection, where: str, has_any: Callable[[], bool]) -> dict[str, Any]:
    """Why a first page has no rows: it is looked whether there is anything that does not fit."""
    if selected.conditions and has_any():
        return {"empty": Empty(reason="no-match", detail=f"There are flights of {where}; none fits the filters.")}
    return {"empty": Empty(reason="no-data", detail=f"No flight of {where} is stored; `gaps` and `slot` say why.")}


def unchanged() -> dict[str, Any]:
    detail = (
        f"Nothing that fits was written since; writes are told {LAG.seconds} s later. Ask again from changes_cursor."
    )
    return {"empty": Empty(reason="no-change", detail=detail)}
