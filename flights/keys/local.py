"""The same limits counted in this process alone, for while the shared counters do not answer."""

import threading
import time
from collections import defaultdict, deque

from flights.keys.records import DAY_SECONDS, MINUTE_SECONDS, Limits, Refusal, Standing

_lock = threading.Lock()
_requests: defaultdict[str, deque[float]] = defaultdict(deque)
_rows: dict[str, tuple[int, int]] = {}


def admit(key: str, limits: Limits, *, needs_rows: bool) -> Standing:
    """Count one request if it fits."""
    now = time.time()
    with _lock:
        seen = _requests[key]
        while seen and now - seen[0] >= MINUTE_SECONDS:
            seen.popleft()
        taken = _taken(key, now)
        refused = _refusal(len(seen) >= limits.requests_a_minute, needs_rows and taken >= limits.rows_a_day)
        if refused is None:
            seen.append(now)
        return Standing(
            limits,
            refused,
            requests_left=max(0, limits.requests_a_minute - len(seen)),
            requests_wait=_milliseconds(MINUTE_SECONDS - (now - seen[0])) if seen else 0,
            rows_left=max(0, limits.rows_a_day - taken),
            rows_wait=_until_midnight(now),
            is_local=True,
        )


def take(key: str, limits: Limits, rows: int) -> tuple[Refusal | None, int, int]:
    """Take these rows from the day's budget, all or none: what refused, rows left, milliseconds until midnight."""
    now = time.time()
    with _lock:
        taken = _taken(key, now)
        if taken + rows > limits.rows_a_day:
            return Refusal.ROWS, max(0, limits.rows_a_day - taken), _until_midnight(now)
        _rows[key] = int(now // DAY_SECONDS), taken + rows
        return None, limits.rows_a_day - taken - rows, _until_midnight(now)


def _taken(key: str, now: float) -> int:
    day, rows = _rows.get(key, (0, 0))
    return rows if day == int(now // DAY_SECONDS) else 0


def _refusal(no_requests: bool, no_rows: bool) -> Refusal | None:  # noqa: FBT001 - two answers of one question
    if no_requests:
        return Refusal.REQUESTS
    return Refusal.ROWS if no_rows else None


def _until_midnight(now: float) -> int:
    return _milliseconds(DAY_SECONDS - now % DAY_SECONDS)


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
