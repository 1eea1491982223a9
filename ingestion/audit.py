"""The proof that a slot's rows add up, worked out anew from the raw archive, not from anybody's counters."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from flights import store
from flights.documents import slot_bounds
from ingestion import archive, observations, sources
from ingestion.archive import ArchivedPage
from ingestion.errors import SourcesGone
from ingestion.models import Run


@dataclass(slots=True)
class SlotAudit:
    """The figures of one slot and every sum that does not come out."""

    slot: str
    rows_received: int = 0
    rows_merged: int = 0
    rows_rejected: int = 0
    published: int = 0
    stored: int = 0
    repeated: int = 0
    removed_at: datetime | None = None
    removed: str = "raw pages"  # what was removed then
    findings: list[str] = field(default_factory=list)

    def check(self, what: str, one: object, other: object) -> None:
        if one != other:
            self.findings.append(f"{what}: {one} is not {other}")

    @property
    def adds_up(self) -> bool:
        return not self.findings


def audit_run(run: Run) -> SlotAudit:
    """Audit the slot of a run: raw bytes, rows, records, published messages, stored observations."""
    audit = SlotAudit(run.slot)
    pages = archive.pages_of(run.key)
    audit.removed_at = (store.find_one(store.SLOTS, run.slot) or {}).get("pages_removed_at") or sources.removed_at(run)
    if audit.removed_at is None and (gone := observations.removed_at(run.slot)):
        audit.removed_at, audit.removed = gone, "observations"
    if audit.removed_at is not None:
        return audit  # nothing is left to count anew
    if run.reconstructs is not None:
        return _audit_reconstructed(audit, run)
    appearances: Counter[str] = Counter()
    for page in pages:
        if page.status == archive.USABLE:
            _audit_page(audit, page, appearances)
    audit.repeated = audit.published - len(appearances)
    audit.check(
        "rows received = merged + rejected + published",
        audit.rows_received,
        audit.rows_merged + audit.rows_rejected + audit.published,
    )
    _audit_store(audit, run, set(appearances))
    _audit_purchases(audit, run)
    return audit


def _audit_reconstructed(audit: SlotAudit, run: Run) -> SlotAudit:
    """The slot's rows are the records of the days' pages that tell of flights in the air at its time."""
    try:
        census = sources.census_of(run)
    except SourcesGone as error:
        audit.findings.append(str(error))
        return audit
    audit.rows_received = audit.published = census.records
    audit.repeated = census.records - len(census.active)
    _audit_store(audit, run, set(census.active))
    return audit


def _audit_page(audit: SlotAudit, page: ArchivedPage, appearances: Counter[str]) -> None:
    body = archive.body_of(page.id)
    audit.check(f"page {page.page}: hash", hashlib.sha256(body).hexdigest(), page.sha256)
    rows = len(json.loads(body)["data"])
    audit.rows_received += rows
    if page.transform is None:
        audit.findings.append(f"page {page.page}: {rows} rows are not transformed yet")
        return
    audit.check(f"page {page.page}: rows", page.rows_received, rows)
    ids = [record.flight_id for record in archive.records_of(page.id)]
    audit.check(f"page {page.page}: records are distinct", len(set(ids)), len(ids))
    audit.rows_merged += page.rows_merged
    audit.rows_rejected += page.rows_rejected
    if page.published_at is None:
        audit.findings.append(f"page {page.page}: {len(ids)} records are not published yet")
        return
    audit.published += len(ids)
    appearances.update(ids)


def _audit_store(audit: SlotAudit, run: Run, expected: set[str]) -> None:
    found = store.find_range(store.OBSERVATIONS, slot_bounds(run.slot), fields={"flight_id": 1})
    stored = {document["flight_id"] for document in found}
    audit.stored = len(stored)
    audit.check("published = stored + repeated", audit.published, audit.stored + audit.repeated)
    audit.check("published flights missing from the store", len(expected - stored), 0)
    audit.check("stored flights that no page brought", len(stored - expected), 0)
    slot = store.find_one(store.SLOTS, run.slot)
    if slot is None:
        audit.findings.append("the slot has no record")
    elif slot.get("closed_at") is None:
        audit.findings.append(f"the slot is not closed: {slot['state']} ({slot.get('reason')})")
    else:
        for name in (
            "rows_received",
            "rows_merged",
            "rows_rejected",
            "published",
            "stored",
            "repeated",
        ):
            audit.check(f"the slot's record of {name}", slot["counts"][name], getattr(audit, name))


def _audit_purchases(audit: SlotAudit, run: Run) -> None:
    bought = Counter(run.requests.filter(outcome="ok").values_list("page", flat=True))
    kept = {page.page for page in archive.pages_of(run.key)}
    audit.check("pages paid for but not kept", sorted(set(bought) - kept), [])
    twice = sorted(page for page, times in bought.items() if times > 1 and page in kept)
    audit.check("pages bought twice", twice, [])
