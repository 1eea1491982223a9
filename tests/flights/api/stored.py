"""What the tests of the API find in the store."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from flights import services
from flights.records import SAMPLING_FIRST, SAMPLING_SYSTEMATIC, QuerySummary, SlotSummary
from tests.factories import COLLECTED, a_row, records_from

SLOT = "2026-11-24T04Z"
NOW = datetime(2026, 11, 24, 4, 1, tzinfo=UTC)


def store_rows(*rows: dict[str, Any], **source: Any) -> list[str]:
    """Store the rows' flights; their ids in order."""
    records = records_from(list(rows), **source)
    services.apply_records(records)
    return sorted(record.flight_id for record in records)


def store_flights(count: int, *, day: str = "2026-11-24", first: int = 0, **source: Any) -> list[str]:
    """Store flights of one day, one a minute; their ids in order."""
    return store_rows(*rows_of(count, day=day, first=first), **source)


def rows_of(count: int, *, day: str = "2026-11-24", first: int = 0) -> list[dict[str, Any]]:
    return [
        a_row(
            departure__scheduled=f"{day}T{number // 60:02}:{number % 60:02}:00+00:00",
            flight__iata=f"AF{number}",
        )
        for number in range(first, first + count)
    ]


def close_slot(slot: str = SLOT, **changes: Any) -> None:
    """Close a slot whose run said this of it."""
    summary = SlotSummary(
        slot=slot,
        run=f"{slot}.1",
        collected_at=COLLECTED,
        requests=1,
        pages_planned=1,
        pages_fetched=1,
        rows_announced=1,
        rows_received=1,
        rows_merged=0,
        rows_rejected=0,
        published=1,
        repeated=0,
        sampling="everything listed",
    )
    services.end_partition(replace(summary, **changes), 0, 1, NOW)


def close_sampled_slot(slot: str = SLOT) -> None:
    """Close a slot of two queries: of one 4 of 13 pages were fetched (3 of 12 drawn), of the other the first of 3."""
    active = QuerySummary(
        params={"flight_status": "active"},
        share=0.7,
        start=500_000,
        sampling=SAMPLING_SYSTEMATIC,
        pages_announced=13,
        pages_planned=4,
        pages_fetched=4,
        rows_announced=1_300,
        rows_received=400,
    )
    landed = replace(
        active,
        params={"flight_status": "landed"},
        share=0.3,
        sampling=SAMPLING_FIRST,
        pages_announced=3,
        pages_planned=1,
        pages_fetched=1,
        rows_announced=300,
        rows_received=100,
    )
    close_slot(
        slot,
        pages_planned=5,
        pages_fetched=5,
        rows_announced=1_600,
        rows_received=500,
        rows_merged=496,
        published=4,
        sampling=SAMPLING_SYSTEMATIC,
        queries=(active, landed),
    )


def an_empty_slot(slot: str = SLOT) -> None:
    close_slot(slot, rows_received=0, rows_announced=0, published=0)
