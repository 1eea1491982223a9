"""Archived pages read anew with the present code, all of a run's, through the ordinary steps; no request is spent.

A replay is a number that the run's next records carry: what it makes takes the place of what was there
(flights/restating.py). It opens the run at its second step, so a kill, a pause or an outage in the middle is mended
as for every run; asking for the replay again is safe too.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.db.models import F, Q
from structlog import get_logger

from flights import store
from flights.reference.zones import zone_of
from ingestion import archive, claims, ledger, observations, services, steps
from ingestion.archive import ArchivedPage
from ingestion.differences import Difference
from ingestion.errors import ReplayRefused, UnusableAnswer
from ingestion.models import Run, RunState, Step
from ingestion.transforms import transform_page

STEPS = (Step.TRANSFORMATION, Step.SAVE_DATA)

logger = get_logger(__name__)


@ledger.patient
def runs_between(first: date, last: date) -> list[Run]:
    """The runs of the slots of these dates (UTC), and of these past days, oldest first."""
    return list(Run.objects.filter(slot__gte=f"{first}", slot__lt=f"{last}U").order_by("slot"))  # U follows T


@ledger.patient
def run_of(slot: str) -> Run:
    """The run of a slot or a past day; raises ReplayRefused when there is none."""
    found = Run.objects.filter(slot=slot).first()
    if found is None:
        raise ReplayRefused(f"no run of {slot} is known: only what was collected can be replayed")
    return found


def difference_of(run: Run, tell: Callable[[str], None] = services.quiet) -> Difference:
    """What a replay would change: every page is transformed, nothing is written.

    Raises ReplayRefused where the run can't be replayed, ArchiveUnavailable and StoreUnavailable.
    """
    check(run)
    difference = Difference()
    for page in archive.usable_pages(run.key):
        _compare(difference, page)
        tell(f"{run.slot}: page {page.page} compared")
    return difference


def _compare(difference: Difference, page: ArchivedPage) -> None:
    try:
        made = transform_page(archive.body_of(page.id), steps.source_of(page), zone_of)
    except UnusableAnswer as error:
        raise ReplayRefused(f"the present code can't read page {page.id}: {error}") from error
    before = {row.digest: row.reason for row in archive.rejected_of(page.id)}
    difference.compare(
        archive.records_of(page.id), made.records, before, {row.digest: row.reason for row in made.rejected}
    )


def check(run: Run) -> None:
    """Raises ReplayRefused, saying why the run can't be replayed as things are."""
    if run.state != RunState.PUBLISHED:
        raise ReplayRefused(f"the run of {run.slot} is {run.state}: let it end first")
    if run.reconstructs is not None:
        raise ReplayRefused(f"{run.slot} is reconstructed from past days: replay these, and it is made anew from them")
    slot = store.find_one(store.SLOTS, run.slot) or {}
    if (removed := slot.get("pages_removed_at")) is not None:
        raise ReplayRefused(f"the raw pages of {run.slot} were removed on {removed:%Y-%m-%d}: nothing is left to read")
    if gone := observations.why_not_stated_anew(run.slot):
        raise ReplayRefused(gone)


@ledger.patient
def begin(run: Run, now: datetime) -> None:
    """Open the published run for a replay. Raises ReplayRefused, also where another process is at work on the run."""
    check(run)
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    if claims.is_gone(run.claimed_by):
        Run.objects.release(run.pk, run.claimed_by)
    changed = (
        Run.objects.published()
        .filter(free, pk=run.pk)
        .update(
            state=RunState.OPEN,
            step=Step.TRANSFORMATION,
            replays=F("replays") + 1,
            revision=F("revision") + 1,
            opened_at=now,
            finished_at=None,
            resumes_at=None,
            error="",
        )
    )
    run.refresh_from_db()
    if changed != 1:
        raise ReplayRefused(
            f"another process works on the run of {run.slot} ({run.claimed_by or run.state}): try again"
        )
    logger.info("replay begun", run=run.key, replay=run.replays, revision=run.revision)


def perform(run: Run, tell: Callable[[str], None] = services.quiet) -> None:
    """Do the steps of a replay that was begun, here and now; what a worker did meanwhile is left alone."""
    for step in STEPS:
        services.perform_step(run.pk, step, tell=tell)
    run.refresh_from_db()
