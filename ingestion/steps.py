"""The three steps of a run. Each may be repeated at any moment: it continues where the last try ended."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import randbelow
from typing import Any

from django.conf import settings
from msgspec.structs import replace
from structlog import get_logger

import streaming.services
from flights import slots
from flights.reference.zones import zone_of
from flights.times import utc_now
from ingestion import archive, days, findings, ledger, metrics, paging, retries, sources, summaries
from ingestion.archive import ArchivedPage
from ingestion.client import AviationstackClient
from ingestion.errors import DayTooOld, PagesUnusable, UnusableAnswer
from ingestion.models import Run
from ingestion.paging import PageRequest
from ingestion.rows import read_envelope
from ingestion.transforms import TRANSFORM_VERSION, PageSource, RejectedRow, TransformedPage, transform_rows
from streaming.letters import DeadLetter, Kind, Place, overflow_id
from streaming.producer import EventProducer, observation_producer

UNUSABLE_IN_A_ROW = 3  # then it is the upstream, not the page
NAMED_PAGES = 10
PAGES_A_FLUSH = 20

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """How a step reports (`tell`, one line of progress) and how it stays the run's only worker (`hold`)."""

    tell: Callable[[str], None]
    hold: Callable[[], None]


def extract(run: Run, client: AviationstackClient, context: Context) -> None:
    """Fetch and archive every page of the plan that the archive does not hold yet; go on past an unusable one.

    Raises the errors of ingestion/errors.py; what is archived by then stays and is not bought again.
    """
    _check_age(run)
    archived = {page.page: page for page in archive.pages_of(run.key)}
    firsts: dict[int, int | None] = {}
    ends: dict[int, int] = {}
    faults: dict[str, str] = {}
    in_a_row = 0
    for request in paging.next_pages(run.plan, run.pages_planned, firsts, ends):
        try:
            page = _page(run, client, request, archived.get(request.key), context)
        except UnusableAnswer as error:
            faults[request.key], in_a_row = str(error), in_a_row + 1
            context.tell(f"page {request.key}: {error}")
            if in_a_row == UNUSABLE_IN_A_ROW:
                break
            continue
        in_a_row = 0
        paging.learn(request.query, request.number, page.rows or 0, page.total, firsts, ends)
        context.tell(f"page {request.key}: {page.rows} rows, {_announced(page)} announced")
    if faults:
        raise PagesUnusable(_told(faults))


def _check_age(run: Run) -> None:
    """A day that waited for too long is not asked for: the refusal might cost a request."""
    if run.backfill and days.is_too_deep(slots.parse_slot(run.slot)[0], utc_now().date()):
        raise DayTooOld(f"{run.slot} is more than {days.DEEPEST_DAYS} days ago by now: no plan reaches back so far")


def _page(
    run: Run, client: AviationstackClient, request: PageRequest, known: ArchivedPage | None, context: Context
) -> ArchivedPage:
    """The page as archived, else bought. One known to be unusable costs one request a try, not three."""
    if known is None:
        return _fetch(run, client, request, context, retries.PAGE.calls)
    if known.status == archive.UNUSABLE:
        return _fetch(run, client, request, context, 1)
    return _read(known) if known.status == archive.RECEIVED else known


def _told(faults: dict[str, str]) -> str:
    more = f" and {len(faults) - NAMED_PAGES} more" if len(faults) > NAMED_PAGES else ""
    names = ", ".join(list(faults)[:NAMED_PAGES]) + more
    return f"{len(faults)} unusable page{'s' if len(faults) > 1 else ''}: {names} ({list(faults.values())[-1]})"


def _announced(page: ArchivedPage) -> str:
    return "an unknown number" if page.total is None else str(page.total)


def _fetch(
    run: Run, client: AviationstackClient, request: PageRequest, context: Context, page_calls: int
) -> ArchivedPage:
    """Buy one page, with the tries at once that the failures' classes allow."""
    for attempt in retries.tries_of(retries.PAGE, retries.TRANSIENT, retries.RATE, calls=page_calls):
        with attempt:
            return _buy(run, client, request, context)
    raise AssertionError("retry_context ends by returning or raising")


def _buy(run: Run, client: AviationstackClient, request: PageRequest, context: Context) -> ArchivedPage:
    """One request: noted in the ledger before it is sent; its answer archived before anything else is done with it."""
    context.hold()
    with ledger.noted(run, request.key) as entry:
        answer = client.flights(request.params, limit=paging.ROWS_PER_PAGE, offset=request.offset)
        page = _received(run, request, answer.body)
        try:
            archive.keep(page, request.params, answer.body)
        finally:
            ledger.answered(entry, answer)
        logger.info("page archived", page=page.id, request=entry.pk, seconds=round(answer.seconds, 3), bytes=page.size)
        return _read(page)


def _received(run: Run, request: PageRequest, body: bytes) -> ArchivedPage:
    return ArchivedPage(
        id=archive.page_id(run.key, request.key),
        run=run.key,
        slot=run.slot,
        page=request.key,
        query=request.query,
        status=archive.RECEIVED,
        sha256=archive.digest(body),
        size=len(body),
        observed_at=utc_now(),
        collected_at=run.started_at,
    )


