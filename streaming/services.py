"""Decides what becomes of messages: flights, a closed slot, or a dead letter."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from structlog import get_logger

import flights.services
from flights.records import FlightRecord, SlotSummary
from flights.times import utc_now
from streaming import dead_letters, events, metrics
from streaming.consumer import Received
from streaming.errors import RefusedMessage
from streaming.producer import EventProducer, partitions_of

logger = get_logger(__name__)
Forward = Callable[[Sequence[dead_letters.DeadLetter]], None]


def publish(records: Iterable[FlightRecord], producer: EventProducer) -> int:
    """Publish observations; how many. They are acknowledged once `producer.flush()` has returned."""
    return producer.send(events.observed_message(record) for record in records)


def publish_end(summary: SlotSummary, producer: EventProducer, now: datetime) -> None:
    """Publish the end-of-slot marker to every partition, after the records are acknowledged."""
    producer.flush()
    producer.send(events.ended_messages(summary, partitions_of(producer.topic), now))
    producer.flush()


def handle_batch(messages: Sequence[Received], forward: Forward | None = None) -> None:
    """Write what a batch says: records first, then dead letters, then the ends of slots.

    Repeatable; raises StoreUnavailable when the store did not take it all. `forward` is handed the refused.
    """
    now = utc_now()
    records: list[FlightRecord] = []
    ends: list[events.SlotEnded] = []
    refused: list[dead_letters.DeadLetter] = []
    for message in messages:
        try:
            event = events.decode(message.value, message.headers)
        except RefusedMessage as error:
            refused.append(_letter(message, error))
        else:
            ends.append(event) if isinstance(event, events.SlotEnded) else records.append(event)
    if records:
        metrics.count_applied(flights.services.apply_records(records))
    keep_letters(refused, now)
    if forward and refused:
        forward(refused)
    for end in ends:
        _end(end, now)


def keep_letters(letters: Sequence[dead_letters.DeadLetter], now: datetime) -> None:
    """Keep rows or messages that could not be used; safe to repeat. Raises StoreUnavailable."""
    for letter in letters:
        dead_letters.keep(letter, now)
        metrics.REFUSED.labels(letter.reason).inc()
    if letters:
        reasons = Counter(letter.reason for letter in letters)
        logger.warning("refused", first=letters[0].source, **reasons)


def dead_letter_forwarder(producer: EventProducer) -> Forward:
    """Sends refused messages on to the dead-letter topic, so that other consumers see them too."""

    def forward(letters: Sequence[dead_letters.DeadLetter]) -> None:
        producer.send(events.refused_message(each.reason, each.text, each.source, each.payload) for each in letters)
        producer.flush()

    return forward


def _end(end: events.SlotEnded, now: datetime) -> None:
    state = flights.services.end_partition(end.summary, end.partition, end.partitions, now)
    if state is not None:
        metrics.CLOSED.labels(state).inc()
        logger.info("slot closed", slot=end.summary.slot, state=state)


def _letter(message: Received, error: RefusedMessage) -> dead_letters.DeadLetter:
    return dead_letters.DeadLetter(
        reason=error.reason,
        text=error.text,
        source=f"{message.topic}/{message.partition}/{message.offset}",
        payload=message.value or b"",
    )
