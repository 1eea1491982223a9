"""The time between the end of one step and the start of the next, read from the ledger of a real worker's runs."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from flights.slots import slot_key
from flights.times import utc_now
from ingestion import services, tasks
from ingestion.models import Run, RunState

FIRST_SLOT = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 120.0


def gaps(runs: int) -> dict[str, Any]:
    """Milliseconds between steps for so many runs, one after another as the schedule has them."""
    found: list[float] = []
    for number in range(runs):
        run, _ = services.open_run(slot_key(FIRST_SLOT + number * timedelta(hours=2)), "bench", utc_now())
        tasks.enqueue(run)
        _wait_until_published(run)
        attempts = list(run.attempts.order_by("started_at"))
        pairs = pairwise(attempts)
        found += [
            (after.started_at - before.finished_at) / timedelta(milliseconds=1)
            for before, after in pairs
            if before.finished_at
        ]
    return {"gaps_ms": found}


def _wait_until_published(run: Run) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while run.state == RunState.OPEN and time.monotonic() < end:
        time.sleep(0.05)
        run.refresh_from_db()
    if run.state != RunState.PUBLISHED:
        raise RuntimeError(f"{run} is {run.state} in {run.step} after {PATIENCE_SECONDS:.0f} s: {run.error}")
