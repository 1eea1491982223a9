"""The door to Kafka for reading: batches, held while the store is down, offsets committed after the write."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from django.conf import settings
from msgspec import Struct
from structlog import get_logger

from streaming import events, topics
from streaming.errors import BrokerUnavailable
from streaming.offsets import published_at

GROUP = "flightsite"
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 5.0
_DEFAULTS: dict[str, Any] = {
    "group.id": GROUP,
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 1_000,
    "max.poll.interval.ms": 300_000,
    "fetch.wait.max.ms": 100,
    # What waits in memory is bounded: a few batches, and answers of the broker that stay small unpacked.
    "queued.min.messages": 4_000,
    "queued.max.messages.kbytes": 8_192,
    "max.partition.fetch.bytes": 262_144,
    "client.id": "flightsite",
    "log_level": 3,
}
_PASSING = {KafkaError._PARTITION_EOF, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT}  # noqa: SLF001 - librdkafka's names

logger = get_logger(__name__)


class Received(Struct, frozen=True):
    """A message as received: where it stood, what it holds, and when it was published (Unix time; None: not told)."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    headers: events.Headers | None
    key: bytes | None = None
    published_at: float | None = None


Handle = Callable[[list[Received]], None]


def group() -> str:
    """The consumer group that all consumers of this installation are members of."""
    return str(settings.KAFKA_CONSUMER.get("group.id", GROUP))


class BatchConsumer:
    """One member of the consumer group; reads up to `batch_messages` at once (default: as in the settings)."""

    def __init__(self, batch_messages: int | None = None) -> None:
        self._batch_messages = batch_messages or settings.CONSUMER_BATCH_MESSAGES
        self._consumer = Consumer({**_DEFAULTS, **settings.KAFKA_CONSUMER, **topics.brokers()})
        self._topic: str = settings.KAFKA_OBSERVED_TOPIC
        self._holding = False
        self._uncommitted: dict[int, int] = {}  # written but not yet committed: by partition, the next offset
        self._consumer.subscribe(
            [self._topic],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._revoked,
        )

    def consume_batch(self, handle: Handle, stop: threading.Event) -> int:
        """Poll a batch, let `handle` write it, then commit; how many messages. The whole promise is the order.

        While `handle` raises a retryable error the batch is held: partitions are paused, polling goes on, so
        the member stays in its group. When `stop` is set meanwhile the batch is left uncommitted: whoever
        reads next gets it again.
        """
        found = self._consumer.consume(self._batch_messages, timeout=settings.CONSUMER_BATCH_SECONDS)
        batch = [_received(message) for message in found if self._usable(message)]
        handled = len(batch) if batch and self._handled(batch, handle, stop) else 0
        if handled:
            self._uncommitted |= {message.partition: message.offset + 1 for message in batch}
        self._commit()
        return handled

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        self._consumer.close()

    def _usable(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return True
        if error.fatal() or (error.code() not in _PASSING and not error.retriable()):
            raise BrokerUnavailable(f"Kafka: {error.str()}")
        return False

    def _handled(self, batch: list[Received], handle: Handle, stop: threading.Event) -> bool:
        pause = FIRST_PAUSE_SECONDS
        try:
            while True:
                try:
                    handle(batch)
                except Exception as error:
                    if not getattr(error, "retryable", False):
                        raise
                    self._hold(error, len(batch), pause)
                else:
                    return True
                self._wait(pause, stop)
                if stop.is_set():
                    return False
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        finally:
            self._let_go()

    def _hold(self, error: Exception, messages: int, pause: float) -> None:
        logger.warning("batch held", messages=messages, retry_in_seconds=pause, why=str(error))
        self._holding = True
        self._consumer.pause(self._consumer.assignment())

    def _let_go(self) -> None:
        if self._holding:
            self._holding = False
            self._consumer.resume(self._consumer.assignment())

    def _wait(self, seconds: float, stop: threading.Event) -> None:
        """Stay in the group for a while: everything is paused, so polling brings no message."""
        end = time.monotonic() + seconds
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            message = self._consumer.poll(min(left, 0.2))
            if message is not None and message.error() is None:
                self._seek_back(_received(message))

    def _seek_back(self, message: Received) -> None:
        self._consumer.seek(TopicPartition(message.topic, message.partition, message.offset))

    def _commit(self) -> None:
        """Commit what was written, for the partitions that are still ours; the rest is somebody else's now.

        A commit is refused while the group shares out anew: it is tried again, or the lag would never end.
        """
        own = {part.partition for part in self._consumer.assignment()} if self._uncommitted else set()
        self._uncommitted = {number: end for number, end in self._uncommitted.items() if number in own}
        offsets = [TopicPartition(self._topic, number, end) for number, end in self._uncommitted.items()]
        try:
            if offsets:
                self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            logger.warning("commit refused, tried again with the next batch", why=error.args[0].str())
        else:
            self._uncommitted.clear()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        if self._holding:
            consumer.pause(partitions)
        logger.info("partitions assigned", partitions=_numbers(partitions))

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_unassign(partitions)
        for number in _numbers(partitions):
            self._uncommitted.pop(number, None)  # whoever gets them reads from the last commit
        logger.info("partitions revoked", partitions=_numbers(partitions))


def _received(message: Message) -> Received:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise BrokerUnavailable("Kafka handed out a message without its place")
    headers = message.headers()
    told = list(headers.items()) if isinstance(headers, dict) else headers
    return Received(topic, partition, offset, message.value(), told, message.key(), published_at(message))


def _numbers(partitions: Iterable[TopicPartition]) -> list[int]:
    return sorted(part.partition for part in partitions)
