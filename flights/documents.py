"""Records as documents and back: what MongoDB holds. Pure; plain JSON types and UTC dates only."""

from datetime import datetime
from typing import Any

import msgspec

from flights.merge import etag_of, order_of
from flights.records import Aircraft, FlightRecord

Document = dict[str, Any]

OBSERVATION_SEPARATOR = "|"
ENDS_BEFORE = "\x7f"  # sorts after every character of an id


def flight_document(record: FlightRecord) -> Document:
    """The document of `flights`: `_id` is the flight id, `numbers` every number it is sold under."""
    document = _document(record)
    document["_id"] = record.flight_id
    return document


def observation_document(record: FlightRecord) -> Document:
    """The document of `observations`: `_id` is slot and flight id, so that a slot is one range of `_id`."""
    document = _document(record)
    document["_id"] = observation_id(record)
    return document


def observation_id(record: FlightRecord) -> str:
    return f"{record.slot}{OBSERVATION_SEPARATOR}{record.flight_id}"


def slot_bounds(slot: str) -> tuple[str, str]:
    """The range of `_id` that a slot's observations fill."""
    start = f"{slot}{OBSERVATION_SEPARATOR}"
    return start, f"{start}{ENDS_BEFORE}"


def record_of(document: Document) -> FlightRecord:
    """The record that a document of either collection holds (dates as aware UTC)."""
    return msgspec.convert(document, FlightRecord, strict=False)


def codes_of(record: FlightRecord) -> dict[str, list[str]]:
    """Every code under which the movement can be asked for, by kind: one condition and one index for each question."""
    operating = _set(record.operating.airline_iata, record.operating.airline_icao)
    departures = _set(record.departure.iata, record.departure.icao)
    arrivals = _set(record.arrival.iata, record.arrival.icao)
    told = record.aircraft or Aircraft()
    return {
        "operating_airlines": operating,
        "marketing_airlines": sorted({*record.carriers} - {*operating}),
        "departures": departures,
        "arrivals": arrivals,
        "airports": sorted({*departures, *arrivals}),
        "aircraft": _set(told.registration, told.iata, told.icao, told.icao24),
    }


def _set(*codes: str | None) -> list[str]:
    return sorted({code for code in codes if code})


def _document(record: FlightRecord) -> Document:
    document: Document = msgspec.to_builtins(record, builtin_types=(datetime,))
    own = (record.operating.flight_iata, record.operating.flight_icao)
    document["numbers"] = sorted({*record.marketed_as, *(code for code in own if code)})
    document["codes"] = codes_of(record)
    document["order"] = order_of(record)
    document["etag"] = etag_of(record)
    return document
