"""Fetches the upstream's reference tables, page by page into the archive, and makes a refined version of ours."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Raw

from flights import store
from flights.documents import ENDS_BEFORE
from flights.reference import packaged, versions
from flights.times import utc_now
from ingestion import archive, ledger, paging, retries
from ingestion.archive import ArchivedPage
from ingestion.client import AviationstackClient
from ingestion.errors import PlanRefused, UnusableAnswer
from ingestion.reference_rows import Row
from ingestion.refining import Notes, refine
from ingestion.rows import read_envelope

# Rows that each endpoint had in September 2026: the forecast until its first page says more. Small tables first.
FORECAST = {"countries": 252, "aircraft_types": 313, "airports": 6_688, "airlines": 13_169, "airplanes": 19_098}
ENDPOINTS = tuple(FORECAST)
LARGEST_TABLE = 1_000_000  # rows; more is no total but a fault
PREFIX = "reference"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One table of one sync: what the archive has of it by now."""

    name: str
    sync: str
    pages: Mapping[int, ArchivedPage]

    @property
    def run(self) -> str:
        return f"{PREFIX}/{self.sync}/{self.name}"

    @property
    def total(self) -> int | None:
        """Where the table ends: at an empty page whatever was announced, else as announced, else at a short page."""
        for number, page in sorted(self.pages.items()):
            rows = page.rows or 0
            if rows == 0 or (page.total is None and rows < paging.ROWS_PER_PAGE):
                return number * paging.ROWS_PER_PAGE + rows
        announced = [page.total for page in self.pages.values() if page.total is not None]
        return min(max(announced), LARGEST_TABLE) if announced else None

    def missing(self, *, forecast: bool = False) -> list[int]:
        """The pages to buy, as far as announced; `forecast` guesses where nothing was announced yet."""
        rows = self.total if self.total is not None else FORECAST[self.name] if forecast else self._known_rows()
        return [number for number in range(-(-rows // paging.ROWS_PER_PAGE)) if number not in self.pages]

    def _known_rows(self) -> int:
        return (len(self.pages) + 1) * paging.ROWS_PER_PAGE


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync came to: the version made, or None while pages are missing."""

    version: str | None
    requests: int
    missing: int
    refused: tuple[str, ...] = ()
    notes: Notes | None = None


def open_sync(now: datetime) -> str:
    """The sync to go on with: the newest in the archive unless a version was made of it, then a new one."""
    newest = _newest_sync()
    if newest is not None and newest not in _completed():
        return newest
    day = f"{now:%Y-%m-%d}"
    number = int(newest.rpartition(".")[2]) + 1 if newest and newest.startswith(day) else 1
    return f"{day}.{number:02d}"


def last_sync() -> str | None:
    """The sync that a version was made of last."""
    return max(_completed(), default=None)


def endpoints_of(sync: str, names: Sequence[str]) -> list[Endpoint]:
    """The endpoints with what the archive has of each, small tables first."""
    return [_endpoint(name, sync) for name in ENDPOINTS if name in names]


def forecast_requests(endpoints: Sequence[Endpoint]) -> int:
    return sum(len(endpoint.missing(forecast=True)) for endpoint in endpoints)


def sync_reference(
    sync: str, names: Sequence[str], client: AviationstackClient, most: int | None, tell: Tell
) -> Synced:
    """Buy what is missing, up to `most` requests, then make a version of all that the sync has.

    An endpoint that the plan does not include is left out; every other failure ends it, and what is archived by then
    is not bought again.
    """
    budget = Budget(most)
    refused: list[str] = []
    for endpoint in endpoints_of(sync, names):
        try:
            _fetch(endpoint, client, budget, tell)
        except PlanRefused as error:
            refused.append(endpoint.name)
            tell(f"{endpoint.name}: left out, {error}")
    endpoints = endpoints_of(sync, [name for name in names if name not in refused])
    missing = sum(len(endpoint.missing()) for endpoint in endpoints)
    if missing or not endpoints:
        return Synced(None, budget.spent, missing, tuple(refused))
    version, notes = make_version(endpoints, refused, utc_now())
    return Synced(version, budget.spent, 0, tuple(refused), notes)


def make_version(endpoints: Sequence[Endpoint], refused: Sequence[str], now: datetime) -> tuple[str, Notes]:
    """The packaged tables, refined by the archived pages, as a version of their own."""
    base = packaged.packaged_tables()
    parent = versions.keep_packaged(base, now)
    told = {endpoint.name: list(_rows(endpoint)) for endpoint in endpoints}
    tables, notes = refine(base, told, packaged.country_codes())
    sync = endpoints[0].sync
    version = f"{versions.SYNCED}-{sync}-{packaged.digest(tables)}"
    document = {
        "sync": sync,
        "rows": {name: len(rows) for name, rows in told.items()},
        "refused": list(refused),
        **notes.as_document(),
    }
    versions.keep(version, tables, now=now, source=versions.SYNCED, parent=parent, notes=document)
    return version, notes


class Budget:
    """How many requests may still be spent; None for as many as it takes."""

    def __init__(self, most: int | None) -> None:
        self._most, self.spent = most, 0

    def spend(self) -> None:
        self.spent += 1

    @property
    def is_spent(self) -> bool:
        return self._most is not None and self.spent >= self._most


def _fetch(endpoint: Endpoint, client: AviationstackClient, budget: Budget, tell: Tell) -> None:
    """Buy page after page; the end is read anew after each."""
    while (missing := endpoint.missing()) and not budget.is_spent:
        page = _bought(endpoint, missing[0], client, budget)
        pages = {**endpoint.pages, missing[0]: page}
        endpoint = Endpoint(endpoint.name, endpoint.sync, pages)
    rows = sum(page.rows or 0 for page in endpoint.pages.values())
    tell(f"{endpoint.name}: {rows} rows in {len(endpoint.pages)} pages, {len(endpoint.missing())} pages missing")


def _bought(endpoint: Endpoint, number: int, client: AviationstackClient, budget: Budget) -> ArchivedPage:
    """One page, with the tries at once that the failures' classes allow."""
    for attempt in retries.tries_of(retries.PAGE, retries.TRANSIENT, retries.RATE):
        with attempt:
            return _buy(endpoint, number, client, budget)
    raise AssertionError("retry_context ends by returning or raising")


def _buy(endpoint: Endpoint, number: int, client: AviationstackClient, budget: Budget) -> ArchivedPage:
    """One request: noted in the ledger before it is sent; its answer archived before it is read."""
    now = utc_now()
    with ledger.noted(None, f"{endpoint.name}/{number:05d}") as entry:
        budget.spend()
        offset = number * paging.ROWS_PER_PAGE
        answer = client.reference(endpoint.name, limit=paging.ROWS_PER_PAGE, offset=offset)
        page = _received(endpoint, number, answer.body, now)
        try:
            archive.keep(page, {}, answer.body)
        finally:
            ledger.answered(entry, answer)
        return _read(page)


def _received(endpoint: Endpoint, number: int, body: bytes, now: datetime) -> ArchivedPage:
    return ArchivedPage(
        id=archive.page_id(endpoint.run, f"{number:05d}"),
        run=endpoint.run,
        slot="",
        page=f"{number:05d}",
        query=0,
        status=archive.RECEIVED,
        sha256=archive.digest(body),
        size=len(body),
        observed_at=now,
        collected_at=now,
    )


def _read(page: ArchivedPage) -> ArchivedPage:
    try:
        envelope = read_envelope(archive.body_of(page.id))
    except UnusableAnswer as error:
        archive.mark_unusable(page.id, str(error))
        raise
    return archive.mark_usable(page, envelope)


def _endpoint(name: str, sync: str) -> Endpoint:
    """With the usable pages of the archive; one that was received and not read is read now."""
    pages = [page for page in archive.pages_of(f"{PREFIX}/{sync}/{name}") if page.status != archive.UNUSABLE]
    read = [_read(page) if page.status == archive.RECEIVED else page for page in pages]
    return Endpoint(name, sync, {int(page.page): page for page in read})


def _rows(endpoint: Endpoint) -> Iterator[Row]:
    for page in endpoint.pages.values():
        yield from filter(None, map(_row, read_envelope(archive.body_of(page.id)).rows))


def _row(raw: Raw) -> Row | None:
    """The row as an object; None for anything else, which is nothing to refine with."""
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _newest_sync() -> str | None:
    bounds = (f"{PREFIX}/", f"{PREFIX}/{ENDS_BEFORE}")
    found = store.find_range(store.PAGES, bounds, limit=1, fields={"_id": 1}, descending=True)
    return str(found[0]["_id"]).split("/")[1] if found else None


def _completed() -> set[str]:
    found = store.find_range(store.REFERENCE_VERSIONS, ("", ENDS_BEFORE), fields={"notes.sync": 1})
    return {sync for each in found if (sync := (each.get("notes") or {}).get("sync"))}
