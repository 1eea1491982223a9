"""What became of a run and its slot, in figures: for the command line, the demo and the admin."""

from datetime import datetime
from typing import Any

from flights import store
from ingestion.models import Run

COUNTS = ("rows_received", "rows_merged", "rows_rejected", "published", "stored", "repeated")


def run_report(run: Run) -> dict[str, Any]:
    """Slot, state, counts and seconds by step. Counts are None until the slot is closed.

    Keys: slot, state, reason, requests, rows_received, rows_merged, rows_rejected, published, stored,
    repeated, seconds (by step; `consumer` is from the last message published to the slot's closing).
    """
    slot = store.find_one(store.SLOTS, run.slot) or {}
    counts = slot.get("counts") or {}
    return {
        "slot": run.slot,
        "state": slot.get("state", run.state),
        "reason": slot.get("reason") or run.error or None,
        "requests": run.requests.count(),
        **{name: counts.get(name) for name in COUNTS},
        "seconds": _seconds(run, slot.get("closed_at")),
    }


def _seconds(run: Run, closed_at: datetime | None) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for attempt in run.attempts.all():
        took = ((attempt.finished_at or attempt.started_at) - attempt.started_at).total_seconds()
        seconds[attempt.step] = round(seconds.get(attempt.step, 0.0) + took, 3)
    if closed_at is not None and run.finished_at is not None:
        seconds["consumer"] = round(max(0.0, (closed_at - run.finished_at).total_seconds()), 3)
        seconds["total"] = round((closed_at - run.started_at).total_seconds(), 3)
    return seconds
