"""Schema findings kept: counted once for each page, bounded in number, for people to review."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction
from msgspec import Raw
from structlog import get_logger

from flights.blots import blotted_text
from ingestion import ledger, metrics
from ingestion.archive import ArchivedPage
from ingestion.drift import MORE, Drift, drift_of
from ingestion.models import SchemaFinding

REMEMBERED_PAGES = 100  # of which a finding knows that it has counted them

logger = get_logger(__name__)


def note_page(page: ArchivedPage, rows: Iterable[Raw]) -> None:
    """Keep what a page has that the code does not know, and lacks. Safe to repeat; raises LedgerUnavailable.

    A page that was transformed before is passed over: it was looked at then.
    """
    if page.transform is None and (found := drift_of(rows)):
        _keep(page, found)


@ledger.patient
def _keep(page: ArchivedPage, found: Sequence[Drift]) -> None:
    with transaction.atomic():
        for drift in found:
            _count(page, drift)


def _count(page: ArchivedPage, drift: Drift) -> None:
    finding, is_new = _finding(page, drift)
    if page.id in finding.recent:
        return
    finding.pages += 1
    finding.rows += drift.rows
    finding.last_page, finding.last_seen = page.id, max(finding.last_seen, page.observed_at)
    finding.recent = [*finding.recent, page.id][-REMEMBERED_PAGES:]
    finding.save()
    metrics.DRIFT.labels(drift.kind).inc()
    if is_new:
        logger.warning("the upstream changed", kind=drift.kind, path=finding.path, value=finding.value, page=page.id)


def _finding(page: ArchivedPage, drift: Drift) -> tuple[SchemaFinding, bool]:
    """The finding, locked until it is saved, and whether it is new. Beyond the bound one stands for all others."""
    key: str = settings.AVIATIONSTACK["access_key"]
    names = {"kind": drift.kind, "path": blotted_text(drift.path, key), "value": blotted_text(drift.value, key)}
    locked = SchemaFinding.objects.select_for_update()
    known = locked.filter(**names).first()
    if known is not None:
        return known, False
    if SchemaFinding.objects.filter(kind=drift.kind).count() >= settings.SCHEMA_FINDINGS_MAX:
        names |= {"path": MORE, "value": ""}
    seen = {"first_seen": page.observed_at, "last_seen": page.observed_at}
    return locked.get_or_create(**names, defaults={**seen, "first_page": page.id, "last_page": page.id})
