"""Following a run to the closing of its slot, with a line of progress for every change."""

import logging
import time
from collections.abc import Callable

from flights import store
from ingestion import steps
from ingestion.models import ENDED_WITHOUT_SLOT, Run, RunState

POLL_SECONDS = 0.2


def keep_pages_out_of_the_log() -> None:
    """For a command that tells each page to the person who called it: this process logs no line for it as well."""
    logging.getLogger(steps.__name__).setLevel(logging.WARNING)


def wait_until_closed(run: Run, seconds: float, tell: Callable[[str], None]) -> bool:
    """Wait for the run to be published and its slot closed, at the run's revision or a later one.

    False when it failed, pauses, or time ran out. The time is counted anew
    whenever something moves, so a long run is not cut short.
    """
    end = time.monotonic() + seconds
    last = ""
    while time.monotonic() < end:
        run.refresh_from_db()
        slot = store.find_one(store.SLOTS, run.slot) or {}
        ended = (slot.get("ended") or {}).get(f"r{run.revision}") or {}
        now = _describe(run, len(ended), slot.get("partitions"))
        if now != last:
            last, end = now, time.monotonic() + seconds
            tell(now)
        if slot.get("closed_at") is not None and slot["revision"] >= run.revision:
            return True
        if run.state in ENDED_WITHOUT_SLOT or run.resumes_at is not None:
            return False
        time.sleep(POLL_SECONDS)
    return False


def _describe(run: Run, ended: int, partitions: int | None) -> str:
    if run.state in ENDED_WITHOUT_SLOT:
        return f"{run.state}: {run.error}"
    if run.state == RunState.PUBLISHED:
        return f"published; {ended} of {partitions or '?'} partitions stored"
    pages = run.requests.count()
    return f"{run.step}: {pages} requests so far"
