"""Many flights in the store, off the clock, each part called in a process of its own (bench/child.py)."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from flights import documents, services, store
from flights.keys import services as keys
from flights.merge import merge_all
from flights.records import SlotSummary
from flights.reference.zones import zone_of
from ingestion.simulator.prepared import prepared_pages
from ingestion.transforms import PageSource, transform_page

LAST, DAYS = date(2026, 11, 24), 31
SLOT, COLLECTED = "2026-11-24T04Z", datetime(2026, 11, 24, 4, tzinfo=UTC)
ROWS, SEED, BATCH = 5_000, 20_261_124, 1_000
DEEP_PAGES, MOST = 10_000, 1_000


def fill(flights: int) -> dict[str, Any]:
    """So many flights over 31 local departure dates, made of those of one slot, and one closed slot."""
    models = _models()
    for batch in _batches(models, flights):
        store.insert_new(store.FLIGHTS, batch)
    services.end_partition(_summary(flights), 0, 1, COLLECTED)
    return {"flights": flights}


def key() -> dict[str, Any]:
    return {"key": keys.create_key("bench", requests_a_minute=10**7, rows_a_day=2**31 - 1)[1]}


def deep_url(url: str, key: str) -> dict[str, Any]:
    """The address of the 10,000th page of a hundred, or of the last: paged through by thousands."""
    for _ in range(DEEP_PAGES * 100 // MOST - 1):
        request = Request(url.replace("limit=100", f"limit={MOST}"), headers={"Authorization": f"Api-Key {key}"})  # noqa: S310
        with urlopen(request) as answer:  # noqa: S310 - our own address
            following = json.load(answer)["next"]
        if following is None:
            break
        url = following.replace(f"limit={MOST}", "limit=100")
    return {"url": url}


def _models() -> list[documents.Document]:
    """The flights of one slot of the stand-in upstream, as the pipeline stores them."""
    records = []
    for number, body in enumerate(prepared_pages(ROWS, SEED)):
        source = PageSource(
            slot=SLOT, run=f"{SLOT}.1", page=f"00.{number:05}", collected_at=COLLECTED, observed_at=COLLECTED
        )
        records += transform_page(body, source, zone_of).records
    return [documents.flight_document(record) for record in merge_all(records).values()]


def _batches(models: list[documents.Document], flights: int) -> Iterator[list[documents.Document]]:
    batch = []
    for number in range(flights):
        place, day = divmod(number, DAYS)
        again, model = divmod(place, len(models))
        batch.append(_moved(models[model], str(LAST - timedelta(days=day)), again))
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _moved(model: documents.Document, day: str, again: int) -> documents.Document:
    """The same flight on another day, under another number where the day has it already."""
    flight_id = f"{day}{model['_id'][10:]}{again or ''}"
    return {**model, "_id": flight_id, "flight_id": flight_id, "flight_date": day}


def _summary(flights: int) -> SlotSummary:
    pages = flights // 100
    return SlotSummary(
        slot=SLOT, run=f"{SLOT}.1", collected_at=COLLECTED, requests=pages, pages_planned=pages, pages_fetched=pages,
        rows_announced=flights, rows_received=flights, rows_merged=0, rows_rejected=0, published=flights, repeated=0,
        sampling="everything listed",
    )  # fmt: skip
