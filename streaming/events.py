"""Records as messages and back: JSON in CloudEvents 1.0 binary mode (docs/events.md). Pure."""

import re
from datetime import UTC, date, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from flights.errors import BadSlot
from flights.merge import order_of
from flights.records import Count, FlightEnd, FlightRecord, SlotSummary
from flights.slots import parse_slot
from streaming.errors import RefusedMessage

OBSERVED = "flightsite.flight.observed.v1"
ENDED = "flightsite.slot.ended.v1"
SPEC_VERSION = "1.0"
JSON = "application/json"
LARGEST_VALUE = 256 * 1024
_FLIGHT_ID = re.compile(r"\d{4}-\d{2}-\d{2}T\d{4}-[A-Z0-9]{3,4}-[A-Z0-9]{3,4}-[A-Z0-9]{1,12}", re.ASCII)
_YEARS = range(1971, 2200)  # what keeps the order of records and fits a date of MongoDB in any zone

Headers = list[tuple[str, str | bytes | None]]
_T = TypeVar("_T")


class Message(Struct, frozen=True):
    """What goes to Kafka: key, value and headers; `partition` only where it must be that one."""

    key: bytes
    value: bytes
    headers: Headers
    partition: int | None = None


class SlotEnded(Struct, frozen=True, kw_only=True):
    """After this message no more of the slot's records follow in this partition."""

    partition: Count
    partitions: Count
    summary: SlotSummary


Event = FlightRecord | SlotEnded

_observed = msgspec.json.Decoder(FlightRecord)
_ended = msgspec.json.Decoder(SlotEnded)


def observed_message(record: FlightRecord) -> Message:
    """The message of one observation; its key is the flight id, so a flight's messages keep their order."""
    place = order_of(record).rsplit(".", 1)[0]
    return Message(
        key=record.flight_id.encode(),
        value=msgspec.json.encode(record),
        headers=_headers(OBSERVED, f"{record.slot}/{record.flight_id}/{place}", record.run, record.observed_at),
    )


def ended_messages(summary: SlotSummary, partitions: int, now: datetime) -> list[Message]:
    """One end-of-slot marker for each partition; each revision of the slot has its own."""
    return [
        Message(
            key=summary.slot.encode(),
            value=msgspec.json.encode(SlotEnded(partition=number, partitions=partitions, summary=summary)),
            headers=_headers(ENDED, f"{summary.run}/ended/{summary.revision}/{number}", summary.run, now),
            partition=number,
        )
        for number in range(partitions)
    ]


def refused_message(reason: str, text: str, source: str, payload: bytes) -> Message:
    """What goes to the dead-letter topic: the payload as it was, why it was refused and where it stood."""
    told = {"reason": reason, "reason-text": text, "source": source}
    return Message(
        key=source.encode(),
        value=payload[:LARGEST_VALUE],
        headers=[(name, value.encode()) for name, value in told.items()],
    )


def decode(value: bytes | None, headers: Headers | None) -> Event:
    """The event of a message; raises RefusedMessage for anything that is not one of ours, whole and valid."""
    told = {name: _header_text(text) for name, text in headers or []}
    kind = told.get("ce_type")
    if kind is None:
        raise RefusedMessage("no-type", "the message has no ce_type header")
    if told.get("ce_specversion") != SPEC_VERSION:
        raise RefusedMessage("unknown-version", f"ce_specversion {told.get('ce_specversion')!r}")
    if value is None or len(value) > LARGEST_VALUE:
        size = "nothing" if value is None else f"{len(value)} bytes"
        raise RefusedMessage("bad-size", f"{size} where up to {LARGEST_VALUE} bytes are expected")
    if kind == OBSERVED:
        return _checked(_decoded(_observed, value))
    if kind == ENDED:
        return _checked_end(_decoded(_ended, value))
    raise RefusedMessage("unknown-type", f"ce_type {kind[:80]!r}")


def deciding_headers(headers: Headers | None) -> tuple[str, str]:
    """What `decode` looks at beside the value."""
    told = {name: _header_text(text) for name, text in headers or []}
    return repr(told.get("ce_type")), repr(told.get("ce_specversion"))


def _decoded(decoder: msgspec.json.Decoder[_T], value: bytes) -> _T:
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        raise RefusedMessage("wrong-shape", str(error)[:200]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedMessage("not-json", str(error)[:200]) from error


def _checked(record: FlightRecord) -> FlightRecord:
    """Values that the type does not check but that the store relies on."""
    _check_flight(record.flight_id, record.flight_date)
    _check_slot(record.slot)
    _check_instants(
        record.first_seen,
        record.last_seen,
        record.collected_at,
        record.observed_at,
        record.live.updated if record.live else None,
        *_instants(record.departure),
        *_instants(record.arrival),
    )
    return record


def _check_flight(flight_id: str, flight_date: str) -> None:
    if not _FLIGHT_ID.fullmatch(flight_id):
        raise RefusedMessage("bad-flight-id", f"{flight_id[:80]!r}")
    try:
        date.fromisoformat(flight_id[:10])
    except ValueError as error:
        raise RefusedMessage("bad-flight-id", f"{flight_id[:80]!r}: {error}") from error
    if flight_date != flight_id[:10]:
        raise RefusedMessage("bad-flight-id", f"{flight_id[:80]!r} is not of {flight_date[:20]!r}")


def _instants(end: FlightEnd) -> list[datetime | None]:
    times = (end.scheduled, end.estimated, end.actual, end.estimated_runway, end.actual_runway)
    return [told.utc for told in times if told]


def _check_instants(*instants: datetime | None) -> None:
    for instant in instants:
        if instant is not None and (instant.tzinfo is None or instant.year not in _YEARS):
            raise RefusedMessage("wrong-shape", f"not an instant with an offset: {instant.isoformat()}")


def _checked_end(ended: SlotEnded) -> SlotEnded:
    _check_slot(ended.summary.slot)
    _check_instants(ended.summary.collected_at)
    if ended.partition >= ended.partitions:
        raise RefusedMessage("wrong-shape", f"partition {ended.partition} of {ended.partitions}")
    return ended


def _check_slot(text: str) -> None:
    try:
        parse_slot(text)
    except BadSlot as error:
        raise RefusedMessage("bad-slot", str(error)) from error


def _headers(kind: str, identity: str, run: str, instant: datetime) -> Headers:
    told = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": identity,
        "ce_type": kind,
        "ce_source": f"/flightsite/runs/{run}",
        "ce_time": instant.astimezone(UTC).isoformat(timespec="milliseconds"),
        "content-type": JSON,
    }
    return [(name, text.encode()) for name, text in told.items()]


def _header_text(value: bytes | str | None) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value or ""
