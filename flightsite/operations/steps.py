"""The steps of the due slot's run as a table, and what comes after them: the consumer stores it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from flights.admin.reading import NOTHING, utc
from flightsite.operations.facts import Facts, RunFacts, SlotFacts, Try, Unknown
from flightsite.operations.tries import if_the_last_fails, next_try
from flightsite.operations.wording import without_class
from ingestion.models import RunState, Step

GLOSSES = {Step.SAVE_DATA: "publish to Kafka"}


@dataclass(frozen=True, slots=True)
class StepRow:
    """`note` says in a few words what the step does; `tries` is None where nobody counts them."""

    name: str
    state: str
    tries: int | None
    seconds: str
    error: str = ""
    note: str = ""


def step_rows(run: RunFacts | None, facts: Facts) -> list[StepRow]:
    """Each of the three steps: how it stands, tries, seconds in all, the last error; and whether it is stored."""
    if run is None:
        return []
    names = list(Step)
    rows = [_step_row(step, names.index(step) - names.index(Step(run.step)), run, facts) for step in names]
    return [*rows, StepRow("stored", _stored(run, facts.slot), None, NOTHING, note="by the consumer")]


def _step_row(step: Step, place: int, run: RunFacts, facts: Facts) -> StepRow:
    tries = [each for each in run.tries if each.step == step]
    seconds = sum(max(0.0, ((each.finished_at or facts.now) - each.started_at).total_seconds()) for each in tries)
    error = next((each.error for each in reversed(tries) if each.error), "")
    told = f"{seconds:,.1f}" if tries else NOTHING
    state = _step_state(place, tries, run, facts)
    return StepRow(step.value, state, len(tries), told, without_class(error), GLOSSES.get(step, ""))


def _step_state(place: int, tries: Sequence[Try], run: RunFacts, facts: Facts) -> str:
    if place < 0 or run.state == RunState.PUBLISHED:
        return "done"
    if place > 0:
        return "to come"
    if run.state != RunState.OPEN:
        return run.state
    if tries and tries[-1].finished_at is None:
        return "running" if run.is_held else "broken off"
    if run.resumes_at is None:
        return "waits"
    of = f"{next_try(run)} of {facts.tries_a_step}"
    return f"waits for its next try: {of}, at {utc(run.resumes_at)[-9:]}; {if_the_last_fails(run)}"


def _stored(run: RunFacts, slot: SlotFacts | Unknown | None) -> str:
    """What the slot's record tells of the partitions that are stored whole, at this run's revision."""
    if run.state != RunState.PUBLISHED:
        return "to come"
    if isinstance(slot, Unknown):
        return "not known"
    if slot is None or (slot.closed_at is None and not slot.ended.get(run.revision)):
        return "waiting"
    if slot.closed_at is not None and slot.revision >= run.revision:
        return "done"
    return f"{slot.ended.get(run.revision, 0)} of {slot.partitions or '?'} partitions"
