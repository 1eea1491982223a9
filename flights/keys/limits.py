"""Whether a key may ask once more, and have so many rows: by counters that all processes share, else by this one's.

Exact while Redis answers: never more requests in any 60 seconds, never more rows in a UTC day. While it does not,
each process allows a tenth of both by itself: never an open door, and reading goes on.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from redis.exceptions import RedisError
from structlog import get_logger

from flights.keys import counters, local, metrics
from flights.keys.records import Caller, Limits, Standing

ASK_AGAIN_SECONDS = 2.0  # while the shared counters are down, only one request in so long waits for them

logger = get_logger(__name__)
_T = TypeVar("_T")
_down_until = 0.0


def admit(caller: Caller, *, needs_rows: bool) -> Standing:
    """Count one request; `needs_rows`: refuse it also when no row is left of the day's budget."""
    if (standing := _shared(lambda: counters.admit(caller.prefix, caller.limits, needs_rows=needs_rows))) is None:
        standing = local.admit(caller.prefix, caller.limits.of_one_process(), needs_rows=needs_rows)
        metrics.LOCAL.inc()
    return _counted(standing)


def take(caller: Caller, rows: int, standing: Standing) -> Standing:
    """Take rows from the day's budget, all or none; the new standing, refused when they do not fit."""
    limits: Limits = caller.limits
    taken, is_local = _shared(lambda: counters.take(caller.prefix, limits, rows)), False
    if taken is None:
        limits, is_local = limits.of_one_process(), True
        taken = local.take(caller.prefix, limits, rows)
    refused, left, wait = taken
    applied = replace(standing, limits=replace(standing.limits, rows_a_day=limits.rows_a_day))
    return _counted(replace(applied, refused=refused, rows_left=left, rows_wait=wait, is_local=is_local))


def _counted(standing: Standing) -> Standing:
    if standing.refused is not None:
        metrics.REFUSED.labels(standing.refused).inc()
    return standing


def _shared(ask: Callable[[], _T]) -> _T | None:
    """The shared counters' answer; None while they are down, which is found out again every two seconds."""
    global _down_until
    if time.monotonic() < _down_until:
        return None
    try:
        return ask()
    except RedisError as error:
        _down_until = time.monotonic() + ASK_AGAIN_SECONDS
        logger.warning("limits are counted by this process alone: Redis does not answer", error=type(error).__name__)
        return None
