"""The month's allowance: what is used and left, and how far it will reach."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import Metric

from ingestion import ledger
from ingestion.state.families import gauge


def quota(now: datetime) -> Iterator[Metric]:
    with ledger.guarded():
        plan = ledger.month_plan(now)
    yield gauge("flightsite_upstream_requests_used", "Requests charged this month.", plan.used)
    yield gauge("flightsite_upstream_requests_left", "Requests left this month.", plan.remaining)
    yield gauge("flightsite_upstream_requests_allowance", "Requests that a month may have.", plan.allowance)
    yield gauge("flightsite_quota_reset_timestamp_seconds", "The next reset.", plan.resets_at.timestamp())
    left_out = plan.slots_left - plan.to_serve
    yield gauge("flightsite_quota_spaced_slots", "Slots until the reset that the plan leaves out.", left_out)
    if plan.runs_out_at is not None:
        instant = plan.runs_out_at.timestamp()
        yield gauge("flightsite_quota_runs_out_timestamp_seconds", "When nothing is left, at this pace.", instant)
