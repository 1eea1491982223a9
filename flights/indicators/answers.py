"""What an indicator is, and what it answers."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from flights.indicators.seen import Seen

Value = Any  # plain JSON: null, numbers, texts, lists and objects
WORLD = "world"


class Found(Struct, frozen=True):
    """A value, and what shares the first place: codes in code order, by group (`WORLD` where there are no groups)."""

    value: Value
    ties: dict[str, list[str]] = {}


class Estimate(Struct, frozen=True, kw_only=True):
    """What the whole would be, from a sample of pages: `low` to `high` is a 95 % interval; `method` says how."""

    of: str
    estimate: float
    low: float
    high: float
    unit: str
    method: str


class Stratum(Struct, frozen=True, kw_only=True):
    """One query of a slot: how its rows were chosen. `pages_*` and `rows_*` are with its first page."""

    query: int
    sampling: str
    pages_announced: int | None
    pages_fetched: int
    rows_announced: int | None
    rows_received: int


class Frame(Struct, frozen=True, kw_only=True):
    """How the slot's rows were chosen: what an estimate for the whole stands on.

    `strata` are its queries, whose pages are named `QQ.NNNNN`; slots of earlier versions have none.
    """

    sampling: str
    pages_fetched: int
    rows_announced: int | None
    rows_received: int
    strata: tuple[Stratum, ...] = ()


class Answer(Struct, frozen=True, kw_only=True):
    """population = n + sum of `excluded`. No `value` without a `reason` in words."""

    value: Value | None
    reason: str | None
    ties: dict[str, list[str]]
    n: int
    population: int
    coverage: float | None
    excluded: dict[str, int]
    estimates: list[Estimate]
    no_estimate: str | None


class Indicator(Struct, frozen=True, kw_only=True):
    """One question. A change of what it computes makes a new `version`.

    `qualifies` says which movements the question is about (the population), `leaves_out` the reason why one of
    them can't be used (None: it is used), `group` under what it is counted, `find` the value from those used
    (never called with none). `nothing` is the reason told when nothing qualifies, `no_estimate` says why there
    is no `estimate`, where there is none.
    """

    id: str
    version: int
    title: str
    definition: str
    unit: str
    qualifies: Callable[[Seen], bool]
    leaves_out: Callable[[Seen], str | None]
    group: Callable[[Seen], str]
    find: Callable[[Sequence[Seen]], Found]
    nothing: str
    estimate: Callable[[Sequence[Seen], Found, Frame], list[Estimate]] | None = None
    no_estimate: str | None = None
