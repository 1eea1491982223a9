"""The consumer with a clock: it starts when the partitions are assigned, so joining the group does not count."""

import threading
import time
from collections.abc import Callable

from confluent_kafka import Consumer, TopicPartition

import streaming.services
from streaming.consumer import BatchConsumer
from streaming.producer import dead_letter_producer

QUIET_POLLS = 5


class TimedConsumer(BatchConsumer):
    assigned_at: float | None = None

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        super()._assigned(consumer, partitions)
        if self.assigned_at is None:
            self.assigned_at = time.perf_counter()


def consume_until(is_done: Callable[[int], bool], limit: float) -> tuple[int, float]:
    """The loop of `manage.py consume` until it is done or the limit is over: messages, and seconds from assignment."""
    stop, messages, began = threading.Event(), 0, time.perf_counter()
    consumer = TimedConsumer()
    try:
        with dead_letter_producer() as letters:
            forward = streaming.services.dead_letter_forwarder(letters)
            while not is_done(messages) and time.perf_counter() - began < limit:
                messages += consumer.consume_batch(lambda batch: streaming.services.handle_batch(batch, forward), stop)
            ended = time.perf_counter()
    finally:
        consumer.close()
    return messages, ended - (consumer.assigned_at or began)


def skip_waiting() -> None:
    """Pass over messages that an earlier part has published and nobody has read."""
    stop, quiet = threading.Event(), 0
    consumer = TimedConsumer()
    try:
        while quiet < QUIET_POLLS:
            found = consumer.consume_batch(lambda _batch: None, stop)
            quiet = quiet + 1 if consumer.assigned_at and not found else 0
    finally:
        consumer.close()
