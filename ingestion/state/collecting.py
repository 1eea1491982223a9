"""Reads all parts of the state side by side, for so long and no longer, and keeps what it found for some seconds."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread

from django.db import connection
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from structlog import get_logger

from flights.errors import StoreUnavailable
from flights.times import utc_now
from ingestion.errors import LedgerUnavailable, QueueUnavailable
from ingestion.state.families import gauges
from streaming.errors import BrokerUnavailable

Read = Callable[[datetime], Iterable[Metric]]

WAIT_SECONDS = 7.0  # for all parts together: Prometheus waits for ten
KEEP_SECONDS = 5.0
UNAVAILABLE = (StoreUnavailable, BrokerUnavailable, LedgerUnavailable, QueueUnavailable)

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    metrics: list[Metric]
    seconds: float
    error: Exception | None


@dataclass(slots=True, eq=False)
class Part:
    """One part of the state, read in a thread of its own. What hangs is waited for no longer, and never begun twice."""

    name: str
    read: Read
    _thread: Thread | None = None
    _outcome: Outcome | None = None
    _began: float = 0.0
    _failing: bool = False

    def begin(self, now: datetime) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._began, self._outcome = time.monotonic(), None
        self._thread = Thread(target=self._work, args=(now,), name=f"state {self.name}", daemon=True)
        self._thread.start()

    def end(self, until: float) -> Outcome:
        if self._thread is not None:
            self._thread.join(max(0.0, until - time.monotonic()))
        seconds = time.monotonic() - self._began
        outcome = self._outcome or Outcome([], seconds, TimeoutError(f"nothing in {seconds:.0f} s"))
        self._say(outcome.error)
        return outcome

    def _work(self, now: datetime) -> None:
        metrics: list[Metric] = []
        error: Exception | None = None
        try:
            metrics = list(self.read(now))
        except Exception as fault:  # noqa: BLE001 - whatever one part meets, the others are told
            error = fault
        finally:
            connection.close()  # this thread's own
        self._outcome = Outcome(metrics, time.monotonic() - self._began, error)

    def _say(self, error: Exception | None) -> None:
        """Once when it begins to fail and once when it is well again, not at every scrape."""
        if error is not None and not self._failing:
            known = isinstance(error, (*UNAVAILABLE, TimeoutError))
            why = str(error) if known else type(error).__name__
            logger.warning(
                "part of the state can't be read", part=self.name, why=why, exc_info=None if known else error
            )
        elif error is None and self._failing:
            logger.info("part of the state is read again", part=self.name)
        self._failing = error is not None


@dataclass(slots=True, eq=False)
class StateCollector(Collector):
    """What Prometheus is told of the state. Never raises; two scrapes at once, or one a second, are one reading."""

    reads: Mapping[str, Read]
    wait_seconds: float = WAIT_SECONDS
    keep_seconds: float = KEEP_SECONDS
    _lock: Lock = field(default_factory=Lock)
    _parts: list[Part] = field(default_factory=list)
    _found: list[Metric] = field(default_factory=list)
    _fresh_until: float = 0.0

    def __post_init__(self) -> None:
        self._parts = [Part(name, read) for name, read in self.reads.items()]

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() >= self._fresh_until:
                self._found = self._read(utc_now())
                self._fresh_until = time.monotonic() + self.keep_seconds
            return iter(self._found)

    def _read(self, now: datetime) -> list[Metric]:
        until = time.monotonic() + self.wait_seconds
        for part in self._parts:
            part.begin(now)
        outcomes = {part.name: part.end(until) for part in self._parts}
        found = [metric for outcome in outcomes.values() for metric in outcome.metrics]
        seconds = {name: outcome.seconds for name, outcome in outcomes.items()}
        failed = {name: float(outcome.error is not None) for name, outcome in outcomes.items()}
        return [
            *found,
            gauges("flightsite_exporter_collect_seconds", "Seconds to read a part of the state.", "part", seconds),
            gauges("flightsite_exporter_collect_failed", "1: a part of the state can't be read.", "part", failed),
        ]