def _read(page: ArchivedPage) -> ArchivedPage:
    try:
        envelope = read_envelope(archive.body_of(page.id))
    except UnusableAnswer as error:
        archive.mark_unusable(page.id, str(error))
        raise
    return archive.mark_usable(page, envelope)


def transform(run: Run, context: Context) -> None:
    """Make records and rejects of every usable page that the present code has not transformed yet, in this replay."""
    for found in archive.usable_pages(run.key):
        if (found.transform, found.replay) == (TRANSFORM_VERSION, run.replays):
            continue
        page = replace(found, replay=run.replays)
        context.hold()
        rows = read_envelope(archive.body_of(page.id)).rows
        findings.note_page(page, rows)
        made = transform_rows(rows, source_of(page), zone_of)
        keep_made(page, made)
        if not page.replay:
            metrics.count_rows(len(made.records), made.rows_merged, len(made.rejected))
        logger.info("page read", page=page.id, records=len(made.records), rejected=len(made.rejected))
        context.tell(
            f"page {page.page}: {made.rows_received} rows → {len(made.records)} flights, "
            f"{made.rows_merged} merged, {len(made.rejected)} rejected"
        )


def source_of(page: ArchivedPage) -> PageSource:
    return PageSource(
        slot=page.slot,
        run=page.run,
        page=page.page,
        collected_at=page.collected_at,
        observed_at=page.observed_at,
        replay=page.replay,
    )


def keep_made(page: ArchivedPage, made: TransformedPage) -> None:
    """Keep what a page became: dead letters first, so that the page can name them."""
    archive.keep_transformed(page, made, TRANSFORM_VERSION, keep_rejected(page, made))


def keep_rejected(page: ArchivedPage, made: TransformedPage) -> list[str]:
    """Keep the rows that could not be used; the letters that they are."""
    refused = [(_letter(page, row), _place(page, row)) for row in made.rejected]
    return list(streaming.services.keep_letters(refused, utc_now()).ids.values())


def _letter(page: ArchivedPage, row: RejectedRow) -> DeadLetter:
    return DeadLetter(
        id=row.digest,
        kind=Kind.ROW,
        reason=row.reason,
        text=row.text,
        version=f"transform {TRANSFORM_VERSION}",
        payload=row.payload.encode(errors="replace"),
        size=row.size,
        slot=page.slot,
    )


def _place(page: ArchivedPage, row: RejectedRow) -> Place:
    """The page remembers for ever what was counted of it; a letter remembers its latest pages only."""
    counted = not {row.digest, overflow_id(Kind.ROW, row.reason)}.isdisjoint(page.letters)
    return Place(page.id, row.row, counted)


def save(run: Run, context: Context) -> None:
    """Publish every record that is not published yet, then the end of the slot; all acknowledged."""
    with observation_producer() as producer:
        if run.reconstructs is None:
            publish_pages(run, producer, context)
        else:
            _publish_reconstructed(run, producer, context)
        streaming.services.publish_end(summaries.summary_of(run), producer, utc_now())


def _publish_reconstructed(run: Run, producer: EventProducer, context: Context) -> None:
    """Publish what the run's slot would have said; what an earlier revision said and this one does not goes with its
    closing, as after every replay."""
    census = sources.census_of(run, context.hold)
    sent = 0
    for page in sources.pages_of(run):
        context.hold()
        sent += streaming.services.publish(sources.seen_on(page, census.active, run), producer)
    context.tell(f"{sent} messages published, of {len(census.active)} flights")


def publish_pages(run: Run, producer: EventProducer, context: Context) -> None:
    """Publish the records of pages that are not published since they were made; all acknowledged."""
    for group in _groups([page for page in archive.usable_pages(run.key) if page.published_at is None]):
        context.hold()
        sent = sum(streaming.services.publish(archive.records_of(page.id), producer) for page in group)
        producer.flush()
        for page in group:
            archive.mark_published(page.id, utc_now())
        logger.info("pages published", pages=[page.id for page in group], messages=sent)
        context.tell(f"{sent} messages published, up to page {group[-1].page}")


def _groups(pages: Sequence[ArchivedPage]) -> Iterator[Sequence[ArchivedPage]]:
    for start in range(0, len(pages), PAGES_A_FLUSH):
        yield pages[start : start + PAGES_A_FLUSH]


def plan_slot(run: Run) -> None:
    """Decide what the run of a slot asks for, once."""
    _plan(run, settings.COLLECTION_PLAN, ledger.pages_of(run.slot))


def plan_day(run: Run, pages: int, query: Mapping[str, str]) -> None:
    """Decide what the backfill of a past day asks for: that departure date, up to so many pages."""
    _plan(run, [{"query": {**query, "flight_date": run.slot}, "share": 1.0}], pages)


def _plan(run: Run, plan: Sequence[Mapping[str, Any]], pages: int) -> None:
    """The starts are drawn here and kept with the run: a run that goes on asks for the same pages."""
    run.queries = [dict(each["query"]) for each in plan]
    run.shares = [each["share"] for each in plan]
    run.starts = [randbelow(paging.STARTS) if each.get("sampled", True) else None for each in plan]
    run.pages_planned = pages
