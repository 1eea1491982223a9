"""Decides what becomes of messages: flights, a closed slot, or a dead letter."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from structlog import get_logger

import flights.answering
import flights.services
from flights.records import FlightRecord, SlotSummary
from flights.times import utc_now
from streaming import dead_letters, events, metrics
from streaming.consumer import Received
from streaming.errors import RefusedMessage
from streaming.letters import (
    DeadLetter,
    Document,
    Kind,
    LetterState,
    Place,
    content_id,
    headers_of,
    letter_of,
    payload_of,
)
from streaming.producer import EventProducer
from streaming.topics import partitions_of

logger = get_logger(__name__)
Refused = tuple[DeadLetter, Place]
Forward = Callable[[Sequence[Refused]], None]
CONTRACT = "events v1"


def publish(records: Iterable[FlightRecord], producer: EventProducer) -> int:
    """Publish observations; how many. They are acknowledged once `producer.flush()` has returned."""
    return producer.send(events.observed_message(record) for record in records)


def publish_end(summary: SlotSummary, producer: EventProducer, now: datetime) -> None:
    """Publish the end-of-slot marker to every partition, after the records are acknowledged."""
    producer.flush()
    producer.send(events.ended_messages(summary, partitions_of(producer.topic), now))
    producer.flush()


def handle_batch(messages: Sequence[Received], forward: Forward | None = None) -> None:
    """Write what a batch says: records first, then dead letters, then the ends of slots and what indicators answer.

    Repeatable; raises StoreUnavailable when the store did not take it all. `forward` is handed the letters that
    this batch opened, once more when the batch is read again, and no repetition of a letter that is open.
    """
    now = utc_now()
    records: list[tuple[FlightRecord, float | None]] = []
    ends: list[events.SlotEnded] = []
    refused: list[Refused] = []
    for message in messages:
        try:
            event = events.decode(message.value, message.headers)
        except RefusedMessage as error:
            refused.append((_letter(message, error), _place(message)))
        else:
            ends.append(event) if isinstance(event, events.SlotEnded) else records.append((event, message.published_at))
    if records:
        _store(records)
    kept = keep_letters(refused, now)
    if forward and kept.opened:
        forward(kept.opened)
    for end in ends:
        _end(end, now)
    for slot in {end.summary.slot for end in ends}:
        flights.answering.answer_slot(slot, now)


def _store(records: Sequence[tuple[FlightRecord, float | None]]) -> None:
    """Write flights that were published at these times, and count how long that took."""
    metrics.count_applied(flights.services.apply_records(record for record, _ in records))
    metrics.time_to_query((published for _, published in records), utc_now().timestamp())


def keep_letters(refused: Sequence[Refused], now: datetime) -> dead_letters.Kept:
    """Keep rows or messages that could not be used; safe to repeat. Raises StoreUnavailable."""
    kept = dead_letters.keep(refused, now)
    for reason, count in kept.counted.items():
        metrics.REFUSED.labels(reason).inc(count)
    if refused:
        reasons = Counter(letter.reason for letter, _ in refused)
        logger.warning("refused", first=str(refused[0][1]), **reasons)
    return kept


def event_of(letter: Document) -> events.Event:
    """What a message that was refused says to the present code; raises RefusedMessage when it still can't be used."""
    return events.decode(payload_of(letter), headers_of(letter))


def publish_again(letter: Document, event: events.Event, producer: EventProducer) -> None:
    """Publish a refused message as it was; a marker in its own partition. `producer.flush()` acknowledges."""
    partition = None
    if isinstance(event, events.SlotEnded) and event.partition < partitions_of(producer.topic):
        partition = event.partition
    key, value = letter["key"] or b"", payload_of(letter) or b""
    producer.send([events.Message(key, value, headers_of(letter), partition)])


def refuse_again(letter: Document, error: RefusedMessage, now: datetime) -> None:
    """Note what the present code has against a message that was refused before. Counts nothing."""
    again = letter_of(letter, error.reason, error.text, CONTRACT)
    dead_letters.keep([(again, Place("redrive", 0, counted=True))], now)


def discard_letters(found: Sequence[Document], by: str, why: str, now: datetime) -> list[str]:
    """Close open letters without trying them; those that were refused again meanwhile stay open."""
    done = [each["_id"] for each in found if dead_letters.close(each, LetterState.DISCARDED, by, why, now)]
    dead_letters.recount()
    return done


def dead_letter_forwarder(producer: EventProducer) -> Forward:
    """Sends refused messages on to the dead-letter topic, so that other consumers see them too."""

    def forward(opened: Sequence[Refused]) -> None:
        producer.send(
            events.refused_message(letter.reason, letter.text, str(place), letter.payload or b"")
            for letter, place in opened
        )
        producer.flush()

    return forward


def _end(end: events.SlotEnded, now: datetime) -> None:
    state = flights.services.end_partition(end.summary, end.partition, end.partitions, now)
    if state is not None:
        metrics.CLOSED.labels(state).inc()
        logger.info("slot closed", slot=end.summary.slot, state=state)


def _letter(message: Received, error: RefusedMessage) -> DeadLetter:
    """Named by all that decides what becomes of a message: what `events.decode` looks at."""
    told = "\n".join(events.deciding_headers(message.headers))
    return DeadLetter(
        id=content_id(b"" if message.value is None else b"value", told.encode(), message.value or b""),
        kind=Kind.MESSAGE,
        reason=error.reason,
        text=error.text,
        version=CONTRACT,
        payload=message.value,
        size=len(message.value or b""),
        key=message.key,
        headers=message.headers,
    )


def _place(message: Received) -> Place:
    return Place(f"{message.topic}/{message.partition}", message.offset)
