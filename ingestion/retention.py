"""Raw pages removed when they are old, but none that anything still needs. Safe to repeat and to kill at any moment.

Only pages of a run that is published, whose slot is closed and none of whose rows is an open dead letter are removed:
a redrive counts the slot anew from all of its run's pages. The slot's record says when they went: it can't be counted
anew or redriven from then on.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from structlog import get_logger

import flights.services
from flights import store
from ingestion import archive
from ingestion.archive import ArchivedPage
from ingestion.models import Run, RunState
from ingestion.services import quiet
from streaming import dead_letters

OPEN_RUN = "its run has not been published"
OPEN_SLOT = "its slot is not closed"
OPEN_LETTER = "a row of its run is an open dead letter"

logger = get_logger(__name__)


@dataclass(slots=True)
class Pruned:
    """What went, or would go: pages and their bytes as received, slots; and what is old and stays, by reason."""

    before: datetime | None
    pages: int = 0
    received_bytes: int = 0
    slots: int = 0
    kept: Counter[str] = field(default_factory=Counter)


def prune(now: datetime, *, dry_run: bool = False, tell: Callable[[str], None] = quiet) -> Pruned:
    """Remove raw pages received more than RETENTION_PAGES_DAYS ago; 0 keeps them for ever.

    Raises ArchiveUnavailable, StoreUnavailable and LedgerUnavailable: what went by then is gone, the rest is to be
    done again.
    """
    days: int = settings.RETENTION_PAGES_DAYS
    done = Pruned(before=now - timedelta(days=days) if days else None)
    if done.before is None:
        return done
    for run, pages in _old_runs(done.before):
        if reason := _why_kept(run, pages):
            done.kept[reason] += len(pages)
            continue
        if not dry_run:
            flights.services.note_pages_removed(pages[0].slot, now)
            archive.remove([page.id for page in pages])
        done.pages += len(pages)
        done.received_bytes += sum(page.size for page in pages)
        done.slots += 1
        tell(f"{pages[0].slot}: {len(pages)} pages {'would be ' if dry_run else ''}removed")
    if not dry_run and (done.pages or done.kept):
        logger.info("raw pages pruned", pages=done.pages, slots=done.slots, kept=dict(done.kept))
    return done


def _old_runs(before: datetime) -> Iterator[tuple[str, list[ArchivedPage]]]:
    """The old pages of one run after another, oldest slot first; one run's pages in memory."""
    for run, pages in groupby(archive.each_before(before), key=lambda page: page.run):
        yield run, list(pages)


def _why_kept(key: str, pages: list[ArchivedPage]) -> str | None:
    """Why these pages are still needed. Those of a run that the ledger lost are not, but for open letters."""
    run = Run.objects.with_key(key)
    if run is not None and run.state != RunState.PUBLISHED:
        return OPEN_RUN
    if run is not None and not _is_closed(run):
        return OPEN_SLOT
    return OPEN_LETTER if dead_letters.open_among({letter for page in pages for letter in page.letters}) else None


def _is_closed(run: Run) -> bool:
    slot = store.find_one(store.SLOTS, run.slot)
    return slot is not None and slot.get("closed_at") is not None and slot["revision"] >= run.revision
