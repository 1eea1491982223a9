"""What is said about an answer: its basis, its gaps, what was taken for what, and why it is empty."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from flights.records import Reconstruction, SlotState

Sampling = Annotated[dict[str, int], Meta(description="How the slots read were drawn: slots by method.")]


Reconstructed = Annotated[
    Reconstruction | None,
    Meta(description="How a slot that nothing was collected for was worked out from past days; else null."),
]


class QueryCompleteness(Struct, frozen=True, kw_only=True):
    """One query that the slot asked: its share of the pages, how they were chosen, and what came of it."""

    params: Annotated[dict[str, str], Meta(description="The upstream's filters; empty: all flights.")]
    share: float
    start: Annotated[
        int | None, Meta(description="Of a systematic sample, in 1,000,000ths of the way between two pages.")
    ]
    sampling: str
    pages_announced: int | None
    pages_planned: int
    pages_fetched: int
    rows_announced: int | None
    rows_received: int


class Completeness(Struct, frozen=True, kw_only=True):
    """How much of what the upstream announced was fetched; `share` is null when it announced no number."""

    pages_planned: int
    pages_fetched: int
    rows_announced: int | None
    rows_received: int
    sampling: str
    share: float | None
    queries: Annotated[list[QueryCompleteness], Meta(description="Empty for slots collected by earlier versions.")] = []


class Basis(Struct, frozen=True, kw_only=True):
    """The slot that an answer stands on: its state, age and completeness."""

    slot: str
    state: SlotState
    reason: str | None
    collected_at: datetime | None = None
    closed_at: datetime | None = None
    age_seconds: Annotated[int | None, Meta(description="Seconds since `collected_at`.")] = None
    completeness: Completeness | None = None
    backfill: Annotated[bool, Meta(description="Made afterwards, from past days.")] = False
    reconstruction: Reconstructed = None


class Days(Struct, frozen=True, kw_only=True):
    """The dates that were read, both included."""

    first: date
    last: date


class Observed(Struct, frozen=True, kw_only=True):
    """When the oldest and the newest row of this page was observed."""

    first: datetime
    last: datetime


class AnswerMeta(Struct, frozen=True, kw_only=True):
    """`as_of_slot` is the newest closed slot that was collected; null before the first one closes."""

    as_of_slot: Basis | None


class Gaps(Struct, frozen=True, kw_only=True):
    """Slots of what was read that brought less than they should have, or nothing."""

    count: int
    states: dict[SlotState, int]
    slots: Annotated[list[str], Meta(description="The oldest of them, at most 20.")]


class Removed(Struct, frozen=True, kw_only=True):
    """Slots whose observations were removed, so that what they said of the flight is missing here."""

    count: int
    slots: Annotated[list[str], Meta(description="The oldest of them, at most 20.")]
    removed_at: Annotated[datetime, Meta(description="When the last of them went.")]


class Resolved(Struct, frozen=True, kw_only=True):
    """What a code or a name in the question was taken for."""

    parameter: str
    asked: str
    name: Annotated[str | None, Meta(description="Null for a code that the reference tables do not know.")]
    codes: Annotated[list[str], Meta(description="Flights that carry any of these codes are meant.")]
    known_by: Literal["reference", "flights"]
    shared_by: Annotated[list[str], Meta(description="All that the reference tables know under this one code.")] = []


class Total(Struct, frozen=True, kw_only=True):
    """How many rows all pages together have, and how that is known."""

    value: int
    kind: Literal["exact", "at_least", "estimate"]
    how: str


class Empty(Struct, frozen=True, kw_only=True):
    """Why there is no row: nothing is stored, nothing that is stored fits, or nothing has changed."""

    reason: Literal["no-data", "no-match", "no-change"]
    detail: str


class ListMeta(AnswerMeta, frozen=True, kw_only=True):
    """`slot` is the one that was asked for; `count` is the number of rows on this page."""

    limit: int
    count: int
    slot: Basis | UnsetType = UNSET
    window: Days | UnsetType = UNSET
    observed: Observed | UnsetType = UNSET
    as_of: Annotated[datetime, Meta(description="The instant whose knowledge this is.")] | UnsetType = UNSET
    gaps: Gaps | UnsetType = UNSET
    sampling: Sampling | UnsetType = UNSET
    resolved: list[Resolved] | UnsetType = UNSET
    reference_version: Annotated[str, Meta(description="Of the tables that `resolved` is from.")] | UnsetType = UNSET
    total: Total | UnsetType = UNSET
    empty: Empty | UnsetType = UNSET
    removed: Removed | UnsetType = UNSET
    changes_cursor: Annotated[str, Meta(description="Where to go on, now or tomorrow.")] | UnsetType = UNSET


class FlightMeta(AnswerMeta, frozen=True, kw_only=True):
    as_of: Annotated[datetime, Meta(description="The instant whose knowledge this is.")] | UnsetType = UNSET
