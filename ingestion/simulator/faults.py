"""Misbehaviour: which request is hit by what, and what it then gets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ingestion.simulator.draws import share
from ingestion.simulator.wire import (
    Answer,
    Delivery,
    answer,
    error_body,
    load_balancer_refusal,
    refusal,
)

_PHP = (
    "Argument 1 passed to App\\Legacy\\SharedFunctions::mysql_fetch_array must be an instance of "
    "PDOStatement, bool given, called in /var/www/app/Legacy/SharedFunctions.php on line 81"
)
_HTML = (
    b'<!DOCTYPE html>\n<html lang="en-US">\n<head><title>api.aviationstack.com | 502: Bad gateway'
    b'</title></head>\n<body><div id="cf-wrapper"><h1>Bad gateway <span>Error code 502</span></h1>'
    b"<p>Cloudflare</p></div></body>\n</html>\n"
)
_HTML_TYPE = {"Content-Type": "text/html; charset=UTF-8"}
_DUPLICATED, _ODD_ROWS = 5, 8

_NO_RECORD = {
    "pagination": {"limit": None, "offset": None, "count": 0, "total": 0},
    "data": {"error": "No Record Found", "success": False},
}

# Instead of an answer; True where the call is charged and so has the quota headers.
REFUSALS: dict[str, tuple[Callable[[], Answer], bool]] = {
    "401": (lambda: refusal(401, "invalid_access_key"), False),
    "401-loadbalancer": (load_balancer_refusal, False),
    "403": (lambda: refusal(403, "function_access_restricted"), True),
    "429-rate": (lambda: refusal(429, "rate_limit_reached"), False),
    "429-quota": (lambda: refusal(429, "usage_limit_reached"), False),
    "500": (lambda: refusal(500, "internal_error"), False),
    "php-error-as-code": (lambda: refusal(500, _PHP, _PHP), False),
    "error-200": (lambda: answer(200, error_body("internal_error")), True),
    "html": (lambda: Answer(502, _HTML, dict(_HTML_TYPE)), False),
    "html-200": (lambda: Answer(200, _HTML, dict(_HTML_TYPE)), False),
    "empty-body": (lambda: Answer(200, b"", {"Content-Type": "application/json"}), True),
    "data-object": (lambda: answer(200, _NO_RECORD), True),
    "hang": (lambda: Answer(200, delivery=Delivery.HANG), False),
    "reset": (lambda: Answer(200, delivery=Delivery.RESET), False),
}
# Done to a page that was found; the others in _WIRE are done to its bytes.
_WIRE = frozenset({"truncated", "truncated-json", "slow"})
_PAGES = frozenset({"empty", "duplicate-rows", "wrong-shape-row", "odd-rows", "pagination-null", "pagination-lies"})
NAMES = frozenset(REFUSALS) | _WIRE | _PAGES


class UnknownFault(ValueError):
    """No fault has this name."""


@dataclass(slots=True)
class AtOffset:
    fault: str
    count: int | None = None  # None: until it is taken away


class Faults:
    """Queue first, then the offset asked for, then a share of all requests."""

    def __init__(self, seed: int, shares: Mapping[str, float]) -> None:
        self._seed = seed
        self.shares: dict[str, float] = {}
        self.queue: deque[str] = deque()
        self.at_offset: dict[str, AtOffset] = {}
        self.set_shares(shares)

    def set_shares(self, shares: Mapping[str, float]) -> None:
        known_names(shares)
        self.shares = {name: float(part) for name, part in shares.items()}

    def set_queue(self, names: Iterable[str]) -> None:
        self.queue = deque(known_names(list(names)))

    def set_at_offset(self, wanted: Mapping[str, Any]) -> None:
        """Each value a name, or {"fault": name, "count": times}."""
        planned = {
            str(int(offset)): AtOffset(value)
            if isinstance(value, str)
            else AtOffset(str(value["fault"]), value.get("count"))
            for offset, value in wanted.items()
        }
        known_names([at.fault for at in planned.values()])
        self.at_offset = planned

    def pick(self, request: int, offset: str) -> str | None:
        if self.queue:
            return self.queue.popleft()
        at = self.at_offset.get(offset)
        if at is not None:
            if at.count is not None:
                at.count -= 1
                if at.count <= 0:
                    del self.at_offset[offset]
            return at.fault
        drawn = share("fault", self._seed, request)
        for name, part in self.shares.items():
            if drawn < part:
                return name
            drawn -= part
        return None


def known_names(names: Iterable[str]) -> list[str]:
    checked = list(names)
    unknown = sorted(set(checked) - NAMES)
    if unknown:
        raise UnknownFault(f"no such fault: {', '.join(unknown)}; there are {', '.join(sorted(NAMES))}")
    return checked


def twist_page(fault: str, page: dict[str, Any], *, odd_string: int) -> dict[str, Any]:
    """The page as this fault leaves it; rows of the original are not touched."""
    rows, pagination = list(page["data"]), dict(page["pagination"])
    if fault == "empty":
        rows, pagination = [], {**pagination, "count": 0, "total": 0}
    elif fault == "duplicate-rows":
        rows = rows[: -_DUPLICATED or None] + rows[:_DUPLICATED]
    elif fault == "wrong-shape-row":
        rows = _wrong_shapes(rows)
    elif fault == "odd-rows":
        rows = _odd_rows(rows, odd_string)
    elif fault == "pagination-null":
        pagination = dict.fromkeys(pagination)
    elif fault == "pagination-lies":
        lies = {"count": len(rows) + 7, "total": 3, "offset": 0}
        pagination = {**pagination, **lies}
    return {"pagination": pagination, "data": rows}


def twist_bytes(fault: str, given: Answer, *, slow_seconds: float) -> Answer:
    if fault == "truncated":
        given.delivery = Delivery.TRUNCATED
    elif fault == "truncated-json":
        given.body = given.body[: len(given.body) * 2 // 3]
    elif fault == "slow":
        given.wait_seconds = slow_seconds
    return given


def _wrong_shapes(rows: list[Any]) -> list[Any]:
    """Three rows that are no objects and one without its departure."""
    lost = {k: v for k, v in rows[0].items() if k != "departure"} if rows else {}
    return [["a", "list"], *rows[: len(rows) // 2], "a string", 42, lost, *rows[len(rows) // 2 :]]


def _odd_rows(rows: list[Any], odd_string: int) -> list[Any]:
    twists: tuple[Callable[[dict[str, Any]], None], ...] = (
        lambda row: row["airline"].update(name="A" * odd_string),
        lambda row: row.update(flight_date="2026-02-30"),
        lambda row: row["departure"].update(scheduled="2026-13-45T99:99:00+00:00"),
        lambda row: row["arrival"].update(delay="12", gate=7, terminal=["1"]),
        lambda row: row.update(flight_status="teleported"),
        lambda row: row["departure"].update(airport="Bell\u0007 \u0000null\u001b[31m"),
        lambda row: row.update(live="yes", aircraft=[]),
        lambda row: row["departure"].update(iata=None, delay=-(10**30)),
    )
    twisted = deepcopy(rows)
    for number, row in enumerate(twisted[:: max(1, len(twisted) // _ODD_ROWS)]):
        if isinstance(row.get("departure"), dict):
            twists[number % len(twists)](row)
    return twisted
