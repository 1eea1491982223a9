"""Recorded answers served instead of the made-up world."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.simulator.flights import STATUSES, accepted
from ingestion.simulator.reference import ENDPOINTS

Row = dict[str, Any]
_FIELDS = {
    "flight_date": ("flight_date",),
    "dep_iata": ("departure", "iata"),
    "dep_icao": ("departure", "icao"),
    "arr_iata": ("arrival", "iata"),
    "arr_icao": ("arrival", "icao"),
    "airline_name": ("airline", "name"),
    "airline_iata": ("airline", "iata"),
    "airline_icao": ("airline", "icao"),
    "flight_number": ("flight", "number"),
    "flight_iata": ("flight", "iata"),
    "flight_icao": ("flight", "icao"),
}


class UnusableRecording(Exception):
    """A file that holds no recorded answer; the message names it."""


class Recording:
    """Rows exactly as recorded, in file-name order; those of a file of many endpoints last."""

    def __init__(self, folder: Path) -> None:
        self.flights: list[Row] = []
        self._reference: dict[str, list[Row]] = {}
        appended: list[Row] = []
        paths = sorted(folder.glob("*.json"))
        if not paths:
            raise UnusableRecording(f"{folder}: no *.json file there")
        for path in paths:
            content = _content(path)
            if _is_envelope(content):
                self.flights += content["data"]
                continue
            for endpoint, rows in _endpoints(path, content):
                if endpoint == "flights":
                    appended += rows
                else:
                    self._reference.setdefault(endpoint, []).extend(rows)
        self.flights += appended

    def reference_rows(self, endpoint: str) -> list[Row]:
        return self._reference.get(endpoint, [])

    def find(self, params: Mapping[str, str], now: datetime) -> "RecordedFound":  # noqa: ARG002  what is recorded does not move
        checks = [(_FIELDS[k], accepted(k, v)) for k, v in params.items() if k in _FIELDS]
        status = params.get("flight_status")
        if status in STATUSES:
            checks.append((("flight_status",), frozenset({status})))
        return RecordedFound([r for r in self.flights if all(_fits(r, *c) for c in checks)])


class RecordedFound:
    def __init__(self, rows: list[Row]) -> None:
        self.total = len(rows)
        self._rows = rows

    def rows(self, positions: Iterable[int]) -> list[Row]:
        return [self._rows[p] for p in positions]


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnusableRecording(f"{path.name}: not readable as JSON: {error}") from error
    if not isinstance(content, dict):
        raise UnusableRecording(f"{path.name}: not a JSON object")
    return content


def _is_envelope(content: object) -> bool:
    if not isinstance(content, dict) or not isinstance(content.get("pagination"), dict):
        return False
    rows = content.get("data")
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _endpoints(path: Path, content: dict[str, Any]) -> Iterator[tuple[str, list[Row]]]:
    found = [name for name in ("flights", *sorted(ENDPOINTS)) if _is_envelope(content.get(name))]
    if not found:
        raise UnusableRecording(f"{path.name}: neither an answer with pagination and data nor a set of endpoints")
    for name in found:
        yield name, content[name]["data"]


def _fits(row: Row, path: tuple[str, ...], values: frozenset[str]) -> bool:
    value: Any = row
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return isinstance(value, str) and value.lower() in values
