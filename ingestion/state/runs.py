"""The run ledger: runs and backfills by state, the latest run's steps, and the upstream's last word."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from prometheus_client.core import Metric

from ingestion import ledger
from ingestion.jobs import Backfill, JobState
from ingestion.models import Run, RunState, UpstreamRequest
from ingestion.state.families import gauge, gauges

REFUSALS = ("KeyRefused", "PlanRefused")


def runs(_now: datetime) -> Iterator[Metric]:
    with ledger.guarded():
        yield gauges("flightsite_runs", "Runs in the ledger.", "state", _by_state(Run.objects.all(), RunState.values))
        backfills = _by_state(Backfill.objects.all(), JobState.values)
        yield gauges("flightsite_backfills", "Backfills ordered so far.", "state", backfills)
        yield from _steps()
        refusing = UpstreamRequest.objects.last_outcome() in REFUSALS
        yield gauge("flightsite_upstream_refusing", "1: the upstream refuses the key or the plan.", float(refusing))


def _by_state(rows: "QuerySet[Any]", states: list[str]) -> Mapping[str, float]:
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    return {state: counts.get(state, 0) for state in states}


def _steps() -> Iterator[Metric]:
    """Of the latest slot's run that has a try which ended."""
    run = Run.objects.of_slots().filter(attempts__finished_at__isnull=False).order_by("-slot").first()
    if run is None:
        return
    tries = run.attempts.filter(finished_at__isnull=False).order_by("started_at")
    seconds = {each.step: (each.finished_at - each.started_at).total_seconds() for each in tries if each.finished_at}
    yield gauges("flightsite_last_run_step_seconds", "Seconds of each step's last try.", "step", seconds)
