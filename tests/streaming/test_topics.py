import time

import pytest
from confluent_kafka import KafkaException

from streaming import topics as topics_of
from streaming.consumer import BatchConsumer
from streaming.errors import BrokerUnavailable
from streaming.producer import EventProducer


def test_topics_may_be_ensured_again(topics, settings):
    assert topics_of.ensure_topics() == [settings.KAFKA_OBSERVED_TOPIC, settings.KAFKA_DEAD_LETTER_TOPIC]
    assert topics_of.partitions_of(settings.KAFKA_OBSERVED_TOPIC) == 3


def test_a_topic_that_is_missing_says_what_to_do(topics):
    with pytest.raises(BrokerUnavailable, match=r"manage\.py prepare"):
        topics_of.partitions_of("test.nowhere")


@pytest.mark.parametrize(
    "ask",
    [lambda: topics_of.ping(0.3), topics_of.ensure_topics, lambda: topics_of.partitions_of("flights.observed")],
)
def test_a_broker_that_is_down_is_told(ask, down, monkeypatch):
    down("kafka")
    monkeypatch.setattr(topics_of, "ADMIN_SECONDS", 0.3)
    with pytest.raises(BrokerUnavailable, match="does not answer"):
        ask()


def test_a_broker_that_answers_is_told(topics):
    topics_of.ping(5.0)


def days_told_once_heard_of(topic, days):
    """The controller takes a change; the broker that is asked hears of it a moment later."""
    end = time.monotonic() + 10
    while (told := topics_of.days_told(topic)) != days and time.monotonic() < end:
        time.sleep(0.05)
    return told


def test_a_topic_made_under_another_setting_keeps_its_messages_as_set(topics, settings):
    assert topics_of.days_told(settings.KAFKA_OBSERVED_TOPIC) == 7
    settings.RETENTION_TOPIC_DAYS = 3
    topics_of.ensure_topics()
    assert days_told_once_heard_of(settings.KAFKA_OBSERVED_TOPIC, 3) == 3
    assert topics_of.days_told(settings.KAFKA_DEAD_LETTER_TOPIC) == 28


def test_what_is_set_of_the_connection_is_told_to_every_client(settings):
    settings.KAFKA_CONNECTION = {"security.protocol": "SASL_SSL"}
    told = {"bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS, "security.protocol": "SASL_SSL"}
    assert topics_of.brokers() == told


@pytest.mark.parametrize(
    "client",
    [topics_of.ping, lambda: EventProducer("flights.observed"), BatchConsumer],
    ids=["admin", "producer", "consumer"],
)
def test_no_client_talks_in_another_way_than_set(settings, client):
    settings.KAFKA_CONNECTION = {"security.protocol": "nonsense"}
    with pytest.raises((KafkaException, BrokerUnavailable), match=r"security\.protocol"):
        client()


@pytest.mark.parametrize(("copies", "acknowledged"), [(1, "1"), (2, "1"), (3, "2")])
def test_one_copy_less_than_there_are_must_have_a_message(settings, copies, acknowledged):
    settings.KAFKA_REPLICATION_FACTOR = copies
    made = topics_of._topics()
    assert {topic.replication_factor for topic in made} == {copies}
    assert {topic.config["min.insync.replicas"] for topic in made} == {acknowledged}
