"""Facts as the page shows them: short tables, a bar, the two doors that are open or not. Pure."""

from dataclasses import dataclass

from flights.admin.reading import NOTHING, utc
from flightsite.operations.facts import BEING_STORED, NAMES, Facts, Lag, Pulse, RunFacts, SlotFacts, Unknown
from flightsite.operations.stages import JUST_DUE
from flightsite.operations.troubles import beat_is_silent, worker_is_silent
from flightsite.operations.wording import ago, counted, span, without_class
from ingestion import plan_words
from ingestion.doctor import Finding, Health
from ingestion.models import RunState, Step
from ingestion.plan import MonthPlan

WHOLE = 100.0
UPGRADED = ("sql", "mongodb")
NOT_KNOWN = "not known"
CHECKED = {"mongodb": "Indexes and clock", "kafka": "Topics"}
NOBODY_READS = "nobody is in the group to read them"
CHECKED_AT = {"mongodb": ("mongodb", "clock"), "kafka": ("kafka",)}  # what the doctor can't check without this server


@dataclass(frozen=True, slots=True)
class Row:
    """A name and what stands beside it; `state` colours it, and the words say the same."""

    name: str
    value: str
    state: str = ""
    note: str = ""


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
    rows = [Row("slot", f"{facts.due_slot}, due {utc(facts.due)}, {span(facts.age)} ago")]
    rows += _record_rows(facts.slot, facts)
    if isinstance(facts.last, SlotFacts) and facts.last.key != facts.due_slot:
        rows.append(Row("last one stored", f"{facts.last.key}: {facts.last.state}", facts.last.state))
    return rows


def _record_rows(slot: SlotFacts | Unknown | None, facts: Facts) -> list[Row]:
    if isinstance(slot, Unknown):
        return [Row("state", NOT_KNOWN, "warn", slot.why)]
    if facts.is_published:
        return [Row("state", BEING_STORED, "busy", without_class(slot.reason) if slot else "")]
    if slot is None:
        return [Row("state", "no record yet", "busy")]
    rows = [Row("state", slot.state, slot.state, without_class(slot.reason))]
    if slot.closed_at is not None:
        told = {name: f"{slot.rows.get(key, 0):,}" for name, key in _COUNTS.items()}
        rows += [Row("stored at", f"{utc(slot.closed_at)}, {ago(slot.closed_at, facts.now)}")]
        rows += [Row(name, value) for name, value in told.items()]
        rows += [Row("of the rows announced", NOTHING if slot.share is None else f"{slot.share:.1%}")]
    return rows


_COUNTS = {"rows received": "rows_received", "flights stored": "stored", "rows rejected": "rows_rejected"}


def no_run(facts: Facts) -> str:
    """Why the due slot has no run."""
    if facts.paused or facts.left_out:
        return "None, and on purpose."
    if facts.age <= JUST_DUE:
        return "None yet: beat opens it when the slot's time comes, which was just now."
    return "None yet, though its time has come."


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


def run_now_hint(facts: Facts) -> str:
    return f"collects {facts.due_slot}, up to {counted(facts.pages_now, 'request')}"


def retry_hint(facts: Facts) -> str:
    """A page that is archived is not asked for again, which only MongoDB knows: the most that it can be."""
    if facts.run is None:
        return ""
    is_fetching = facts.run.step == Step.EXTRACTION
    cost = f"up to {counted(facts.run.pages_planned, 'request')}" if is_fetching else "no request"
    return f"{facts.run.slot} goes on, {cost}"


def segments(plan: MonthPlan) -> list[Segment]:
    """The allowance as a bar, in parts that add up to it: used, for slots under way, for slots to come (also the one
    that is due and has no run yet), kept, and what no slot can take."""
    kept = plan.retries + plan.people
    under_way = min(plan.committed, plan.remaining - kept)
    parts = (
        ("used", plan.used, "used"),
        ("for slots under way", under_way, "committed"),
        ("for slots to come", plan.remaining - kept - under_way - plan.for_backfill, "planned"),
        ("kept for retries and people", kept, "kept"),
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
    rows = [Row("beat and worker", NOT_KNOWN, "warn", pulse.why)] if isinstance(pulse, Unknown) else []
    if isinstance(pulse, Pulse):
        beat, worker = ago(pulse.beat, facts.now), ago(pulse.worker, facts.now)
        rows.append(_pulse_row("beat sent a task", beat, is_silent=beat_is_silent(pulse, facts)))
        rows.append(_pulse_row("a worker finished a task", worker, is_silent=worker_is_silent(pulse, facts)))
        rows.append(Row("tasks that wait", f"{pulse.waiting:,}"))
    rows.append(Row("runs at work", str(facts.busy)))
    if isinstance(lag, Unknown):
        return [*rows, Row("consumer", NOT_KNOWN, "warn", lag.why)]
    return [*rows, *_lag_rows(lag)]


def _pulse_row(name: str, told: str, *, is_silent: bool) -> Row:
    return Row(name, f"{told}: silent" if is_silent else told, "bad" if is_silent else "", "normal: every minute")


def _lag_rows(lag: Lag) -> list[Row]:
    behind = f"{counted(lag.messages, 'message')}, {span(lag.seconds)}" if lag.messages else "nothing"
    members = Row("consumers in the group", str(lag.members), "" if lag.members else "bad")
    is_stuck = lag.messages and not lag.members
    return [members, Row("consumer behind by", behind, "bad" if is_stuck else "", NOBODY_READS if is_stuck else "")]


def dependency_rows(facts: Facts) -> list[Row]:
    return [
        Row(
            NAMES[each.name],
            f"{each.milliseconds} ms" if each.is_up else "down",
            "" if each.is_up else "bad",
            each.why,
        )
        for each in facts.dependencies
    ]


def upgrade_row(facts: Facts) -> Row:
    """Whether tables and indexes are those of this version, as the doctor found them."""
    broken = [each for each in facts.findings if each.check in UPGRADED and each.health is Health.BROKEN]
    waiting = [each for each in broken if not facts.is_down(each.check)]
    if not waiting and facts.is_down("mongodb"):
        return Row("upgrades", NOT_KNOWN, "warn", f"{NAMES['mongodb']} does not answer")
    if not waiting:
        return Row("upgrades", "none waits")
    return Row("upgrades", "wait", "bad", "; ".join(f"{each.text}: {each.mend}" for each in waiting))


def findings(facts: Facts) -> list[Finding]:
    """What the doctor finds; what he asks of a server that is down is not broken, he could not check it."""
    unasked = {check for server, checks in CHECKED_AT.items() if facts.is_down(server) for check in checks}
    return [each for each in facts.findings if each.health is not Health.OK and each.check not in unasked]


def not_checked(facts: Facts) -> list[str]:
    """What could not be checked, a sentence a server."""
    down = [server for server in CHECKED_AT if facts.is_down(server)]
    return [f"{CHECKED[server]} could not be checked: {NAMES[server]} does not answer." for server in down]
