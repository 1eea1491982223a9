import threading
from contextlib import closing

import pytest
from confluent_kafka import Consumer, TopicPartition

from streaming import services
from streaming.consumer import BatchConsumer
from streaming.producer import observation_producer


@pytest.fixture
def publish(topics):
    """Sends messages to the test's own topic; all acknowledged on return."""

    def send(messages):
        with observation_producer() as producer:
            producer.send(messages)

    return send


@pytest.fixture
def consume(topics):
    """Consumes until so many messages are handled; gives the batches that the handler was handed."""

    def until(count, handle=services.handle_batch, stop=None):
        batches = []

        def handled(batch):
            batches.append(batch)
            handle(batch)

        with closing(BatchConsumer()) as consumer:
            done = 0
            stop = stop or threading.Event()
            while done < count and not stop.is_set():
                done += consumer.consume_batch(handled, stop)
        return batches

    return until


@pytest.fixture
def read_topic(settings):
    """Every message of a topic, read from its start by a reader of its own."""

    def read(topic, count):
        own = {
            "bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS,
            "group.id": "reader",
            "auto.offset.reset": "earliest",
        }
        with closing(Consumer(own)) as consumer:
            consumer.subscribe([topic])
            found = []
            while len(found) < count:
                found += consumer.consume(count, timeout=1.0)
        return found

    return read


@pytest.fixture
def committed(settings):
    """Committed offsets of the test's group, summed over the partitions."""

    def total():

        own = {"bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS, "group.id": settings.KAFKA_CONSUMER["group.id"]}
        with closing(Consumer(own)) as consumer:
            parts = [TopicPartition(settings.KAFKA_OBSERVED_TOPIC, n) for n in range(settings.KAFKA_PARTITIONS)]
            return sum(max(0, part.offset) for part in consumer.committed(parts, timeout=10))

    return total
