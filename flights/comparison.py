"""What changed between two slots: flights that appeared, ended or changed their status."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from flights import store
from flights.documents import slot_bounds

FIELDS = {"flight_id": 1, "status": 1}


class Change(StrEnum):
    """What became of a flight from the first slot to the second; `ended` is no longer listed."""

    SAME = "same"
    APPEARED = "appeared"
    ENDED = "ended"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Pair:
    """One flight in both slots: its status in each, None where it is not listed."""

    flight_id: str
    before: str | None
    now: str | None

    @property
    def change(self) -> Change:
        if self.before == self.now:
            return Change.SAME
        if self.before is None:
            return Change.APPEARED
        return Change.ENDED if self.now is None else Change.CHANGED


@dataclass(slots=True)
class Comparison:
    """How many flights of each change, between which statuses, and one page of those that are not the same."""

    counts: Counter[Change] = field(default_factory=Counter)
    transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    page: list[Pair] = field(default_factory=list)


def compare(a: str, b: str, after: str, limit: int, only: Change | None = None) -> Comparison:
    """All differences counted and up to `limit` of them told, beginning after one flight id.

    Both slots are read once, side by side in the order of flight ids; nothing but the page is kept.
    """
    result = Comparison()
    for pair in _pairs(_statuses(a), _statuses(b)):
        result.counts[pair.change] += 1
        if pair.before and pair.now and pair.change is Change.CHANGED:
            result.transitions[pair.before, pair.now] += 1
        told = pair.change is not Change.SAME and only in (None, pair.change)
        if told and pair.flight_id > after and len(result.page) < limit:
            result.page.append(pair)
    return result


Statuses = Iterator[tuple[str, str]]
_END = ("\x7f", "")  # sorts after every flight id


def _pairs(left: Statuses, right: Statuses) -> Iterator[Pair]:
    """Every flight of either slot, in order of ids."""
    one, other = next(left, _END), next(right, _END)
    while (first := min(one[0], other[0])) != _END[0]:
        in_left, in_right = one[0] == first, other[0] == first
        yield Pair(first, one[1] if in_left else None, other[1] if in_right else None)
        one = next(left, _END) if in_left else one
        other = next(right, _END) if in_right else other


def _statuses(slot: str) -> Statuses:
    found = store.each_in_range(store.OBSERVATIONS, slot_bounds(slot), FIELDS)
    return ((document["flight_id"], document["status"]) for document in found)
