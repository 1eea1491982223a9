"""The public shape of indicators: definitions, answers with their basis, evidence, comparisons and delays."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from flights.api.envelope_shapes import AnswerMeta, Basis, Days, Gaps, ListMeta, Resolved, Sampling
from flights.api.shapes import Flight, basis_of
from flights.comparison import Change
from flights.documents import Document
from flights.indicators.answers import Estimate, Indicator
from flights.indicators.words import in_words
from flights.records import FlightStatus, SlotState

Excluded = Annotated[dict[str, int], Meta(description="Movements that qualified and could not be used, by reason.")]
Coverage = Annotated[float | None, Meta(description="n / population; null when nothing qualified.")]


class Definition(Struct, frozen=True, kw_only=True):
    """What an indicator means, in words."""

    id: str
    version: int
    title: str
    definition: str
    unit: str
    series: Annotated[str, Meta(description="Where its answers of a range of dates are.")]


class Stored(Struct, frozen=True, kw_only=True):
    """One stored answer; population = n + all of `excluded`. No `value` without a `reason`."""

    indicator: str
    title: str
    definition_version: Annotated[int | None, Meta(description="Null when nothing was ever computed.")]
    revision: Annotated[int | None, Meta(description="0 at first; each recomputation adds one and keeps the others.")]
    slot: str
    slot_state: SlotState
    slot_revision: Annotated[int | None, Meta(description="The closing of the slot that it was computed from.")]
    computed_at: datetime | None
    reference_version: str | None
    value: Any
    text: Annotated[str, Meta(description="The value, or why there is none, as one line for people.")]
    reason: str | None
    unit: str
    ties: Annotated[dict[str, list[str]], Meta(description="All that share a first place, by group.")]
    n: int
    population: int
    coverage: Coverage
    excluded: Excluded
    estimates: Annotated[list[Estimate], Meta(description="Of the whole, where the slot is a sample.")]
    no_estimate: Annotated[str | None, Meta(description="Why there is no estimate.")]
    basis: Annotated[Basis, Meta(description="State, age and completeness of the slot as it is now.")]
    evidence: Annotated[str | None, Meta(description="Where the flights behind it are.")]


class SlotMeta(AnswerMeta, frozen=True, kw_only=True):
    slot: Basis
    gaps: Gaps
    sampling: Sampling


class RevisionsMeta(SlotMeta, frozen=True, kw_only=True):
    definition: Definition


class DefinitionList(Struct, frozen=True, kw_only=True):
    data: list[Definition]
    meta: AnswerMeta


class SlotAnswers(Struct, frozen=True, kw_only=True):
    data: list[Stored]
    meta: SlotMeta


class AnswerRevisions(Struct, frozen=True, kw_only=True):
    """All that was ever answered to one question about one slot, newest revision first."""

    data: list[Stored]
    meta: RevisionsMeta


class SeriesMeta(ListMeta, frozen=True, kw_only=True):
    definition: Definition


class Series(Struct, frozen=True, kw_only=True):
    """One row for every slot of the dates, oldest first; a slot without an answer says why."""

    data: list[Stored]
    meta: SeriesMeta
    next: str | None


class EvidenceRow(Struct, frozen=True, kw_only=True):
    """A flight as the slot saw it; `group` is what it was counted under, `reason` why it was left out."""

    group: str | None
    reason: str | None
    flight: Flight


class EvidenceMeta(ListMeta, frozen=True, kw_only=True):
    answer: Stored
    complete: Annotated[
        bool, Meta(description="False when flights were stored after the answer: these rows then are not its basis.")
    ]


class EvidenceList(Struct, frozen=True, kw_only=True):
    data: list[EvidenceRow]
    meta: EvidenceMeta
    next: str | None


class ChangedFlight(Struct, frozen=True, kw_only=True):
    """A flight that is not the same in both slots; a status is null where the flight is not listed."""

    flight_id: str
    change: Change
    a: FlightStatus | None
    b: FlightStatus | None


class Transition(Struct, frozen=True, kw_only=True):
    a: FlightStatus
    b: FlightStatus
    flights: int


class ValuePair(Struct, frozen=True, kw_only=True):
    """One indicator in both slots."""

    indicator: str
    title: str
    changed: bool
    a: Stored
    b: Stored


class Differences(Struct, frozen=True, kw_only=True):
    """`flights` counts flights by change; `page` tells those that are not the same, in order of ids."""

    flights: dict[Change, int]
    transitions: list[Transition]
    values: list[ValuePair]
    page: list[ChangedFlight]


class ComparisonMeta(AnswerMeta, frozen=True, kw_only=True):
    a: Basis
    b: Basis
    limit: int
    count: int
    gaps: Gaps
    sampling: Sampling


class ComparisonAnswer(Struct, frozen=True, kw_only=True):
    data: Differences
    meta: ComparisonMeta
    next: str | None


class DelayRow(Struct, frozen=True, kw_only=True):
    """Delays of one group in minutes (negative: early); `over_15_share` counts those more than 15 minutes late."""

    code: str
    n: int
    median_min: float
    p90_min: float
    over_15_share: float


class DelayFigures(Struct, frozen=True, kw_only=True):
    """One direction: population = n + all of `excluded`; `groups` is how many there are, shown or not."""

    definition: str
    definition_version: int
    n: int
    population: int
    coverage: Coverage
    excluded: Excluded
    groups: int
    rows: list[DelayRow]


class Delays(Struct, frozen=True, kw_only=True):
    departures: DelayFigures
    arrivals: DelayFigures


class DelaysMeta(AnswerMeta, frozen=True, kw_only=True):
    window: Days
    by: str
    limit: int
    reference_version: str
    slots: Annotated[dict[SlotState, int], Meta(description="Slots of these UTC dates, by state.")]
    gaps: Gaps
    sampling: Sampling
    resolved: list[Resolved]


class DelaysAnswer(Struct, frozen=True, kw_only=True):
    data: Delays
    meta: DelaysMeta


def definition_of(indicator: Indicator, series: str) -> Definition:
    return Definition(
        id=indicator.id,
        version=indicator.version,
        title=indicator.title,
        definition=indicator.definition,
        unit=indicator.unit,
        series=series,
    )


def stored_of(
    indicator: Indicator, slot: Document, document: Document | None, now: datetime, evidence: str | None
) -> Stored:
    """A stored answer, or null and why there is none for this slot."""
    told = document or _nothing(slot)
    return Stored(
        **{name: told[name] for name in _COPIED},
        estimates=msgspec.convert(told["estimates"], list[Estimate]),
        indicator=indicator.id,
        title=indicator.title,
        unit=indicator.unit,
        text=in_words(indicator.id, told["value"], told["reason"], told["ties"]),
        slot=slot["_id"],
        slot_state=SlotState(slot["state"]),
        basis=basis_of(slot, now),
        evidence=evidence if document else None,
    )


_COPIED = (
    "definition_version",
    "revision",
    "slot_revision",
    "computed_at",
    "reference_version",
    "value",
    "reason",
    "ties",
    "n",
    "population",
    "coverage",
    "excluded",
    "no_estimate",
)


def _nothing(slot: Document) -> Document:
    """For a slot that never closed, or is answered in a moment: null, and the reason."""
    told = f": {slot['reason']}" if slot.get("reason") else ""
    reason = f"the slot is {slot['state']}{told}" if slot["closed_at"] is None else "it is not computed yet"
    empty = dict.fromkeys(_COPIED)
    return {
        **empty,
        "reason": reason,
        "ties": {},
        "n": 0,
        "population": 0,
        "excluded": {},
        "estimates": [],
        "no_estimate": "there is no value",
    }
