"""Facts of a sound installation half an hour after a slot was stored; a test changes what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flightsite.operations.facts import Answered, Facts, Lag, Pulse, RunFacts, SlotFacts, Try
from ingestion.doctor import Finding, Health
from ingestion.plan import Spending, Terms, plan_month

DUE = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
SLOT = "2026-11-28T18Z"
SCHEDULE = "0 */2 * * *"


def at(minutes: float) -> datetime:
    """So many minutes after the slot's time."""
    return DUE + timedelta(minutes=minutes)


def a_plan(allowance: int = 1_000_000, used: int = 0) -> Any:
    return plan_month(Terms(allowance=allowance, schedule=SCHEDULE), Spending(used=used), at(30))


def a_run(**changes: Any) -> RunFacts:
    run = RunFacts(
        pk=7,
        key=f"{SLOT}.7",
        slot=SLOT,
        state="open",
        step="extraction",
        trigger="schedule",
        opened_at=DUE + timedelta(seconds=3),
        pages_planned=26,
    )
    return replace(run, **changes)


def a_try(step: str = "extraction", number: int = 1, **changes: Any) -> Try:
    made = Try(step=step, number=number, outcome="failed", started_at=at(0.1), finished_at=at(1.1))
    return replace(made, **changes)


def a_slot(state: str = "complete", **changes: Any) -> SlotFacts:
    closed_at = None if state in ("collecting", "missed", "failed") else at(2)
    return replace(SlotFacts(key=SLOT, state=state, closed_at=closed_at, rows={"stored": 2_431}, share=0.97), **changes)


def answers(**down: str) -> tuple[Answered, ...]:
    """The four servers' answers: `answers(kafka="BrokerUnavailable")` is Kafka down."""
    names = ("sql", "mongodb", "kafka", "redis")
    return tuple(Answered(name, None if name in down else 3, down.get(name, "")) for name in names)


def broken(check: str, text: str, mend: str = "mend it") -> Finding:
    return Finding(check, Health.BROKEN, text, mend)


def facts(minutes: float = 30, **changes: Any) -> Facts:
    """What is known so many minutes after the slot's time: it is stored, and nothing is wrong."""
    now = at(minutes)
    sound = Facts(
        now=now,
        due=DUE,
        due_slot=SLOT,
        coming=DUE + timedelta(hours=2),
        coming_slot="2026-11-28T20Z",
        plan=a_plan(),
        tries_a_step=6,
        run=a_run(state="published", step="save_data", finished_at=at(1)),
        slot=a_slot(),
        dependencies=answers(),
        lag=Lag(0, 0.0, 1),
        pulse=Pulse(now - timedelta(seconds=20), now - timedelta(seconds=20), 0),
    )
    return replace(sound, **changes)
