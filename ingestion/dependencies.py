"""Whether the four servers answer: SQL, MongoDB, Kafka and Redis, asked side by side."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

from django.db import connection

from flights import store
from ingestion import heartbeats
from streaming import topics

CHECK_SECONDS = 2.0
SPARE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """How one server answered, and after how many seconds; without an error it did."""

    seconds: float
    error: Exception | None


def checked() -> dict[str, Check]:
    """Every server's answer, by name, within CHECK_SECONDS and a little; raises nothing."""
    until = time.monotonic() + CHECK_SECONDS + SPARE_SECONDS
    found: dict[str, Check] = {}
    threads = {name: Thread(target=_ask, args=(name, found), daemon=True) for name in CHECKS}
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join(max(0.0, until - time.monotonic()))
    silent = Check(CHECK_SECONDS, TimeoutError(f"no answer in {CHECK_SECONDS:g} s"))
    return {name: found.get(name, silent) for name in CHECKS}


def _ask(name: str, found: dict[str, Check]) -> None:
    began = time.monotonic()
    error: Exception | None = None
    try:
        CHECKS[name]()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the server did not answer
        error = fault
    found[name] = Check(time.monotonic() - began, error)


def _sql() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # this thread's own


def _mongodb() -> None:
    store.ping(CHECK_SECONDS)


def _kafka() -> None:
    topics.ping(CHECK_SECONDS)


def _redis() -> None:
    with heartbeats.connected(CHECK_SECONDS / 2) as client:  # connecting and answering
        client.ping()


CHECKS: dict[str, Callable[[], None]] = {
    "sql": _sql,
    "mongodb": _mongodb,
    "kafka": _kafka,
    "redis": _redis,
}
