"""Facts as the page shows them: short tables, a bar, the two doors that are open or not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from flights.admin.reading import NOTHING, utc
from flightsite.operations.facts import Facts, Lag, Pulse, RunFacts, SlotFacts, Try, Unknown
from flightsite.operations.stages import without_class
from flightsite.operations.wording import ago, counted, span
from ingestion import plan_words
from ingestion.doctor import Health
from ingestion.models import RunState, Step
from ingestion.plan import MonthPlan

SERVERS = {"sql": "SQL", "mongodb": "MongoDB", "kafka": "Kafka", "redis": "Redis"}
WHOLE = 100.0
UPGRADED = ("sql", "mongodb")


@dataclass(frozen=True, slots=True)
class Row:
    """A name and what stands beside it; `state` colours it, and the words say the same."""

    name: str
    value: str
    state: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepRow:
    name: str
    state: str
    tries: int
    seconds: str
    error: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the allowance, in requests and in percent of it; `begin` is where it starts in the bar."""

    name: str
    requests: int
    begin: float
    width: float
    kind: str


def slot_rows(facts: Facts) -> list[Row]:
    """The slot that is due: its record, and the latest one that is stored where that is another."""
    rows = [Row("due", f"{facts.due_slot}, {span(facts.age)} ago")]
    rows += _record_rows(facts.slot, facts)
    if isinstance(facts.last, SlotFacts) and facts.last.key != facts.due_slot:
        rows.append(Row("last one stored", f"{facts.last.key}: {facts.last.state}", facts.last.state))
    return rows


def _record_rows(slot: SlotFacts | Unknown | None, facts: Facts) -> list[Row]:
    if isinstance(slot, Unknown):
        return [Row("state", "unknown", "bad", slot.why)]
    if slot is None:
        return [Row("state", "no record yet", "busy")]
    rows = [Row("state", slot.state, slot.state, slot.reason)]
    if slot.closed_at is not None:
        told = {name: f"{slot.rows.get(key, 0):,}" for name, key in _COUNTS.items()}
        rows += [Row("stored at", f"{utc(slot.closed_at)}, {ago(slot.closed_at, facts.now)}")]
        rows += [Row(name, value) for name, value in told.items()]
        rows += [Row("of the rows announced", NOTHING if slot.share is None else f"{slot.share:.1%}")]
    return rows


_COUNTS = {"rows received": "rows_received", "flights stored": "stored", "rows rejected": "rows_rejected"}


def run_rows(run: RunFacts | None, facts: Facts) -> list[Row]:
    if run is None:
        return []
    at_work = "a process works on it" if run.is_held else "no process works on it"
    state = f"open, {at_work}" if run.state == RunState.OPEN else run.state
    rows = [Row("state", state, run.state), Row("opened", f"{utc(run.opened_at)} by {run.trigger}")]
    rows.append(Row("pages", f"{run.asked} of {run.pages_planned} asked for"))
    if run.resumes_at is not None:
        rows.append(Row("goes on", f"{utc(run.resumes_at)}, {ago(run.resumes_at, facts.now)}"))
    return rows


def step_rows(run: RunFacts | None, facts: Facts) -> list[StepRow]:
    """Each of the three steps: how it stands, tries, seconds in all, the last error."""
    if run is None:
        return []
    names = list(Step)
    return [_step_row(step, names.index(step) - names.index(Step(run.step)), run, facts) for step in names]


def _step_row(step: Step, place: int, run: RunFacts, facts: Facts) -> StepRow:
    tries = [each for each in run.tries if each.step == step]
    seconds = sum(max(0.0, ((each.finished_at or facts.now) - each.started_at).total_seconds()) for each in tries)
    error = next((each.error for each in reversed(tries) if each.error), "")
    state = _step_state(place, tries, run)
    return StepRow(step.value, state, len(tries), f"{seconds:,.1f}" if tries else NOTHING, without_class(error))


def _step_state(place: int, tries: Sequence[Try], run: RunFacts) -> str:
    if place < 0 or run.state == RunState.PUBLISHED:
        return "done"
    if place > 0:
        return "to come"
    if run.state != RunState.OPEN:
        return run.state
    if tries and tries[-1].finished_at is None:
        return "running" if run.is_held else "broken off"
    return "waits for its next try" if run.resumes_at is not None else "waits"


