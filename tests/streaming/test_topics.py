import pytest

from streaming import topics as topics_of
from streaming.errors import BrokerUnavailable


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


def test_a_topic_made_under_another_setting_keeps_its_messages_as_set(topics, settings):
    assert topics_of.days_told(settings.KAFKA_OBSERVED_TOPIC) == 7
    settings.RETENTION_TOPIC_DAYS = 3
    topics_of.ensure_topics()
    assert topics_of.days_told(settings.KAFKA_OBSERVED_TOPIC) == 3
    assert topics_of.days_told(settings.KAFKA_DEAD_LETTER_TOPIC) == 28
