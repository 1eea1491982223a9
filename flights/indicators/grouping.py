"""Counts and means by group, whatever the order of the movements."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum
from typing import NamedTuple

from msgspec import Struct

from flights.indicators.seen import Seen


class Lead(Struct, frozen=True):
    """What is most frequent in a group: all that share the first place, in code order; `n` counts the whole group."""

    codes: list[str]
    count: int
    n: int


class Mean(NamedTuple):
    mean: float
    n: int


def lead_of(counts: Mapping[str, int]) -> Lead:
    """The most frequent of one group; raises ValueError for a group of nothing."""
    most = max(counts.values())
    return Lead(sorted(code for code, count in counts.items() if count == most), most, sum(counts.values()))


def leads(movements: Iterable[Seen], group: Callable[[Seen], str], item: Callable[[Seen], str]) -> dict[str, Lead]:
    """The most frequent item of each group, in group order."""
    return {name: lead_of(counts) for name, counts in counts_by(movements, group, item).items()}


def counts_by(
    movements: Iterable[Seen], group: Callable[[Seen], str], item: Callable[[Seen], str]
) -> dict[str, Counter[str]]:
    """How often each item is in each group, in group order."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (name, code), count in Counter((group(seen), item(seen)) for seen in movements).items():
        counts[name][code] = count
    return dict(sorted(counts.items()))


def ties_of(found: Mapping[str, Lead]) -> dict[str, list[str]]:
    """The groups whose first place is shared."""
    return {name: lead.codes for name, lead in found.items() if len(lead.codes) > 1}


def means(movements: Sequence[Seen], group: Callable[[Seen], str], number: Callable[[Seen], float]) -> dict[str, Mean]:
    """The mean of each group, in group order; the sum is exact, so that no order of movements changes it."""
    numbers: defaultdict[str, list[float]] = defaultdict(list)
    for seen in movements:
        numbers[group(seen)].append(number(seen))
    return {name: Mean(fsum(each) / len(each), len(each)) for name, each in sorted(numbers.items())}
