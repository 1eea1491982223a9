"""Frozen values that cross the borders between apps: one aircraft movement as one answer described it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

# Bounds keep a forged message from breaking the order of records or the store's 64-bit numbers.
Count = Annotated[int, Meta(ge=0, lt=1_000_000_000)]
Minutes = Annotated[int, Meta(gt=-1_000_000_000, lt=1_000_000_000)]
Version = Annotated[int, Meta(ge=0, lt=10_000)]
RowNumber = Annotated[int, Meta(ge=0, lt=1_000_000)]

# How the pages of a slot, or of one of its queries, were chosen.
SAMPLING_ALL = "all pages announced"
SAMPLING_FIRST = "first pages"
SAMPLING_SYSTEMATIC = "systematic sample of pages"
SAMPLING_RECONSTRUCTED = "reconstructed from past days"


class FlightStatus(StrEnum):
    """The upstream's statuses; anything else it may send is kept as text and counted as `unknown`."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    LANDED = "landed"
    CANCELLED = "cancelled"
    INCIDENT = "incident"
    DIVERTED = "diverted"
    REDIRECTED = "redirected"
    UNKNOWN = "unknown"


class TimeQuality(StrEnum):
    """How sure the UTC instant of a local clock time is."""

    OK = "ok"
    AMBIGUOUS = "ambiguous"  # the clock showed it twice (end of summer time): the first one is taken
    NONEXISTENT = "nonexistent"  # the clock skipped it: read as if it had not
    ZONE_UNKNOWN = "zone-unknown"  # no usable zone for the airport: no instant
    INVALID = "invalid"  # not a time at all: the text is kept, no instant


class SlotState(StrEnum):
    """What became of a planned slot; silence is never read as success."""

    COLLECTING = "collecting"
    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"
    FAILED = "failed"
    MISSED = "missed"
    BACKFILLED = "backfilled"


CLOSED_STATES = (SlotState.COMPLETE, SlotState.PARTIAL, SlotState.EMPTY, SlotState.BACKFILLED)


class Moment(Struct, frozen=True, kw_only=True):
    """A clock time at an airport: `local` as received (its `+00:00` is not true), `utc` the instant."""

    local: str
    utc: datetime | None
    quality: TimeQuality


class FlightEnd(Struct, frozen=True, kw_only=True):
    """Departure or arrival: the airport by IATA and ICAO code, its IANA zone, and five clock times."""

    iata: str | None
    icao: str | None
    airport: str | None
    zone: str | None
    terminal: str | None = None
    gate: str | None = None
    baggage: str | None = None
    scheduled: Moment | None = None
    estimated: Moment | None = None
    actual: Moment | None = None
    estimated_runway: Moment | None = None
    actual_runway: Moment | None = None


class Operating(Struct, frozen=True, kw_only=True):
    """The operating carrier and its own flight number (`AF7641`, `AFR7641`)."""

    airline_iata: str | None
    airline_icao: str | None
    airline_name: str | None
    number: str | None
    flight_iata: str | None
    flight_icao: str | None


class Aircraft(Struct, frozen=True, kw_only=True):
    """The airframe as told: registration, type by IATA or ICAO code, 24-bit address."""

    registration: str | None = None
    iata: str | None = None
    icao: str | None = None
    icao24: str | None = None


class LivePosition(Struct, frozen=True, kw_only=True):
    """Last known position: degrees, metres, km/h; `updated` is true UTC."""

    updated: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    direction_deg: float | None = None
    speed_horizontal_kmh: float | None = None
    speed_vertical_kmh: float | None = None
    is_ground: bool | None = None


class FlightRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One aircraft movement as known from one row or from several merged (flights/merge.py).

    `marketed_as` and `carriers` are sorted sets of codes. The fields from `collected_at` to `digest` make
    the total order by which the latest record wins; `digest` is the hash of what the row said.
    `replay` counts how often the slot's pages had been read anew when this was made: what a later replay made of
    them takes the place of what an earlier one did.
    `status_inferred`: worked out from the times for a reconstructed slot, `status_text` is then what was told.
    """

    flight_id: str
    slot: str
    run: str
    flight_date: str
    status: FlightStatus
    status_text: str | None
    operating: Operating
    departure: FlightEnd
    arrival: FlightEnd
    aircraft: Aircraft | None
    live: LivePosition | None
    departure_delay_min: Minutes | None
    arrival_delay_min: Minutes | None
    marketed_as: tuple[str, ...]
    carriers: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    collected_at: datetime
    transform: Version
    replay: Version = 0
    operating_row: bool
    observed_at: datetime
    page: str
    row: RowNumber
    digest: str
    status_inferred: bool = False


class QuerySummary(Struct, frozen=True, kw_only=True):
    """One query of a slot: what was asked, how its pages were chosen, and what came of it.

    `start` places a systematic sample: a part in 1,000,000 of the way between two drawn pages; null: first pages.
    """

    params: dict[str, str]
    share: float
    start: Count | None
    sampling: str
    pages_announced: Count | None
    pages_planned: Count
    pages_fetched: Count
    rows_announced: Count | None
    rows_received: Count


class SourceDay(Struct, frozen=True, kw_only=True):
    """One local departure date that a reconstructed slot needs; `run` is null where it was not fetched in time."""

    date: str
    run: str | None
    pages_fetched: Count = 0
    pages_announced: Count | None = None


class Reconstruction(Struct, frozen=True, kw_only=True):
    """How a slot that nothing was collected for was worked out from past days, and how far that can be trusted.

    `at` is the instant that it shows, `instead_of` what became of its own collection. Flights by what kept them out or
    makes them doubtful: `unplaced` may have been in the air, `without_arrival` are taken to be still in the air,
    `diverted` were in the air but are not `active`.
    """

    method: str
    told: str
    at: datetime
    instead_of: str
    days: tuple[SourceDay, ...]
    unplaced: Count
    without_arrival: Count
    diverted: Count
    caveats: tuple[str, ...]


class SlotSummary(Struct, frozen=True, kw_only=True):
    """What a run says of its slot when it has published everything: carried by the end-of-slot markers.

    rows_received = published + rows_merged + rows_rejected; published = stored + repeated + refused.
    `shortfall` says in words why the slot is not whole; None when every page asked for was fetched.
    `queries` are in the order of the plan; runs of earlier versions did not tell them.
    `revision` counts how often the run's pages were published anew (redriven, replayed) after it had ended;
    `replay` how often all of them were read anew.
    `reconstruction` is there where the slot was not collected but worked out; its rows are then the records chosen.
    """

    slot: str
    run: str
    collected_at: datetime
    requests: Count
    pages_planned: Count
    pages_fetched: Count
    rows_announced: Count | None
    rows_received: Count
    rows_merged: Count
    rows_rejected: Count
    published: Count
    repeated: Count
    sampling: str
    backfill: bool = False
    shortfall: str | None = None
    revision: Count = 0
    replay: Version = 0
    queries: tuple[QuerySummary, ...] = ()
    reconstruction: Reconstruction | None = None
