"""Gathers the facts of the operators' page: the servers are asked side by side, each within its time; SQL meanwhile."""

import time
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from flights.slots import last_tick, slot_begin, slot_key
from flightsite.operations import from_ledger, from_servers
from flightsite.operations.asking import Question, asked
from flightsite.operations.facts import NAMES, Answered, Facts, SlotFacts, Unknown
from ingestion import doctor, periods
from ingestion.doctor import Finding

ANSWER_SECONDS = 3.0
TO_SAY_WHY = 0.8  # of it is what a server gets, so that there is time to say what it met
DAYS = 14
NEEDS = {"recent": "mongodb", "letters": "mongodb", "lag": "kafka", "pulse": "redis"}


def gather(now: datetime) -> Facts:
    """Everything that the page shows, in little more than ANSWER_SECONDS whatever is down, but for SQL."""
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    questions = asked(from_servers.questions(since, now, ANSWER_SECONDS * TO_SAY_WHY), ANSWER_SECONDS)
    tick = last_tick(settings.INGEST_SCHEDULE, now)
    coming = periods.next_slot(settings.INGEST_SCHEDULE, tick + timedelta(seconds=1))
    slot, first = slot_key(tick), from_ledger.first_slot()
    run = from_ledger.run_of(slot, now)
    dependencies = [_sql_answered(), *(_answered(name, questions[name]) for name in from_servers.SERVERS)]
    down = {each.name for each in dependencies if not each.is_up}
    told = {name: _told(questions[name], server, down) for name, server in NEEDS.items()}
    recent = told["recent"]
    return Facts(
        now=now,
        due=tick,
        due_slot=slot,
        coming=coming,
        coming_slot=slot_key(coming),
        run=run,
        **from_ledger.plan_of(now, slot, run),
        tries_a_step=settings.STEP_RETRIES + 1,
        paused=from_ledger.pause_at(now),
        busy=from_ledger.runs_at_work(now),
        refused=from_ledger.latest_refusal(),
        runs=from_ledger.runs_since(slot_key(since)),
        slot=recent if isinstance(recent, Unknown) else recent.get(slot),
        last=recent if isinstance(recent, Unknown) else _last_stored(recent),
        recent=recent,
        letters=told["letters"],
        lag=told["lag"],
        pulse=told["pulse"],
        dependencies=dependencies,
        findings=[*doctor.examine("sql"), *_findings(questions)],
        ticks=periods.slots_between(settings.INGEST_SCHEDULE, since, tick + timedelta(seconds=1)),
        since=slot_begin(first) if first else None,
    )


def _sql_answered() -> Answered:
    """Asked in this thread, whose connection the page needs anyway."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Answered("sql", round((time.monotonic() - began) * 1000))


def _answered(name: str, question: Question) -> Answered:
    told = question.answer()
    return Answered(name, None, told.why) if isinstance(told, Unknown) else Answered(name, told)


def _told(question: Question, server: str, down: Collection[str]) -> Any:
    """The answer; what only a server knows that is down is told in the same words everywhere."""
    answer = question.answer()
    return Unknown(f"{NAMES[server]} does not answer") if server in down and isinstance(answer, Unknown) else answer


def _last_stored(recent: Mapping[str, SlotFacts]) -> SlotFacts | None:
    """The latest slot that was collected and stored."""
    stored = [key for key, slot in recent.items() if slot.closed_at is not None and not slot.is_reconstructed]
    return recent[max(stored)] if stored else None


def _findings(questions: Mapping[str, Question]) -> list[Finding]:
    """What the doctor found in time; what did not answer is among the dependencies."""
    told = [questions[f"doctor {name}"].answer() for name in from_servers.LOOKED_AT]
    return [finding for findings in told if not isinstance(findings, Unknown) for finding in findings]
