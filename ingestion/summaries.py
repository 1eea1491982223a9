"""A run in figures, for the end of its slot: from the archive and the ledger."""

from collections import defaultdict
from collections.abc import Sequence

from flights.records import SAMPLING_FIRST, SAMPLING_SYSTEMATIC, QuerySummary, SlotSummary
from ingestion import archive, paging, sources
from ingestion.archive import ArchivedPage
from ingestion.models import Run
from ingestion.paging import Query


def summary_of(run: Run) -> SlotSummary:
    """The run in figures, from the archive and the ledger."""
    if run.reconstructs is not None:
        return sources.summary_of(run)
    pages = archive.usable_pages(run.key)
    asked = _queries_of(run, pages)
    announced = [query.rows_announced for query in asked if query.rows_announced is not None]
    received = sum(page.rows_received for page in pages)
    published = sum(page.record_count for page in pages)
    return SlotSummary(
        slot=run.slot,
        run=run.key,
        collected_at=run.started_at,
        requests=run.requests.count(),
        pages_planned=sum(query.pages_planned for query in asked),
        pages_fetched=len(pages),
        rows_announced=sum(announced) if announced else None,
        rows_received=received,
        rows_merged=sum(page.rows_merged for page in pages),
        rows_rejected=sum(page.rows_rejected for page in pages),
        published=published,
        repeated=published - _movements(pages),
        sampling=paging.sampling_rule([query.sampling for query in asked]),
        backfill=run.backfill,
        shortfall=run.shortfall or None,
        revision=run.revision,
        replay=run.replays,
        queries=tuple(asked),
    )


def _queries_of(run: Run, pages: Sequence[ArchivedPage]) -> list[QuerySummary]:
    """The run's queries in figures."""
    firsts: dict[int, int | None] = {}
    ends: dict[int, int] = {}
    by_query: dict[int, list[ArchivedPage]] = defaultdict(list)
    for page in pages:
        paging.learn(*paging.page_numbers(page.page), page.rows or 0, page.total, firsts, ends)
        by_query[page.query].append(page)
    planned: dict[int, set[int]] = defaultdict(set)
    for request in paging.next_pages(run.plan, run.pages_planned, firsts, ends):
        planned[request.query].add(request.number)
    return [
        _query_summary(query, by_query[number], planned[number], firsts.get(number))
        for number, query in enumerate(run.plan)
    ]


def _query_summary(query: Query, pages: Sequence[ArchivedPage], planned: set[int], first: int | None) -> QuerySummary:
    announced = max((page.total for page in pages if page.total is not None), default=None)
    received = sum(page.rows_received for page in pages)
    fetched = {paging.page_numbers(page.page)[1] for page in pages}
    rule = paging.rule_of(query, len(planned), first, announced, received)
    if rule == SAMPLING_SYSTEMATIC and not {0} <= fetched <= planned:
        rule = SAMPLING_FIRST  # the first page failed, so the second was asked for: nobody drew that one
    return QuerySummary(
        params=dict(query.params),
        share=query.share,
        start=query.start,
        sampling=rule,
        pages_announced=paging.pages_of(first),
        pages_planned=len(planned),
        pages_fetched=len(pages),
        rows_announced=announced,
        rows_received=received,
    )


def _movements(pages: Sequence[ArchivedPage]) -> int:
    """How many different movements the pages hold; hashes, so that a large slot stays small in memory."""
    seen: set[int] = set()
    for page in pages:
        seen.update(hash(record.flight_id) for record in archive.records_of(page.id))
    return len(seen)
