"""Archived pages, as extraction leaves them."""

from flights.times import utc_now
from ingestion import archive
from tests.factories import a_page, a_row


def keep_page(run, number=0, rows=None, **changes):
    """Archive a usable page of these rows (one row where none are given); the page."""
    rows = [a_row()] if rows is None else rows
    body, name = a_page(rows), f"00.{number:05d}"
    told = {"status": archive.USABLE, "rows": len(rows), "observed_at": utc_now(), "collected_at": run.started_at}
    page = archive.ArchivedPage(
        id=archive.page_id(run.key, name),
        run=run.key,
        slot=run.slot,
        page=name,
        query=0,
        sha256=archive.digest(body),
        size=len(body),
        **told | changes,
    )
    archive.keep(page, {}, body)
    return page
