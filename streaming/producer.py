"""The door to Kafka for writing: an idempotent producer that reports every message that was not acknowledged."""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from django.conf import settings

from streaming import events, topics
from streaming.errors import BrokerUnavailable

FLUSH_SECONDS = 120.0
SLICE_SECONDS = 0.5  # the same for a flush
_DEFAULTS: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "compression.type": "lz4",
    "linger.ms": 20,
    "delivery.timeout.ms": 110_000,
    "client.id": "flightsite",
    "log_level": 3,
}


class EventProducer:
    """Sends messages to one topic; on leaving, everything sent is acknowledged or BrokerUnavailable is raised."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._failures: list[str] = []
        self._producer = Producer({**_DEFAULTS, **settings.KAFKA_PRODUCER, **topics.brokers()})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()
        else:
            self._producer.purge()
            self._producer.poll(0)

    @property
    def topic(self) -> str:
        return self._topic

    def send(self, messages: Iterable[events.Message]) -> int:
        """Hand over messages, waiting where the queue is full; how many. `flush` says whether they arrived."""
        count = 0
        for message in messages:
            self._send(message)
            count += 1
        return count

    def flush(self) -> None:
        """Wait until all that was sent is acknowledged; raises BrokerUnavailable when some of it was not."""
        left, end = len(self._producer), time.monotonic() + FLUSH_SECONDS
        while left and time.monotonic() < end:
            left = self._producer.flush(SLICE_SECONDS)
        failures, self._failures = self._failures, []
        if left or failures:
            why = failures[0] if failures else "no acknowledgement"
            raise BrokerUnavailable(f"{left + len(failures)} messages were not taken by Kafka: {why}")

    def _send(self, message: events.Message) -> None:
        place = -1 if message.partition is None else message.partition  # -1: by the key
        while True:
            try:
                self._producer.produce(
                    self._topic,
                    key=message.key,
                    value=message.value,
                    headers=list(message.headers),
                    partition=place,
                    on_delivery=self._delivered,
                )
            except BufferError:
                self._producer.poll(0.5)
            except KafkaException as error:
                raise BrokerUnavailable(f"Kafka refused a message: {error}") from error
            else:
                self._producer.poll(0)
                return

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failures.append(error.str())


def observation_producer() -> EventProducer:
    return EventProducer(settings.KAFKA_OBSERVED_TOPIC)


def dead_letter_producer() -> EventProducer:
    return EventProducer(settings.KAFKA_DEAD_LETTER_TOPIC)
