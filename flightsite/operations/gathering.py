"""Gathers the facts of the operators' page: the servers are asked side by side, each within its time, SQL meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from flights import store
from flights.documents import ENDS_BEFORE, Document
from flights.records import CLOSED_STATES
from flights.slots import last_tick, parse_slot, slot_begin, slot_key
from flightsite.operations import from_ledger
from flightsite.operations.asking import Question, asked
from flightsite.operations.facts import Answered, Facts, Lag, Pulse, SlotFacts, Unknown
from ingestion import doctor, periods
from ingestion.doctor import Finding
from streaming import dead_letters

ANSWER_SECONDS = 3.0
FORTNIGHT = timedelta(days=14)
SLOT_FIELDS = {name: 1 for name in ("state", "reason", "closed_at", "counts", "completeness", "reconstruction")}


def gather(now: datetime) -> Facts:
    """Everything that the page shows, in little more than ANSWER_SECONDS whatever is down, but for SQL."""
    tick = last_tick(settings.INGEST_SCHEDULE, now)
    coming = periods.next_slot(settings.INGEST_SCHEDULE, now + timedelta(microseconds=1))
    slot = slot_key(tick)
    since = (now - FORTNIGHT).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    questions = asked(_questions(since), ANSWER_SECONDS)
    run = from_ledger.run_of(slot, now)
    in_sql = {
        **from_ledger.plan_of(now, slot, run),
        "paused": from_ledger.pause_at(now),
        "busy": from_ledger.runs_at_work(now),
        "refused": from_ledger.latest_refusal(),
        "runs": from_ledger.runs_since(slot_key(since)),
    }
    first = from_ledger.first_slot()
    tables = list(doctor.examine("sql"))
    recent = questions["recent"].answer()
    return Facts(
        now=now,
        due=tick,
        due_slot=slot,
        coming=coming,
        coming_slot=slot_key(coming),
        run=run,
        slot=recent if isinstance(recent, Unknown) else recent.get(slot),
        last=recent if isinstance(recent, Unknown) else _last_closed(recent),
        dependencies=_dependencies(questions),
        lag=questions["lag"].answer(),
        pulse=questions["pulse"].answer(),
        letters=questions["letters"].answer(),
        recent=recent,
        ticks=periods.slots_between(settings.INGEST_SCHEDULE, since, coming),
        since=slot_begin(first) if first else None,
        findings=[*tables, *_findings(questions)],
        **in_sql,
    )
