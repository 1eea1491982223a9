"""Raw pages, kept before they are read, and what was made of them. The pages collection's only door.

A page that was paid for survives the store: when MongoDB does not answer, the page goes to a spool file in
the data folder and from there into the archive as soon as the store is back.
"""

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from bson import BSON
from django.conf import settings
from msgspec import Struct
from msgspec.structs import replace

from flights import store
from flights.documents import ENDS_BEFORE
from flights.errors import StoreUnavailable
from flights.records import FlightRecord
from ingestion.errors import ArchiveUnavailable, DiskFull, UnusableAnswer
from ingestion.rows import Envelope
from ingestion.transforms import RejectedRow, TransformedPage

RECEIVED, USABLE, UNUSABLE = "received", "usable", "unusable"
LARGEST_DOCUMENT = 15 * 1024 * 1024
_WITHOUT_BODIES = {"body": 0, "records": 0}
_records = msgspec.json.Decoder(list[FlightRecord])


class ArchivedPage(Struct, frozen=True, kw_only=True):
    """What the archive knows of a page, without its bodies. `rows_*` are set once it is transformed."""

    id: str
    run: str
    slot: str
    page: str
    query: int
    status: str
    sha256: str
    size: int
    observed_at: datetime
    collected_at: datetime
    total: int | None = None
    rows: int | None = None
    fault: str | None = None
    transform: int | None = None
    replay: int = 0  # how often the run's pages had been read anew when `records` were made
    rows_received: int = 0
    rows_merged: int = 0
    rows_rejected: int = 0
    record_count: int = 0
    published_at: datetime | None = None
    letters: list[str] = []  # every dead letter that a row of this page ever became


def page_id(run: str, page: str) -> str:
    return f"{run}/{page}"


def keep(page: ArchivedPage, params: Mapping[str, str], body: bytes) -> None:
    """Archive a received page. Raises ArchiveUnavailable after spooling it when the store does not answer,
    DiskFull when there is no room for that either, UnusableAnswer when it is too large to be kept."""
    packed = zlib.compress(body, 6)
    if len(packed) > LARGEST_DOCUMENT:
        raise UnusableAnswer(f"a page of {len(body)} bytes is too large to be kept")
    document = {**_fields(page), "params": dict(params), "body": packed}
    try:
        store.upsert(store.PAGES, document.pop("_id"), document)
    except StoreUnavailable as error:
        _spool(page, {**document, "_id": page.id})
        raise ArchiveUnavailable(f"page {page.page} is spooled: {error}") from error


def mark_usable(page: ArchivedPage, envelope: Envelope) -> ArchivedPage:
    """Note that the page can be used, with its rows and the total it announces; the page as it is then."""
    _set(
        page.id,
        {"status": USABLE, "rows": len(envelope.rows), "total": envelope.total, "fault": None},
    )
    return replace(page, status=USABLE, rows=len(envelope.rows), total=envelope.total, fault=None)


def mark_unusable(page: str, fault: str) -> None:
    _set(page, {"status": UNUSABLE, "fault": fault})


def pages_of(run: str) -> list[ArchivedPage]:
    """The run's pages in order of query and page, without bodies; spooled pages are brought in first."""
    with _archive_errors():
        _unspool(run)
        bounds = (f"{run}/", f"{run}/{ENDS_BEFORE}")
        found = store.find_range(store.PAGES, bounds, fields=_WITHOUT_BODIES)
        return [_page(each) for each in found]


def usable_pages(run: str) -> list[ArchivedPage]:
    return [page for page in pages_of(run) if page.status == USABLE]


def pages_with(letters: Sequence[str]) -> list[ArchivedPage]:
    """The pages whose rows became one of these dead letters, without bodies."""
    with _archive_errors():
        found = store.find_by(store.PAGES, {"letters": {"$in": list(letters)}}, fields=_WITHOUT_BODIES)
        return [_page(each) for each in found]


def each_before(instant: datetime) -> Iterator[ArchivedPage]:
    """Pages received before an instant, in order of slot and run, without bodies; a batch at a time in memory."""
    bounds = ("0", f"{instant:%Y-%m-%d}{ENDS_BEFORE}")  # a page is received in its slot's hour or later
    with _archive_errors():
        for each in store.each_in_range(store.PAGES, bounds, _WITHOUT_BODIES, {"observed_at": {"$lt": instant}}):
            yield _page(each)


def remove(pages: Sequence[str]) -> None:
    """Remove pages for good. Safe to repeat."""
    with _archive_errors():
        store.remove(store.PAGES, pages)


def body_of(page: str) -> bytes:
    """The raw bytes as received."""
    return zlib.decompress(_document(page)["body"])


def keep_transformed(page: ArchivedPage, made: TransformedPage, version: int, letters: Iterable[str]) -> None:
    """Keep what was made of a page beside it, and which dead letters; its records are yet to be published."""
    values = {
        "transform": version,
        "replay": page.replay,
        "rows_received": made.rows_received,
        "rows_merged": made.rows_merged,
        "rows_rejected": len(made.rejected),
        "record_count": len(made.records),
        "records": zlib.compress(msgspec.json.encode(made.records), 1),
        "rejected": [msgspec.to_builtins(row) for row in made.rejected],
        "letters": sorted({*page.letters, *letters}),
        "published_at": None,
    }
    _set(page.id, values)


def records_of(page: str) -> list[FlightRecord]:
    """The records made of a page."""
    return _records.decode(zlib.decompress(_document(page)["records"]))


def rejected_of(page: str) -> list[RejectedRow]:
    """The rows of a page that could not be used."""
    return msgspec.convert(_document(page).get("rejected") or [], list[RejectedRow])


def mark_published(page: str, now: datetime) -> None:
    _set(page, {"published_at": now})


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _fields(page: ArchivedPage) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(page)
    fields["_id"] = fields.pop("id")
    return fields


def _page(document: Mapping[str, Any]) -> ArchivedPage:
    return msgspec.convert({**document, "id": document["_id"]}, ArchivedPage)


def _document(page: str) -> dict[str, Any]:
    with _archive_errors():
        document = store.find_one(store.PAGES, page)
    if document is None:
        raise LookupError(f"the archive has no page {page}")
    return document


def _set(page: str, values: Mapping[str, Any]) -> None:
    with _archive_errors():
        store.upsert(store.PAGES, page, values)


@contextmanager
def _archive_errors() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise ArchiveUnavailable(f"the archive can't be reached: {error}") from error


def _spool_folder(run: str) -> Path:
    return Path(settings.DATA_DIR) / "spool" / run


def _spool(page: ArchivedPage, document: Mapping[str, Any]) -> None:
    """Whole or not at all: only a file that is on the disk gets the name that `_unspool` looks for."""
    folder = _spool_folder(page.run)
    part = folder / f"{page.page}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(BSON.encode(document))
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / f"{page.page}.bson")
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise DiskFull(
            f"page {page.page} could be kept neither in MongoDB, which does not answer, nor in {folder} "
            f"({error.strerror}): free space there"
        ) from error


def _unspool(run: str) -> None:
    folder = _spool_folder(run)
    for file in sorted(folder.glob("*.bson")) if folder.is_dir() else []:
        document = BSON(file.read_bytes()).decode()
        store.upsert(store.PAGES, document.pop("_id"), document)
        file.unlink()
