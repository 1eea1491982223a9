"""Where the slot that is due stands, in words: without a run, waiting, worked on, published, failed, there. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flights.records import SlotState
from flightsite.operations.facts import Facts, Lag, Pulse, RunFacts, SlotFacts, Unknown
from flightsite.operations.levels import Level, Stage
from flightsite.operations.tries import if_the_last_fails, next_try
from flightsite.operations.wording import ago, clock, counted, span, without_class
from ingestion import retries
from ingestion.errors import KeyRefused, PlanRefused, RequestRefused
from ingestion.models import RunState, Step
from ingestion.plan import LATE_SECONDS

JUST_DUE = timedelta(minutes=1)  # a run is opened within seconds of its slot's time
UNFINISHED_SECONDS = 600  # a slot takes a few minutes
RUN_NOW = "“Run now” still collects it, until the next one is due at {}"
GRADES = {
    SlotState.COMPLETE: Level.WELL,
    SlotState.BACKFILLED: Level.WELL,
    SlotState.PARTIAL: Level.WARN,
    SlotState.EMPTY: Level.WARN,
}
DOES = {Step.EXTRACTION: "fetching pages", Step.TRANSFORMATION: "reading them", Step.SAVE_DATA: "publishing to Kafka"}
START_ANEW = "and start the worker anew, since it reads its settings when it starts; then try again"
CORRECT = {
    KeyRefused.__name__: f"Set AVIATIONSTACK_ACCESS_KEY to a valid key {START_ANEW}",
    PlanRefused.__name__: f"Choose another plan, or other queries in COLLECTION_PLAN {START_ANEW}",
    RequestRefused.__name__: f"Correct the queries in COLLECTION_PLAN {START_ANEW}",
}
LOOK_AT_THEM = "If it has none in a minute: look whether beat and the worker run, and at their logs"
NOT_CLOSED = "Everything is read, and the slot is not closed: one of its end markers may be among the dead letters"


@dataclass(frozen=True, slots=True)
class Standing:
    """`headline` says how the slot stands; `why` and `mend` are what the stage itself knows of the reason; `signs` is
    what to go by where no reason is found."""

    stage: Stage
    level: Level
    headline: str
    why: str = ""
    mend: str = ""
    signs: str = ""


def standing_of(facts: Facts) -> Standing:
    """Where the slot that is due stands."""
    slot, run = facts.slot, facts.run
    if isinstance(slot, SlotFacts) and slot.closed_at is not None and not slot.is_reconstructed:
        return _closed(facts, slot, slot.closed_at)
    if run is None:
        is_missed = isinstance(slot, SlotFacts) and slot.state == SlotState.MISSED
        return _missed(facts, slot) if isinstance(slot, SlotFacts) and is_missed else _opening(facts)
    match run.state:
        case RunState.OPEN:
            return _open(facts, run)
        case RunState.PUBLISHED:
            return _published(facts, run)
    return _failed(facts, run)


def is_late(facts: Facts) -> bool:
    return facts.age.total_seconds() > UNFINISHED_SECONDS


def advice_for(error: str) -> str:
    """What to do about a failure of this class (`KeyRefused: …`)."""
    name = error.partition(":")[0]
    rule = retries.rule_named(name)
    return CORRECT.get(name) or (rule.advice if rule else "look into the worker's log, then try again")


def _named(step: str) -> str:
    """A step by its name and by what it does, for whoever never heard of it."""
    return f"`{step}` ({DOES[Step(step)]})"


def _closed(facts: Facts, slot: SlotFacts, closed_at: datetime) -> Standing:
    rows = counted(slot.rows.get("stored", 0), "flight")
    headline = f"The slot {slot.key} is {slot.state}: {rows}, stored {span(closed_at - facts.due)} after its time"
    level = GRADES[SlotState(slot.state)]
    mend = "Its page tells what is missing" if level is Level.WARN else ""
    return Standing(Stage.CLOSED, level, headline, slot.reason, mend)


def _missed(facts: Facts, slot: SlotFacts) -> Standing:
    level = Level.WARN if facts.paused or facts.left_out else Level.BAD
    headline = f"The slot {slot.key} was missed: nothing was collected for it"
    return Standing(Stage.MISSED, level, headline, slot.reason, _run_now(facts))


def _failed(facts: Facts, run: RunFacts) -> Standing:
    is_planned = run.state == RunState.STOPPED
    how = "was stopped, as planned," if is_planned else "failed"
    ended = clock(run.finished_at or facts.now, facts.now)
    headline = f"There is no slot {run.slot}: its run {how} in {_named(run.step)} at {ended}"
    mend = f"{advice_for(run.error)} (“Retry”)"
    return Standing(Stage.FAILED, Level.WARN if is_planned else Level.BAD, headline, without_class(run.error), mend)


def _opening(facts: Facts) -> Standing:
    if facts.age.total_seconds() <= LATE_SECONDS:
        mend = _run_now(facts) if is_late(facts) else LOOK_AT_THEM if facts.age > JUST_DUE else ""
        return _without_run(facts, "no run has been opened for it", mend)
    how = f"no run was opened within {span(float(LATE_SECONDS))} of its time, and none is after that"
    return _without_run(facts, how, _run_now(facts))


def _without_run(facts: Facts, how: str, mend: str) -> Standing:
    """Doubtful soon after its time: beat and a worker are all that it takes."""
    standing = _unfinished(facts, Stage.OPENING, how, mend=mend)
    if facts.age <= JUST_DUE:
        return standing
    return replace(standing, level=max(standing.level, Level.WARN), signs=_signs(facts))


def _signs(facts: Facts) -> str:
    pulse = facts.pulse
    if not isinstance(pulse, Pulse):
        return ""
    beat, worker = ago(pulse.beat, facts.now), ago(pulse.worker, facts.now)
    return f"Beat last sent a task {beat} and a worker last finished one {worker}; a task a minute is normal"


def _open(facts: Facts, run: RunFacts) -> Standing:
    now = facts.now
    if run.resumes_at is not None and run.resumes_at > now:
        of = f"{next_try(run)} of {facts.tries_a_step}"
        how = f"{_named(run.step)} failed and waits for its next try: {of}, at {clock(run.resumes_at, now)}"
        again = f"Nothing yet: it is tried again by itself; {if_the_last_fails(run)}. Then: {advice_for(run.error)}"
        return _unfinished(facts, Stage.WAITING, how, without_class(run.error), again)
    since = _in_step_since(run)
    if not run.is_held:
        how = f"its run waits in {_named(run.step)} since {clock(since, now)}, and no process works on it"
        return _unfinished(facts, Stage.QUEUED, how)
    pages = f", {run.asked} of {run.pages_planned} pages asked for" if run.step == Step.EXTRACTION else ""
    is_slow = (now - since).total_seconds() > UNFINISHED_SECONDS
    slow = "It is slow, and a process is at it: the run's page tells what it does" if is_slow else ""
    how = f"a worker is at {_named(run.step)} since {clock(since, now)}{pages}"
    return _unfinished(facts, Stage.WORKING, how, slow)


def _in_step_since(run: RunFacts) -> datetime:
    """When the step that is due began, or the one before it ended."""
    if not run.tries:
        return run.opened_at
    last = run.tries[-1]
    return last.started_at if last.finished_at is None else max(last.finished_at, run.opened_at)


def _published(facts: Facts, run: RunFacts) -> Standing:
    at = clock(run.finished_at or facts.now, facts.now)
    how = f"{_named(Step.SAVE_DATA)} was done at {at}"
    if isinstance(facts.slot, Unknown):
        return _unfinished(facts, Stage.UNSEEN, f"{how}; whether it is stored can't be told")
    return _unfinished(facts, Stage.PUBLISHED, f"{how}, and the consumer has not stored it whole", *_behind(facts))


def _behind(facts: Facts) -> tuple[str, str]:
    """What the consumers' lag tells of it, and what to do."""
    lag = facts.lag
    if not isinstance(lag, Lag):
        return "", ""
    if not lag.messages:
        return (NOT_CLOSED, "Look at the dead letters, then at the consumer's log") if is_late(facts) else ("", "")
    behind = f"The consumer is {counted(lag.messages, 'message')} behind; the oldest is {span(lag.seconds)} old"
    return f"{behind}, with {counted(lag.members, 'consumer')} in the group" if lag.members else behind, ""


def _unfinished(facts: Facts, stage: Stage, how: str, why: str = "", mend: str = "") -> Standing:
    late, age = is_late(facts), span(facts.age)
    when = f"is {age} late" if late else f"was due {age} ago"
    return Standing(stage, Level.WARN if late else Level.BUSY, f"The slot {facts.due_slot} {when}: {how}", why, mend)


def _run_now(facts: Facts) -> str:
    return RUN_NOW.format(clock(facts.coming, facts.now))
