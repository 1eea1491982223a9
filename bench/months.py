"""A month of the schedule in one process, on a clock of its own (called by bench/month.py through bench/child.py)."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import stamina
from cronsim import CronSim
from django.conf import settings

import streaming.services
from flights import store, times
from flights.slots import slot_key
from ingestion import backfills, ledger, progress, services, watchdog
from ingestion.backfills import Who
from ingestion.errors import OrderRefused
from ingestion.jobs import Backfill
from ingestion.models import Run, RunState, Step, UpstreamRequest
from ingestion.simulator.options import SimulatorOptions
from ingestion.simulator.server import SimulatorServer
from streaming.consumer import BatchConsumer

BEFORE = timedelta(seconds=1)
WATCHED_AFTER = timedelta(minutes=20)
CLOSING_SECONDS = 120.0
BACKFILL_BEGINS, BACKFILL_DAYS, BACKFILL_PAGES = timedelta(days=10), 7, 20


class Clock:
    """The month's time: the simulator has the same."""

    def __init__(self, server: SimulatorServer, first: datetime) -> None:
        self._server, self.now = server, first

    def move_to(self, instant: datetime) -> None:
        self.now = max(self.now, instant)
        self._server.simulator.control({"clock": self.now.isoformat()})


def play(allowance: int, first: str, days: int, faults: Mapping[str, float], seed: int) -> dict[str, Any]:
    """Every tick of the month opens, or leaves out, its slot; on day 10 a backfill of a week begins."""
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    options = SimulatorOptions(clock=begin, quota=allowance, faults=faults, seed=seed, churn=0.0)
    stamina.set_testing(True, attempts=20, cap=True)  # tries at once do not wait: nobody's clock runs
    with SimulatorServer(options) as server:
        clock = Clock(server, begin)
        times.set_clock(lambda: clock.now)
        settings.AVIATIONSTACK |= {"base_url": server.base_url, "monthly_requests": allowance}
        month = _Month(clock)
        for tick in _ticks(begin, begin + timedelta(days=days)):
            month.pass_tick(tick)
            if tick == begin + BACKFILL_BEGINS:
                month.begin_backfill(begin.date() - timedelta(days=BACKFILL_DAYS))
        month.consumer.close()
        return _figures(begin, clock, server, allowance) | {"backfill": _backfill_told(month, clock.now)}


def _backfill_told(month: "_Month", now: datetime) -> str | None:
    """How the backfill stands at the month's end; None before it began."""
    job = Backfill.objects.first()
    if job is None:
        return month.backfill_refused
    told = f"; {job.told}" if job.told else ""
    return f"{job.state}: {progress.progress_of(job, now).told}{told}"


def _ticks(begin: datetime, end: datetime) -> list[datetime]:
    ticks = []
    for tick in CronSim(settings.INGEST_SCHEDULE, begin - BEFORE):
        if tick >= end:
            return ticks
        ticks.append(tick)
    return ticks


class _Month:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.consumer = BatchConsumer()
        self.backfill_refused: str | None = None

    def pass_tick(self, tick: datetime) -> None:
        """What beat, worker, consumer and watchdog do from one tick to the next."""
        self._clock.move_to(tick)
        run, _ = services.open_due(slot_key(tick), self._clock.now)
        if run is not None:
            self._work_on(run)
        self._clock.move_to(tick + WATCHED_AFTER)
        watchdog.record_missed(self._clock.now)
        for stuck in watchdog.end_stuck(self._clock.now):
            self._work_on(stuck)
        for waiting in services.runs_to_resume(self._clock.now):
            self._work_on(waiting)

        while opened := backfills.advance(self._clock.now):
            for begun in opened:
                self._work_on(begun)

    def begin_backfill(self, first: date) -> None:
        last = first + timedelta(days=BACKFILL_DAYS - 1)
        wanted = Backfill(first=first, last=last, max_pages=BACKFILL_PAGES)
        try:
            backfills.create(wanted, Who("bench", "bench"), self._clock.now)
        except OrderRefused as refused:
            self.backfill_refused = str(refused)

    def _work_on(self, run: Run) -> None:
        """Step after step, with the pauses between tries, until the run is published, ended or waits for longer."""
        for step in Step:
            while (wait := services.perform_step(run.pk, step)) is not None:
                self._clock.move_to(self._clock.now + wait)
        run.refresh_from_db()
        if run.state == RunState.PUBLISHED:
            self._consume(run)

    def _consume(self, run: Run) -> None:
        end = time.monotonic() + CLOSING_SECONDS
        while (store.find_one(store.SLOTS, run.slot) or {}).get("closed_at") is None:
            self.consumer.consume_batch(streaming.services.handle_batch, threading.Event())
            if time.monotonic() > end:
                raise RuntimeError(f"slot {run.slot} was not closed in {CLOSING_SECONDS:g} s")


def _figures(begin: datetime, clock: Clock, server: SimulatorServer, allowance: int) -> dict[str, Any]:
    keys = [slot_key(tick) for tick in _ticks(begin, clock.now)]
    slots = store.read_by_id(store.SLOTS, keys)
    runs = Run.objects.filter(slot__in=keys).count()
    told = UpstreamRequest.objects.since(begin)
    return {
        "allowance": allowance,
        "slots": len(keys),
        "slots_without_a_record": sorted(set(keys) - slots.keys()),
        "states": dict(Counter(slot["state"] for slot in slots.values())),
        "runs": runs,
        "pages_a_slot": dict(Counter(Run.objects.filter(slot__in=keys).values_list("pages_planned", flat=True))),
        "upstream_charged": server.simulator.log.charged,
        "upstream_asked": server.simulator.log.total,
        "ledger_noted": told.count(),
        "ledger_charged": ledger.used_this_month(clock.now - timedelta(hours=1)),
        "by_purpose": dict(Counter(told.values_list("purpose", flat=True))),
        "outcomes": dict(Counter(told.values_list("outcome", flat=True))),
        "backfill_days": dict(Counter(Run.objects.filter(backfill=True).values_list("state", flat=True))),
        "flights": store.size_of(store.FLIGHTS)[0],
    }
