"""From an archived page to flight records and rejected rows: pure, free to repeat, no clock."""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from flights.errors import InvalidTime, NoIdentity
from flights.identity import flight_id, operating_code
from flights.merge import merge_all
from flights.records import (
    Aircraft,
    FlightEnd,
    FlightRecord,
    FlightStatus,
    LivePosition,
    Moment,
    Operating,
)
from flights.times import clock_time, delay_minutes, known_zone, moment
from ingestion import fields
from ingestion.errors import InvalidRow
from ingestion.rows import (
    UpstreamAircraft,
    UpstreamEnd,
    UpstreamLive,
    UpstreamRow,
    read_envelope,
)

TRANSFORM_VERSION = 1
LARGEST_PAYLOAD = 4_096
_AIRPORT = re.compile(r"[A-Z0-9]{3,4}")

ZoneOf = Callable[[str | None, str | None], str | None]


class PageSource(Struct, frozen=True, kw_only=True):
    """Where a page comes from: it becomes part of every record made of it."""

    slot: str
    run: str
    page: str
    collected_at: datetime
    observed_at: datetime
    replay: int = 0


class RejectedRow(Struct, frozen=True, kw_only=True):
    """A row that could not be used: its place on the page, why, its text (cut to 4 KiB), its size and hash."""

    row: int
    reason: str
    text: str
    payload: str
    size: int
    digest: str


class TransformedPage(Struct, frozen=True, kw_only=True):
    """rows_received = len(records) + rows_merged + len(rejected)."""

    rows_received: int
    rows_merged: int
    records: list[FlightRecord]
    rejected: list[RejectedRow]


def transform_page(body: bytes, source: PageSource, zone_of: ZoneOf) -> TransformedPage:
    """Records and rejects of one page; raises UnusableAnswer when the body is no page of flights."""
    return transform_rows(read_envelope(body).rows, source, zone_of)


def transform_rows(rows: Sequence[Raw], source: PageSource, zone_of: ZoneOf) -> TransformedPage:
    """Records (one a movement: codeshare and duplicate rows folded in) and rejects of the rows of one page.

    `zone_of(iata, icao)` is the reference table's zone for an airport whose row names none that exists.
    """
    parsed: list[FlightRecord] = []
    rejected: list[RejectedRow] = []
    for index, raw in enumerate(rows):
        try:
            parsed.append(parse_row(raw, index, source, zone_of))
        except InvalidRow as error:
            rejected.append(_rejected(raw, index, error))
    records = list(merge_all(parsed).values())
    return TransformedPage(
        rows_received=len(rows),
        rows_merged=len(parsed) - len(records),
        records=records,
        rejected=rejected,
    )


def _rejected(raw: Raw, index: int, error: InvalidRow) -> RejectedRow:
    row = bytes(raw)
    return RejectedRow(
        row=index,
        reason=error.reason,
        text=error.text,
        payload=row[:LARGEST_PAYLOAD].decode(errors="replace"),
        size=len(row),
        digest=digest_of(row),
    )


def digest_of(row: bytes) -> str:
    """A name for what a row says, wherever it stands."""
    return hashlib.blake2b(row, digest_size=16).hexdigest()


def parse_row(raw: Raw, index: int, source: PageSource, zone_of: ZoneOf) -> FlightRecord:
    """The record of one row; raises InvalidRow with the reason class and what was wrong."""
    row = _decode(raw)
    departure, arrival = _end(row.departure, zone_of), _end(row.arrival, zone_of)
    operating = _operating(row)
    status, status_text = _status(row.flight_status)
    departs = _departure_clock(row.departure.scheduled)
    return FlightRecord(
        flight_id=_flight_id(departs, departure, arrival, operating),
        slot=source.slot,
        run=source.run,
        flight_date=f"{departs:%Y-%m-%d}",
        status=status,
        status_text=status_text,
        operating=operating,
        departure=departure,
        arrival=arrival,
        aircraft=_aircraft(row.aircraft),
        live=_live(row.live),
        departure_delay_min=delay_minutes(departure.scheduled, departure.actual),
        arrival_delay_min=delay_minutes(arrival.scheduled, arrival.actual),
        marketed_as=_marketed_as(row),
        carriers=_carriers(row, operating),
        first_seen=source.observed_at,
        last_seen=source.observed_at,
        collected_at=source.collected_at,
        transform=TRANSFORM_VERSION,
        replay=source.replay,
        operating_row=row.flight.codeshared is None,
        observed_at=source.observed_at,
        page=source.page,
        row=index,
        digest=hashlib.blake2b(bytes(raw), digest_size=8).hexdigest(),
    )


def _decode(raw: Raw) -> UpstreamRow:
    try:
        return msgspec.json.decode(raw, type=UpstreamRow)
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        raise InvalidRow("wrong-type", str(error)[:200]) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRow("not-json", str(error)[:200]) from error


