"""Rows as the upstream sends them and records as the transform makes them, with what a test cares about changed."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from flights.records import FlightRecord
from flights.reference.zones import zone_of
from ingestion.transforms import PageSource, transform_page

COLLECTED = datetime(2026, 11, 24, 4, 0, 3, tzinfo=UTC)
OBSERVED = datetime(2026, 11, 24, 4, 0, 9, 500_000, tzinfo=UTC)

ROW: dict[str, Any] = {
    "flight_date": "2026-11-24",
    "flight_status": "active",
    "departure": {
        "airport": "Lyon Saint-Exupéry",
        "timezone": "Europe/Paris",
        "iata": "LYS",
        "icao": "LFLL",
        "terminal": "1",
        "gate": "B12",
        "delay": 7,
        "scheduled": "2026-11-24T06:15:00+00:00",
        "estimated": "2026-11-24T06:15:00+00:00",
        "actual": "2026-11-24T06:21:00+00:00",
        "estimated_runway": "2026-11-24T06:21:00+00:00",
        "actual_runway": "2026-11-24T06:21:00+00:00",
    },
    "arrival": {
        "airport": "Charles De Gaulle",
        "timezone": "Europe/Paris",
        "iata": "CDG",
        "icao": "LFPG",
        "terminal": "2F",
        "gate": None,
        "baggage": None,
        "scheduled": "2026-11-24T07:30:00+00:00",
        "delay": None,
        "estimated": None,
        "actual": None,
        "estimated_runway": None,
        "actual_runway": None,
    },
    "airline": {"name": "Air France", "iata": "AF", "icao": "AFR"},
    "flight": {"number": "7641", "iata": "AF7641", "icao": "AFR7641", "codeshared": None},
    "aircraft": None,
    "live": None,
}
CODESHARE: dict[str, Any] = {
    "airline_name": "air france",
    "airline_iata": "af",
    "airline_icao": "afr",
    "flight_number": "7641",
    "flight_iata": "af7641",
    "flight_icao": "afr7641",
}


def a_row(**changes: Any) -> dict[str, Any]:
    """A row, changed by dotted path with `__` for the dot: `a_row(departure__iata="CDG")`."""
    row = copy.deepcopy(ROW)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = row
        for parent in parents:
            place = place[parent]
        place[last] = value
    return row


def a_marketing_row(airline: str, number: str, **changes: Any) -> dict[str, Any]:
    """The same movement sold under another number."""
    row = a_row(**changes)
    row["airline"] = {"name": airline, "iata": airline, "icao": None}
    row["flight"] = {
        "number": number,
        "iata": f"{airline}{number}",
        "icao": None,
        "codeshared": dict(CODESHARE),
    }
    return row


def a_page(rows: list[Any], *, total: int | None = None, offset: int = 0) -> bytes:
    told = len(rows) if total is None else total
    pagination = {"limit": 100, "offset": offset, "count": len(rows), "total": told}
    return json.dumps({"pagination": pagination, "data": rows}).encode()


def a_source(**changes: Any) -> PageSource:
    source = PageSource(
        slot="2026-11-24T04Z",
        run="2026-11-24T04Z.1",
        page="00.00000",
        collected_at=COLLECTED,
        observed_at=OBSERVED,
    )
    return replace(source, **changes)


def records_from(rows: list[Any], **source: Any) -> list[FlightRecord]:
    return transform_page(a_page(rows), a_source(**source), zone_of).records


def a_record(**changes: Any) -> FlightRecord:
    """The record of the plain row, with fields of the record changed."""
    return replace(records_from([a_row()])[0], **changes)