def next_rows(facts: Facts) -> list[Row]:
    plan = facts.plan
    rows = [Row("slot", facts.coming_slot), Row("due", f"{utc(facts.coming)}, {ago(facts.coming, facts.now)}")]
    if facts.paused and (facts.paused.until is None or facts.paused.until > facts.coming):
        rows.append(Row("pages", "none", "warn", facts.paused.told))
    elif plan.next_slot is not None and plan.next_slot <= facts.coming:
        rows.append(Row("pages", f"{plan.pages_a_slot} at the most"))
    else:
        rows.append(Row("pages", "none", "warn", f"left out on purpose: {plan_words.spaced(plan)}"))
    return rows


def segments(plan: MonthPlan) -> list[Segment]:
    """The allowance as a bar: used, taken by slots under way, for slots to come, kept, and what nobody will take."""
    parts = (
        ("used", plan.used, "used"),
        ("slots under way", plan.committed, "committed"),
        ("slots to come", min(plan.planned, plan.remaining), "planned"),
        ("kept for retries and people", plan.retries + plan.people, "kept"),
        ("for backfills", plan.for_backfill, "backfill"),
    )
    whole = max(plan.allowance, sum(requests for _, requests, _ in parts), 1)
    made: list[Segment] = []
    begin = 0.0
    for name, requests, kind in parts:
        width = requests / whole * WHOLE
        made.append(Segment(name, requests, round(begin, 2), round(width, 2), kind))
        begin += width
    return made


def quota_rows(facts: Facts) -> list[Row]:
    plan, told = facts.plan, facts.told_remaining
    rows = [Row("used", f"{plan.used:,} of {plan.allowance:,}"), Row("left", f"{plan.remaining:,}")]
    rows.append(Row("upstream's last word", NOTHING if told is None else f"{told:,} left"))
    rows.append(Row("reset", f"{plan.resets_at:%Y-%m-%d} (UTC)"))
    if plan.runs_out_on is not None:
        rows.append(Row("forecast", f"runs out on {plan.runs_out_on}", "bad"))
    elif not plan.is_enough:
        rows.append(Row("forecast", f"1 slot in {plan.spacing} is served until then", "warn"))
    else:
        rows.append(Row("forecast", "serves every slot until then"))
    return rows


def process_rows(facts: Facts) -> list[Row]:
    """Beat, workers and consumers, as seen from outside."""
    pulse, lag = facts.pulse, facts.lag
    rows = [Row("beat and worker", "unknown", "bad", pulse.why)] if isinstance(pulse, Unknown) else []
    if isinstance(pulse, Pulse):
        rows.append(Row("beat sent a task", ago(pulse.beat, facts.now)))
        rows.append(Row("a worker finished one", ago(pulse.worker, facts.now)))
        rows.append(Row("tasks that wait", f"{pulse.waiting:,}"))
    rows.append(Row("runs at work", str(facts.busy)))
    if isinstance(lag, Unknown):
        return [*rows, Row("consumer", "unknown", "bad", lag.why)]
    return [*rows, *_lag_rows(lag)]


def _lag_rows(lag: Lag) -> list[Row]:
    behind = f"{counted(lag.messages, 'message')}, {span(lag.seconds)}" if lag.messages else "nothing"
    members = Row("consumers in the group", str(lag.members), "" if lag.members else "bad")
    return [members, Row("consumer behind by", behind)]


def dependency_rows(facts: Facts) -> list[Row]:
    return [
        Row(
            SERVERS[each.name],
            f"{each.milliseconds} ms" if each.is_up else "down",
            "" if each.is_up else "bad",
            each.why,
        )
        for each in facts.dependencies
    ]


def upgrade_row(facts: Facts) -> Row:
    """Whether tables and indexes are those of this version, as the doctor found them."""
    waiting = [each for each in facts.findings if each.check in UPGRADED and each.health is Health.BROKEN]
    if not waiting:
        return Row("upgrades", "none waits")
    return Row("upgrades", "wait", "bad", "; ".join(f"{each.text}: {each.mend}" for each in waiting))
