"""Decides about pauses of the schedule: while one lasts, beat's ticks open no run; open runs and backfills go on."""

from datetime import datetime

from django.db import transaction
from structlog import get_logger

from ingestion import ledger
from ingestion.errors import OrderRefused
from ingestion.models import QuotaPeriod
from ingestion.pauses import SchedulePause

logger = get_logger(__name__)


def paused(instant: datetime) -> SchedulePause | None:
    """The pause that is in force at this instant; None when the schedule runs."""
    return SchedulePause.objects.in_force_at(instant).first()


@ledger.patient
def pause_schedule(by: str, why: str, now: datetime, until: datetime | None = None) -> SchedulePause:
    """Open no run of the schedule from now on, until somebody resumes it or `until` has come.

    Raises OrderRefused when it is paused already, or for a pause that would be over at once.
    """
    if until is not None and until <= now:
        raise OrderRefused(f"the pause would end at {until:%Y-%m-%d %H:%M} UTC, which is over: name a time to come")
    with transaction.atomic():
        QuotaPeriod.objects.line_up(ledger.month_start(now))
        if present := SchedulePause.objects.in_force_at(now).first():
            raise OrderRefused(f"{told(present)}: resume it first, or let it go on")
        made = SchedulePause.objects.create(by=by, why=why, since=now, until=until)
    logger.warning("schedule paused", by=by, why=why, until=until and until.isoformat())
    return made


@ledger.patient
def resume_schedule(by: str, why: str, now: datetime) -> SchedulePause:
    """Let the next tick open its run again; the slots in between stay `missed`. Raises OrderRefused when it runs."""
    with transaction.atomic():
        QuotaPeriod.objects.line_up(ledger.month_start(now))
        present = SchedulePause.objects.in_force_at(now).first()
        if present is None:
            raise OrderRefused("the schedule is not paused: there is nothing to resume")
        present.resumed_at, present.resumed_by, present.resumed_why = now, by, why
        present.save(update_fields=["resumed_at", "resumed_by", "resumed_why"])
    logger.warning("schedule resumed", by=by, why=why, paused_by=present.by)
    return present


def told(pause: SchedulePause) -> str:
    """Who paused the schedule, since when, until when and why: for slots' records and refusals."""
    end = f" until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else ""
    return f"the schedule was paused by {pause.by} at {pause.since:%Y-%m-%d %H:%M} UTC{end}: {pause.why}"
