from datetime import timedelta
from pathlib import Path

import pytest

from flights.reference.zones import zone_of
from ingestion import archive
from ingestion.archive import ArchivedPage
from ingestion.errors import ArchiveUnavailable, UnusableAnswer
from ingestion.rows import read_envelope
from ingestion.transforms import transform_page
from tests.factories import COLLECTED, OBSERVED, a_page, a_row, a_source

pytestmark = pytest.mark.usefixtures("documents")

RUN = "2026-11-24T04Z.1"
BODY = a_page([a_row(), [1]])


def an_archived_page(number=0, run=RUN):
    key = f"00.{number:05d}"
    return ArchivedPage(
        id=archive.page_id(run, key),
        run=run,
        slot="2026-11-24T04Z",
        page=key,
        query=0,
        status=archive.RECEIVED,
        sha256=archive.digest(BODY),
        size=len(BODY),
        observed_at=OBSERVED,
        collected_at=COLLECTED,
    )


def test_a_page_is_kept_byte_for_byte():
    page = an_archived_page()
    archive.keep(page, {"flight_status": "active"}, BODY)
    assert archive.pages_of(RUN) == [page]
    assert archive.body_of(page.id) == BODY


def test_pages_are_listed_in_order_and_only_of_their_run():
    for number, run in ((2, RUN), (0, RUN), (1, f"{RUN}1"), (1, RUN)):
        archive.keep(an_archived_page(number, run), {}, BODY)
    assert [page.page for page in archive.pages_of(RUN)] == ["00.00000", "00.00001", "00.00002"]


def test_a_usable_page_knows_its_rows_and_total():
    page = an_archived_page()
    archive.keep(page, {}, BODY)
    marked = archive.mark_usable(page, read_envelope(BODY))
    assert archive.pages_of(RUN) == [marked]
    assert (marked.status, marked.rows, marked.total) == ("usable", 2, 2)


def test_an_unusable_page_says_why():
    page = an_archived_page()
    archive.keep(page, {}, b"<html>")
    archive.mark_unusable(page.id, "the body is no JSON object")
    assert archive.pages_of(RUN)[0].fault == "the body is no JSON object"


def test_what_was_made_of_a_page_is_kept_beside_it():
    page = an_archived_page()
    archive.keep(page, {}, BODY)
    made = transform_page(BODY, a_source(), zone_of)
    archive.keep_transformed(page, made, 1, [])
    kept = archive.pages_of(RUN)[0]
    assert archive.records_of(page.id) == made.records
    assert (kept.rows_received, kept.record_count, kept.rows_rejected, kept.transform) == (2, 1, 1, 1)


def test_a_published_page_says_when():
    page = an_archived_page()
    archive.keep(page, {}, BODY)
    archive.mark_published(page.id, OBSERVED + timedelta(minutes=1))
    assert archive.pages_of(RUN)[0].published_at == OBSERVED + timedelta(minutes=1)


def test_a_page_paid_for_while_the_store_is_down_is_spooled_and_brought_in_later(settings, tmp_path, down):
    settings.DATA_DIR, uri = tmp_path, settings.MONGODB_URI
    down("mongodb")
    with pytest.raises(ArchiveUnavailable, match="is spooled"):
        archive.keep(an_archived_page(), {"x": "1"}, BODY)
    settings.MONGODB_URI = uri
    assert [page.page for page in archive.pages_of(RUN)] == ["00.00000"]
    assert archive.body_of(archive.page_id(RUN, "00.00000")) == BODY
    assert not list(Path(tmp_path).rglob("*.bson"))


def test_an_archive_that_is_down_says_so(down):
    down("mongodb")
    with pytest.raises(ArchiveUnavailable) as failure:
        archive.pages_of(RUN)
    assert failure.value.retryable


def test_a_page_too_large_for_the_store_is_unusable(monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_DOCUMENT", 10)
    with pytest.raises(UnusableAnswer, match="too large"):
        archive.keep(an_archived_page(), {}, BODY)


def test_a_page_that_is_not_there_is_told():
    with pytest.raises(LookupError, match="no page"):
        archive.body_of("nowhere/00.00000")
