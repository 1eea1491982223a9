"""Kafka and what it could not bring home: the consumers' lag, and open dead letters."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric

from flights import store
from ingestion.state.families import gauge, gauges
from ingestion.state.slots import STORE_SECONDS
from streaming import consumer, dead_letters, topics

LAG_SECONDS, MEMBERS_SECONDS = 4.0, 2.0


def letters(_now: datetime) -> Iterator[Metric]:
    """As counted where they are kept: no letter is read."""
    with store.within(STORE_SECONDS):
        counts = dead_letters.open_by_reason()
    yield gauges("flightsite_dead_letters_open", "Open dead letters.", "reason", counts)


def lag(now: datetime) -> Iterator[Metric]:
    topic, group = settings.KAFKA_OBSERVED_TOPIC, consumer.group()
    labels = ["topic", "partition"]
    messages = GaugeMetricFamily("flightsite_consumer_lag_messages", "Messages not yet committed.", labels=labels)
    seconds = GaugeMetricFamily("flightsite_consumer_lag_seconds", "Age of the oldest of them.", labels=labels)
    for each in topics.backlog_of(topic, group, LAG_SECONDS):
        place = [topic, str(each.partition)]
        messages.add_metric(place, each.messages)
        age = 0.0 if each.oldest_at is None else max(0.0, now.timestamp() - each.oldest_at)
        seconds.add_metric(place, age)
    members = topics.members_of(group, MEMBERS_SECONDS)
    yield from (messages, seconds)
    yield gauge("flightsite_consumer_group_members", "Consumers in the group.", members)
