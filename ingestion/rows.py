"""The upstream's answer as it is typed on the wire; odd rows fail one by one, with the path of the fault."""

import re
from typing import Any

import msgspec
from msgspec import Raw, Struct

from ingestion.errors import UnusableAnswer

Text = str | int | None
TOTALS = range(1_000_000_000)  # what an end-of-slot marker can carry
LARGEST_MENDED = 4 * 1024 * 1024  # thirty times the largest page seen; reading brackets one by one is slow
# A string is one token even where it never ends: no part of a body is read twice.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{\]},]', re.DOTALL)
_DEPTH = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_LIST_BEGINS = re.compile(rb"\s*:\s*\[")


class UpstreamEnd(Struct):
    airport: str | None = None
    timezone: str | None = None
    iata: str | None = None
    icao: str | None = None
    terminal: Text = None
    gate: Text = None
    baggage: Text = None
    scheduled: str | None = None
    estimated: str | None = None
    actual: str | None = None
    estimated_runway: str | None = None
    actual_runway: str | None = None


class UpstreamAirline(Struct):
    name: str | None = None
    iata: str | None = None
    icao: str | None = None


class UpstreamCodeshare(Struct):
    """The operating flight that a marketing row names, all in lower case."""

    airline_name: str | None = None
    airline_iata: str | None = None
    airline_icao: str | None = None
    flight_number: Text = None
    flight_iata: str | None = None
    flight_icao: str | None = None


class UpstreamFlight(Struct):
    number: Text = None
    iata: str | None = None
    icao: str | None = None
    codeshared: UpstreamCodeshare | None = None


class UpstreamAircraft(Struct):
    registration: str | None = None
    iata: str | None = None
    icao: str | None = None
    icao24: str | None = None


class UpstreamLive(Struct):
    updated: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    direction: float | None = None
    speed_horizontal: float | None = None
    speed_vertical: float | None = None
    is_ground: bool | None = None


class UpstreamRow(Struct):
    """One item of `/flights`: one row for each marketing flight number."""

    departure: UpstreamEnd
    arrival: UpstreamEnd
    flight: UpstreamFlight
    airline: UpstreamAirline | None = None
    flight_date: str | None = None
    flight_status: str | None = None
    aircraft: UpstreamAircraft | None = None
    live: UpstreamLive | None = None


class Envelope(Struct):
    """One answer: its rows still undecoded; `total` is what the upstream announces, when it says so usably."""

    rows: list[Raw]
    total: int | None


class _Answer(Struct):
    data: Raw = Raw(b"null")
    pagination: Raw = Raw(b"null")
    error: Raw = Raw(b"null")


def read_envelope(body: bytes) -> Envelope:
    """The rows and the announced total of a page; raises UnusableAnswer when the body is no page of flights.

    A row that is no JSON (NaN, half of a surrogate pair) stays that row's fault: it comes out as it is.
    The pagination is believed only where it holds a plausible count: it has been seen null and wrong.
    """
    try:
        return _envelope(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fault = UnusableAnswer(f"the body is no JSON object: {str(error)[:120]}")
        if (apart := _rows_apart(body)) is None:
            raise fault from error
    shell, rows = apart
    try:
        return Envelope(rows=rows, total=_envelope(shell).total)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise fault from error


def _envelope(body: bytes) -> Envelope:
    answer = msgspec.json.decode(body, type=_Answer)
    if bytes(answer.error) != b"null":
        raise UnusableAnswer("HTTP 200 with an error in the body")
    try:
        rows = msgspec.json.decode(answer.data, type=list[Raw])
    except msgspec.ValidationError as error:
        raise UnusableAnswer("`data` is no list of rows") from error
    return Envelope(rows=[Raw(bytes(row)) for row in rows], total=_total(answer.pagination))


def _rows_apart(body: bytes) -> tuple[bytes, list[Raw]] | None:
    """The body with its `data` emptied, and what stood there: cut by brackets and commas alone; None where none is."""
    start = _list_start(body) if len(body) <= LARGEST_MENDED else None
    if start is None:
        return None
    depth, begin, rows = 1, start, []
    for token in _TOKEN.finditer(body, start):
        depth += _DEPTH.get(token[0], 0)
        if depth == 0 or (depth == 1 and token[0] == b","):
            rows.append(Raw(body[begin : token.start()].strip()))
            begin = token.end()
        if depth == 0:
            return body[:start] + body[token.start() :], rows
    return None


def _list_start(body: bytes) -> int | None:
    """Where the list of the outermost `data` begins."""
    depth = 0
    for token in _TOKEN.finditer(body):
        depth += _DEPTH.get(token[0], 0)
        if depth == 1 and token[0] == b'"data"' and (begins := _LIST_BEGINS.match(body, token.end())):
            return begins.end()
    return None


def _total(pagination: Raw) -> int | None:
    try:
        told: Any = msgspec.json.decode(pagination)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    total = told.get("total") if isinstance(told, dict) else None
    return total if type(total) is int and total in TOTALS else None
