import threading
import time
from contextlib import closing

import pytest
from confluent_kafka import KafkaError, KafkaException

from flights import store
from flights.documents import slot_bounds
from flights.errors import StoreUnavailable
from streaming import services
from streaming.consumer import BatchConsumer
from streaming.errors import BrokerUnavailable
from streaming.events import Message, observed_message
from tests.factories import a_record, a_row, records_from

SLOT = "2026-11-24T04Z"


def some(count):
    rows = [a_row(flight__iata=f"AF{1000 + n}", flight__number=str(1000 + n)) for n in range(count)]
    return records_from(rows)


def messages(count):
    return [observed_message(record) for record in some(count)]


def stored():
    return store.count_range(store.OBSERVATIONS, slot_bounds(SLOT))


def test_messages_become_documents_and_are_then_committed(documents, publish, consume, committed):
    publish(messages(30))
    consume(30)
    assert stored() == 30
    assert committed() == 30


def test_a_message_tells_when_it_was_published(documents, publish, consume):
    before = time.time()
    publish(messages(1))
    [[message]] = consume(1)
    assert before - 0.01 <= message.published_at <= time.time()


def test_a_flights_messages_stay_in_one_partition(documents, publish, consume):
    publish([observed_message(a_record(row=n)) for n in range(5)])
    batches = consume(5)
    assert len({message.partition for batch in batches for message in batch}) == 1


def test_what_was_not_handled_is_not_committed_and_comes_again(documents, publish, consume, committed):
    def broken(batch):
        raise ZeroDivisionError

    publish(messages(10))
    with pytest.raises(ZeroDivisionError):
        consume(10, broken)
    assert committed() == 0
    consume(10)
    assert stored() == 10


def test_a_batch_is_held_while_the_store_is_down_and_nothing_is_skipped(documents, publish, consume, committed):
    tries = []

    def down_twice(batch):
        tries.append(len(batch))
        if len(tries) < 3:
            raise StoreUnavailable("down")
        services.handle_batch(batch)

    publish(messages(20))
    batches = consume(20, down_twice)
    assert batches[0] == batches[1] == batches[2]
    assert (stored(), committed()) == (20, 20)


class Refusing:
    """A Kafka client whose group is just sharing out anew, until `is_over`."""

    def __init__(self, client):
        self._client = client
        self.is_over = False

    def __getattr__(self, name):
        return getattr(self._client, name)

    def commit(self, **asked):
        if not self.is_over:
            raise KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))
        return self._client.commit(**asked)


def test_a_commit_that_was_refused_is_made_up_for_though_nothing_more_comes(documents, publish, committed):
    publish(messages(30))
    with closing(BatchConsumer()) as consumer:
        client = consumer._consumer = Refusing(consumer._consumer)
        done = 0
        while done < 30:  # one batch, or more where they come slowly
            done += consumer.consume_batch(services.handle_batch, threading.Event())
        assert committed() < 30
        client.is_over = True
        assert consumer.consume_batch(services.handle_batch, threading.Event()) == 0
        assert committed() == 30


def test_messages_that_come_while_a_batch_is_held_are_read_after_it(documents, publish, consume):
    tries = []

    def down_at_first(batch):
        tries.append(len(batch))
        if len(tries) == 1:
            publish(messages(40)[20:])
            raise StoreUnavailable("down")
        services.handle_batch(batch)

    publish(messages(20))
    consume(40, down_at_first)
    assert stored() == 40


def test_a_consumer_that_is_stopped_gives_its_held_batch_back(documents, publish, consume, committed):
    stop = threading.Event()

    def down(batch):
        stop.set()
        raise StoreUnavailable("down")

    publish(messages(10))
    consume(10, down, stop)
    assert committed() == 0
    consume(10)
    assert stored() == 10


def test_a_message_that_cannot_be_read_is_a_dead_letter_and_the_rest_goes_on(documents, publish, consume):
    bad = [Message(b"x", b"not json", m.headers) for m in messages(1)]
    publish([*messages(3), *bad, Message(b"y", b"{}", [])])
    consume(5)
    letters = list(store.collection(store.DEAD_LETTERS).find({}).sort("reason", 1))
    assert [(letter["reason"], letter["payload"], letter["count"]) for letter in letters] == [
        ("no-type", "{}", 1),
        ("not-json", "not json", 1),
    ]
    assert stored() == 3


def test_two_consumers_of_one_group_write_everything_once(documents, publish, consume):
    publish(messages(60))
    stop = threading.Event()
    threads = [threading.Thread(target=consume, args=(60, services.handle_batch, stop)) for _ in range(2)]
    [thread.start() for thread in threads]
    end = time.monotonic() + 60
    while stored() < 60 and time.monotonic() < end:
        time.sleep(0.1)
    stop.set()
    [thread.join() for thread in threads]
    assert stored() == 60


class Faulty:
    """What Kafka hands out instead of a message."""

    def __init__(self, code, *more):
        self._error = KafkaError(code, "said so", *more)

    def error(self):
        return self._error


def test_a_passing_error_of_the_broker_is_passed_over(topics):
    consumer = BatchConsumer()
    assert not consumer._usable(Faulty(KafkaError._ALL_BROKERS_DOWN))
    consumer.close()


@pytest.mark.parametrize("fault", [Faulty(KafkaError.TOPIC_AUTHORIZATION_FAILED), Faulty(KafkaError._FENCED, 1)])
def test_an_error_that_stays_ends_the_consumer(topics, fault):
    consumer = BatchConsumer()
    with pytest.raises(BrokerUnavailable, match="said so"):
        consumer._usable(fault)
    consumer.close()
