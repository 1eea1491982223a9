"""What the page takes from SQL: the due slot's run, the pause, the plan of the allowance, the fortnight's runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count

from flightsite.operations.facts import Paused, RunFacts, Try
from ingestion import claims, ledger, pausing
from ingestion.models import Run, StepAttempt, UpstreamRequest
from ingestion.state.runs import REFUSALS


def run_of(slot: str, now: datetime) -> RunFacts | None:
    """The run of a slot with all its tries."""
    run = Run.objects.filter(slot=slot).annotate(asked=Count("requests__page", distinct=True)).first()
    if run is None:
        return None
    copied = {name: getattr(run, name) for name in _COPIED}
    tries = tuple(_try_of(each) for each in run.attempts.order_by("started_at", "pk"))
    return RunFacts(**copied, is_held=_is_held(run.claimed_by, run.claimed_until, now), tries=tries)


def _try_of(attempt: StepAttempt) -> Try:
    return Try(
        step=attempt.step,
        number=attempt.number,
        outcome=attempt.outcome,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        error=f"{attempt.error_class}: {attempt.error}" if attempt.error_class else attempt.error,
    )


def _is_held(by: str, until: datetime | None, now: datetime) -> bool:
    return until is not None and until >= now and not claims.is_gone(by)


def runs_at_work(now: datetime) -> int:
    """How many runs processes work on."""
    held = Run.objects.filter(claimed_until__gte=now).values_list("claimed_by", "claimed_until")
    return sum(_is_held(by, until, now) for by, until in held)


def plan_of(now: datetime, slot: str, run: RunFacts | None) -> dict[str, Any]:
    """The month's plan, what the upstream told is left, why the slot is left out, if it is, and its pages."""
    return {
        "plan": ledger.month_plan(now),
        "told_remaining": ledger.told_remaining(now),
        "left_out": None if run else ledger.why_not_served(slot),
        "pages_now": 0 if run else ledger.pages_of(slot),
    }


def pause_at(now: datetime) -> Paused | None:
    pause = pausing.paused(now)
    return Paused(pausing.told(pause), pause.until) if pause else None


def latest_refusal() -> str:
    """The class of the upstream's latest answer where it refused the key or the plan, else nothing."""
    outcome = UpstreamRequest.objects.last_outcome()
    return outcome if outcome in REFUSALS else ""


def runs_since(slot: str) -> Mapping[str, int]:
    """The numbers of slots' runs from this slot on."""
    return dict(Run.objects.of_slots().filter(slot__gte=slot).values_list("slot", "pk"))


def first_slot() -> str | None:
    """The first slot that there is a run of."""
    return Run.objects.of_slots().order_by("slot").values_list("slot", flat=True).first()


_COPIED = (
    "pk",
    "key",
    "slot",
    "state",
    "step",
    "trigger",
    "opened_at",
    "finished_at",
    "resumes_at",
    "error",
    "shortfall",
    "pages_planned",
    "revision",
    "asked",
)
