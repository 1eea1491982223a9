"""Ways to write the same documents in the same batches: pymongo alone, pymongo with a guard, ours, and the consumer."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

import streaming.services
from bench import pages, reading, slots
from flights import documents, services, store
from flights.merge import merge_all
from flights.records import FlightRecord
from flights.reference.zones import zone_of
from ingestion.transforms import PageSource, transform_page
from streaming.producer import observation_producer

BATCH = 1_000
SLOTS = ("2026-11-24T04Z", "2026-11-24T06Z")
FIRST_COLLECTED = datetime(2026, 11, 24, 4, tzinfo=UTC)
CONSUMER_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Records, and the documents made of them ahead of time for those who are not asked to make them."""

    records: list[FlightRecord]
    observations: list[documents.Document]
    flights: list[documents.Document]
    is_first: bool


def unguarded(batches: Sequence[Batch]) -> None:
    _write(batches, lambda _document: {})


def guarded(batches: Sequence[Batch]) -> None:
    """An older record never replaces a newer one: an order that is not less makes error 11000, which is passed over."""
    _write(batches, lambda document: {"order": {"$lt": document["order"]}})


def ours(batches: Sequence[Batch]) -> None:
    for batch in batches:
        services.apply_records(batch.records)


def foreknown(batches: Sequence[Batch]) -> None:
    """The least work there is: whoever knew what is new could insert it, and replace the rest, without a guard."""
    for batch in batches:
        for name, made in ((store.OBSERVATIONS, batch.observations), (store.FLIGHTS, batch.flights)):
            is_new = batch.is_first or name == store.OBSERVATIONS
            operations = [InsertOne(each) if is_new else ReplaceOne({"_id": each["_id"]}, each) for each in made]
            with _duplicates_passed_over():  # a flight of two pages comes twice
                store.collection(name).bulk_write(operations, ordered=False)


WAYS: dict[str, Callable[[Sequence[Batch]], None]] = {
    "unguarded": unguarded,
    "guarded": guarded,
    "ours": ours,
    "foreknown": foreknown,
}
CONSUMER = "consumer"


def compare(pages_folder: str, rounds: int) -> dict[str, Any]:
    """Seconds of every way for a first slot (all is new) and a second one (every flight is known), round by round."""
    both = [_batches(Path(pages_folder), slot, number) for number, slot in enumerate(SLOTS)]
    seconds: dict[str, list[tuple[float, ...]]] = {name: [] for name in (*WAYS, CONSUMER)}
    names = list(seconds)
    reading.skip_waiting()
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            slots.empty()
            seconds[name].append(tuple(_timed(name, batches) for batches in both))
            _tell(number, name, seconds[name][-1])
    return {"records": sum(len(batch.records) for batch in both[0]), "ways": seconds}


def _timed(name: str, batches: Sequence[Batch]) -> float:
    if name == CONSUMER:
        return _consumed(batches)
    started = time.perf_counter()
    WAYS[name](batches)
    return time.perf_counter() - started


def _consumed(batches: Sequence[Batch]) -> float:
    """Kafka poll, decode, write and commit; publishing and joining the group are off the clock."""
    with observation_producer() as producer:
        sent = sum(streaming.services.publish(batch.records, producer) for batch in batches)
    done, seconds = reading.consume_until(lambda messages: messages >= sent, CONSUMER_LIMIT)
    if done != sent:
        raise RuntimeError(f"{done} of {sent} messages within {CONSUMER_LIMIT:.0f} s")
    return seconds


def _write(batches: Sequence[Batch], guard: Callable[[documents.Document], dict[str, Any]]) -> None:
    for batch in batches:
        for name, made in ((store.OBSERVATIONS, batch.observations), (store.FLIGHTS, batch.flights)):
            operations = [
                UpdateOne({"_id": document["_id"], **guard(document)}, {"$set": _without_id(document)}, upsert=True)
                for document in made
            ]
            with _duplicates_passed_over():
                store.collection(name).bulk_write(operations, ordered=False)


@contextmanager
def _duplicates_passed_over() -> Iterator[None]:
    try:
        yield
    except BulkWriteError as error:
        if any(fault["code"] != store.DUPLICATE_KEY for fault in (error.details or {})["writeErrors"]):
            raise


def _without_id(document: documents.Document) -> documents.Document:
    return {name: value for name, value in document.items() if name != "_id"}


def _batches(folder: Path, slot: str, number: int) -> list[Batch]:
    records = list(_records(folder, slot, FIRST_COLLECTED + number * timedelta(hours=2)))
    return [_batch(records[start : start + BATCH], is_first=number == 0) for start in range(0, len(records), BATCH)]


def _batch(records: list[FlightRecord], *, is_first: bool) -> Batch:
    merged = merge_all(records).values()
    return Batch(
        records,
        [documents.observation_document(record) for record in merged],
        [documents.flight_document(record) for record in merged],
        is_first,
    )


def _records(folder: Path, slot: str, collected: datetime) -> Iterator[FlightRecord]:
    for number, body in enumerate(pages.bodies_in(folder)):
        source = PageSource(
            slot=slot, run=f"{slot}.1", page=f"00.{number:05d}", collected_at=collected, observed_at=collected
        )
        yield from transform_page(body, source, zone_of).records


def _tell(number: int, name: str, seconds: tuple[float, ...]) -> None:
    told = ", ".join(f"{each:.2f} s" for each in seconds)
    print(f"  round {number + 1}, {name:<10} {told}", file=sys.stderr, flush=True)
