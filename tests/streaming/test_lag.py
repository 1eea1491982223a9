"""What the consumers have yet to commit, asked of a real broker by a reader that is none of them."""

import threading
import time
from contextlib import closing

import pytest

from streaming import consumer, topics
from streaming.consumer import BatchConsumer
from streaming.errors import BrokerUnavailable
from streaming.events import Message, observed_message
from tests.factories import a_row, records_from


def some(count):
    rows = [a_row(flight__iata=f"AF{1000 + n}", flight__number=str(1000 + n)) for n in range(count)]
    return [observed_message(record) for record in records_from(rows)]


@pytest.fixture
def backlog(settings, publish):
    return lambda: topics.backlog_of(settings.KAFKA_OBSERVED_TOPIC, consumer.group())


def test_an_empty_topic_has_no_backlog(backlog):
    assert [(each.partition, each.messages, each.oldest_at) for each in backlog()] == [(n, 0, None) for n in range(3)]


def test_what_nobody_read_is_the_backlog_and_its_age_is_that_of_the_first_message(backlog, publish):
    before = time.time()
    publish(some(30))
    between = time.time()
    time.sleep(0.05)
    publish(some(30))
    found = backlog()
    assert sum(each.messages for each in found) == 60
    assert all(before - 0.01 <= each.oldest_at <= between for each in found if each.messages)
    assert sum(each.messages > 0 for each in found) > 1


def test_a_message_of_one_partition_leaves_the_others_without_an_age(backlog, publish):
    publish([Message(b"key", b"{}", [], 1)])
    assert [(each.messages, each.oldest_at is None) for each in backlog()] == [(0, True), (1, False), (0, True)]


def test_what_is_committed_counts_no_more(backlog, publish, consume, documents):
    publish(some(20))
    consume(20)
    assert sum(each.messages for each in backlog()) == 0
    publish(some(5))
    assert sum(each.messages for each in backlog()) == 5


def test_asking_takes_no_partition_from_a_consumer_and_commits_nothing(backlog, publish, consume, committed, documents):
    publish(some(10))
    with closing(BatchConsumer()) as member:
        stop = threading.Event()
        until = time.monotonic() + 60
        while not member._consumer.assignment() and time.monotonic() < until:
            member.consume_batch(lambda batch: stop.set(), threading.Event())
        assert topics.members_of(consumer.group()) == 1
        backlog()
        assert topics.members_of(consumer.group()) == 1
        assert len(member._consumer.assignment()) == 3
    assert topics.members_of(consumer.group()) == 0


def test_a_group_that_never_was_has_no_members(publish):
    assert topics.members_of("nobody") == 0


def test_a_missing_topic_is_an_error_that_says_what_to_do(publish):
    with pytest.raises(BrokerUnavailable, match="prepare"):
        topics.backlog_of("test.no-such-topic", "nobody")


def test_a_broker_that_is_down_is_told_in_time(down):
    down("kafka")
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        topics.backlog_of("flights.observed", "nobody", 1.0)
    with pytest.raises(BrokerUnavailable):
        topics.members_of("nobody", 1.0)
    assert time.monotonic() - began < 5
