import pytest

from streaming import producer
from streaming.errors import BrokerUnavailable
from streaming.events import Message, observed_message
from tests.factories import a_record


def test_messages_that_are_not_acknowledged_are_told(down):
    down("kafka")
    with (
        pytest.raises(BrokerUnavailable, match="1 messages were not taken"),
        producer.observation_producer() as sending,
    ):
        sending.send([observed_message(a_record())])


def test_a_message_that_is_too_large_is_told(topics):
    with pytest.raises(BrokerUnavailable, match="refused a message"), producer.observation_producer() as sending:
        sending.send([Message(b"k", b"x" * 2_000_000, [])])


def test_a_full_queue_is_waited_for(topics, settings):
    settings.KAFKA_PRODUCER = {"queue.buffering.max.messages": 10}
    with producer.observation_producer() as sending:
        assert sending.send(observed_message(a_record(row=n)) for n in range(100)) == 100


def test_leaving_by_an_error_sends_nothing_more(topics, read_topic, settings):
    def broken():
        yield observed_message(a_record(row=1))
        raise ZeroDivisionError

    settings.KAFKA_PRODUCER = {"linger.ms": 5_000}
    with pytest.raises(ZeroDivisionError), producer.observation_producer() as sending:
        sending.send(broken())
    with producer.observation_producer() as sending:
        sending.send([observed_message(a_record(row=2))])
    assert b'"row":2' in read_topic(settings.KAFKA_OBSERVED_TOPIC, 1)[0].value()
