"""How far the consumer group has come: read for a backup, set back after its restore."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # public, but not declared
from django.conf import settings

from streaming import topics
from streaming.consumer import GROUP
from streaming.errors import BrokerUnavailable, GroupAtWork

Offsets = dict[int, int]  # by partition, the next offset to be read
_EARLIEST, _LATEST = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]


def committed() -> Offsets:
    """Of flights.observed, partitions without a commit left out. Raises BrokerUnavailable."""
    wanted = [ConsumerGroupTopicPartitions(group(), _partitions())]
    told = _asked(lambda admin: admin.list_consumer_group_offsets(wanted)[group()])
    return {each.partition: each.offset for each in told.topic_partitions if each.offset >= 0}


def check_nobody_reads() -> None:
    """Raises GroupAtWork while a consumer is in the group, BrokerUnavailable."""
    told = _asked(lambda admin: admin.describe_consumer_groups([group()])[group()])
    if told.state not in (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD):
        raise GroupAtWork(f"{len(told.members)} consumers are at work: stop them first")


def go_back_to(offsets: Mapping[int, int]) -> int:
    """Let the group read on from here, or from the oldest message that the topic still has where nothing is told or
    that is gone; how many messages it will read. Raises GroupAtWork, BrokerUnavailable.
    """
    check_nobody_reads()
    first, last = _ends(_EARLIEST), _ends(_LATEST)
    begins = {number: _within(offsets.get(number), first[number], last[number]) for number in first}
    places = [TopicPartition(settings.KAFKA_OBSERVED_TOPIC, *each) for each in begins.items()]
    wanted = [ConsumerGroupTopicPartitions(group(), places)]
    _asked(lambda admin: admin.alter_consumer_group_offsets(wanted)[group()])
    return sum(last[number] - begin for number, begin in begins.items())


def group() -> str:
    return str(settings.KAFKA_CONSUMER.get("group.id", GROUP))


def _within(offset: int | None, first: int, last: int) -> int:
    """A topic that was made anew ends before the offset that an earlier one had reached."""
    return offset if offset is not None and first <= offset <= last else first


def _ends(spec: OffsetSpec) -> Offsets:
    wanted = dict.fromkeys(_partitions(), spec)
    admin = topics.admin_client()  # its answers end with it
    with _broker_errors():
        told = admin.list_offsets(wanted)
        return {each.partition: topics.result(future).offset for each, future in told.items()}


def _asked(ask: Callable[[AdminClient], Any]) -> Any:
    admin = topics.admin_client()
    with _broker_errors():
        return topics.result(ask(admin))


@contextmanager
def _broker_errors() -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def _partitions() -> list[TopicPartition]:
    topic = settings.KAFKA_OBSERVED_TOPIC
    return [TopicPartition(topic, number) for number in range(topics.partitions_of(topic))]
