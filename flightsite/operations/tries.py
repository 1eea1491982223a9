"""How often a step of a run was tried, and what comes of it if the last try fails too; as `ingestion.services` does it.
Pure."""

from flightsite.operations.facts import RunFacts
from ingestion.models import Step


def next_try(run: RunFacts) -> int:
    """The number of the try that comes next in the run's step; a run that was let go on has fresh ones."""
    return 1 + sum(1 for each in run.tries if each.step == run.step and each.started_at >= run.opened_at)


def if_the_last_fails(run: RunFacts) -> str:
    if run.step == Step.EXTRACTION and run.asked:
        return "if the last fails too the run goes on with the pages it has; without any the slot is failed"
    return "if the last fails too the slot is failed"