def _departure_clock(scheduled: str | None) -> datetime:
    if scheduled is None:
        raise InvalidRow("no-departure-time", "departure.scheduled is null")
    try:
        return clock_time(scheduled)
    except InvalidTime as error:
        raise InvalidRow("bad-departure-time", str(error)) from error


def _flight_id(departs: datetime, departure: FlightEnd, arrival: FlightEnd, operating: Operating) -> str:
    origin, destination = (_airport(departure, "departure"), _airport(arrival, "arrival"))
    try:
        return flight_id(departs, origin, destination, operating_code(operating))
    except NoIdentity as error:
        raise InvalidRow("no-flight-code", str(error)) from error


def _airport(end: FlightEnd, side: str) -> str:
    code = end.iata or end.icao
    if code is None:
        raise InvalidRow("no-airport", f"{side} has neither an IATA nor an ICAO code")
    if not _AIRPORT.fullmatch(code):
        raise InvalidRow("bad-airport-code", f"{side}: {code[:20]!r}")
    return code


def _end(told: UpstreamEnd, zone_of: ZoneOf) -> FlightEnd:
    iata, icao = fields.code(told.iata), fields.code(told.icao)
    named = fields.text(told.timezone)
    zone = named if known_zone(named) else zone_of(iata, icao)
    return FlightEnd(
        iata=iata,
        icao=icao,
        airport=fields.text(told.airport),
        zone=zone,
        terminal=fields.text(told.terminal),
        gate=fields.text(told.gate),
        baggage=fields.text(told.baggage),
        scheduled=_moment(told.scheduled, zone),
        estimated=_moment(told.estimated, zone),
        actual=_moment(told.actual, zone),
        estimated_runway=_moment(told.estimated_runway, zone),
        actual_runway=_moment(told.actual_runway, zone),
    )


def _moment(told: str | None, zone: str | None) -> Moment | None:
    return moment(fields.text(told), zone)


def _operating(row: UpstreamRow) -> Operating:
    """The flight that flies: the one a marketing row names, else the row's own."""
    shared = row.flight.codeshared
    if shared is not None:
        return Operating(
            airline_iata=fields.code(shared.airline_iata),
            airline_icao=fields.code(shared.airline_icao),
            airline_name=fields.name(shared.airline_name),
            number=fields.code(shared.flight_number),
            flight_iata=fields.code(shared.flight_iata),
            flight_icao=fields.code(shared.flight_icao),
        )
    airline = row.airline
    return Operating(
        airline_iata=fields.code(airline.iata) if airline else None,
        airline_icao=fields.code(airline.icao) if airline else None,
        airline_name=fields.name(airline.name) if airline else None,
        number=fields.code(row.flight.number),
        flight_iata=fields.code(row.flight.iata),
        flight_icao=fields.code(row.flight.icao),
    )


def _marketed_as(row: UpstreamRow) -> tuple[str, ...]:
    if row.flight.codeshared is None:
        return ()
    code = fields.code(row.flight.iata) or fields.code(row.flight.icao) or fields.code(row.flight.number)
    return (code,) if code else ()


def _carriers(row: UpstreamRow, operating: Operating) -> tuple[str, ...]:
    """Every carrier code that the movement is sold or flown under, IATA and ICAO."""
    told = row.airline
    marketing = (fields.code(told.iata), fields.code(told.icao)) if told else ()
    codes = {operating.airline_iata, operating.airline_icao, *marketing}
    return tuple(sorted(code for code in codes if code))


def _status(told: str | None) -> tuple[FlightStatus, str | None]:
    """The status, and the upstream's own word where it is not one of ours."""
    text = fields.text(told)
    try:
        return FlightStatus(text or ""), None
    except ValueError:
        return FlightStatus.UNKNOWN, text


def _aircraft(told: UpstreamAircraft | None) -> Aircraft | None:
    if told is None:
        return None
    aircraft = Aircraft(
        registration=fields.code(told.registration),
        iata=fields.code(told.iata),
        icao=fields.code(told.icao),
        icao24=fields.code(told.icao24),
    )
    return None if aircraft == Aircraft() else aircraft


def _live(told: UpstreamLive | None) -> LivePosition | None:
    if told is None:
        return None
    position = LivePosition(
        latitude=fields.within(told.latitude, 90),
        longitude=fields.within(told.longitude, 180),
        altitude_m=fields.finite(told.altitude),
        direction_deg=fields.finite(told.direction),
        speed_horizontal_kmh=fields.finite(told.speed_horizontal),
        speed_vertical_kmh=fields.finite(told.speed_vertical),
        is_ground=told.is_ground,
    )
    return replace(position, updated=fields.true_utc(fields.text(told.updated)))
