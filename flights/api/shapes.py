"""What the API answers: the public shape of flights, slots and what is said about them."""

from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from flights.api.envelope_shapes import AnswerMeta, Basis, Completeness, FlightMeta, ListMeta, Reconstructed
from flights.documents import Document
from flights.records import Aircraft, FlightStatus, LivePosition, Operating, SlotState, TimeQuality
from flights.times import local_clock

_CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")
_S = TypeVar("_S", bound=Struct)


class ClockTime(Struct, frozen=True, kw_only=True):
    """The instant in UTC, the clock time at the airport, and how sure the instant is."""

    utc: datetime | None
    local: Annotated[str, Meta(description="Local clock time at the airport, without an offset.")]
    quality: TimeQuality


class End(Struct, frozen=True, kw_only=True):
    """Departure or arrival: the airport, its IANA zone, and five clock times."""

    iata: str | None
    icao: str | None
    airport: str | None
    zone: str | None
    terminal: str | None
    gate: str | None
    scheduled: ClockTime | None
    estimated: ClockTime | None
    actual: ClockTime | None
    estimated_runway: ClockTime | None
    actual_runway: ClockTime | None
    baggage: str | None


class Flight(Struct, frozen=True, kw_only=True):
    """One aircraft movement; `slot`, `run` and `observed_at` say which collection this state is from."""

    flight_id: str
    slot: str
    flight_date: Annotated[str, Meta(description="Local date of the scheduled departure.")]
    status: FlightStatus
    status_text: Annotated[str | None, Meta(description="The upstream's own word, where `status` is not it.")]
    status_inferred: Annotated[
        bool, Meta(description="Worked out from the times, in a reconstructed slot; `status_text` is what was told.")
    ] = False
    operating: Operating
    marketed_as: list[str]
    departure: End
    arrival: End
    aircraft: Aircraft | None
    live: LivePosition | None
    departure_delay_min: int | None
    arrival_delay_min: int | None
    first_seen: datetime
    last_seen: datetime
    observed_at: datetime
    run: str


class Counts(Struct, frozen=True, kw_only=True):
    """rows_received = published + rows_merged + rows_rejected; published = stored + repeated + unstored."""

    requests: int
    rows_received: int
    rows_merged: int
    rows_rejected: int
    published: int
    repeated: int
    stored: int
    unstored: int


class Slot(Struct, frozen=True, kw_only=True):
    """One planned collection; `hour` is null for a day that was fetched afterwards."""

    slot: str
    date: str
    hour: int | None
    state: SlotState
    reason: str | None
    run: str | None
    opened_at: datetime
    closed_at: datetime | None
    changed_at: datetime | None = None
    collected_at: datetime | None = None
    age_seconds: int | None = None
    counts: Counts | None = None
    completeness: Completeness | None = None
    reconstruction: Reconstructed = None
    backfill: bool
    observations_removed_at: Annotated[
        datetime | None, Meta(description="Since then there is no list, file or evidence of it; null: all is there.")
    ] = None


class FlightAnswer(Struct, frozen=True, kw_only=True):
    data: Flight
    meta: FlightMeta


class FlightList(Struct, frozen=True, kw_only=True):
    data: list[Flight]
    meta: ListMeta
    next: str | None


class SlotAnswer(Struct, frozen=True, kw_only=True):
    data: Slot
    meta: AnswerMeta


class SlotList(Struct, frozen=True, kw_only=True):
    data: list[Slot]
    meta: ListMeta
    next: str | None


class Index(Struct, frozen=True, kw_only=True):
    """Where to go from here."""

    data: dict[str, str]
    meta: AnswerMeta


def flight_of(document: Document) -> Flight:
    return msgspec.convert(with_local_clocks(document), Flight)


def with_local_clocks(document: Document) -> Document:
    """The document, or parts of one, whose clock times have lost the offset that is not true."""
    for end in (document.get("departure") or {}, document.get("arrival") or {}):
        for name in _CLOCKS:
            if (clock := end.get(name)) and "local" in clock:
                clock["local"] = local_clock(clock["local"])
    return document


def slot_of(document: Document, now: datetime) -> Slot:
    return _of_slot(document, now, Slot)


def basis_of(document: Document, now: datetime) -> Basis:
    return _of_slot(document, now, Basis)


def _of_slot(document: Document, now: datetime, shape: type[_S]) -> _S:
    collected: datetime | None = document.get("collected_at")
    age = None if collected is None else int((now - collected).total_seconds())
    return msgspec.convert({**document, "slot": document["_id"], "age_seconds": age}, shape)
