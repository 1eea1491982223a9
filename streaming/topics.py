"""The topics: made, asked after, and made to keep their messages as long as is set."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, but the package does not say so
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    OffsetSpec,
)
from confluent_kafka.cimpl import NewTopic
from django.conf import settings
from msgspec import Struct

from streaming.errors import BrokerUnavailable

DAY_MS = 24 * 3600 * 1000
LETTER_DAYS = 28  # in the topic; the letters themselves are in MongoDB
_ENDS = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
PAUSE_SECONDS = 0.1
_NOT_YET = KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS
ADMIN_SECONDS = 5.0  # below what a process has to end in: no signal is noticed meanwhile


def ensure_topics() -> list[str]:
    """Create the topics that are missing, and have all keep their messages as long as is set; safe to repeat.

    Raises BrokerUnavailable.
    """
    admin = _admin()
    try:
        present = admin.list_topics(timeout=ADMIN_SECONDS).topics
        wanted = [topic for topic in _topics() if topic.topic not in present]
        for future in admin.create_topics(wanted).values() if wanted else ():
            _settle(future)
        for future in admin.incremental_alter_configs([_kept_as_set(*each) for each in _days_kept().items()]).values():
            _settle(future)
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error
    return [topic.topic for topic in _topics()]


def ping(seconds: float = ADMIN_SECONDS) -> None:
    """Raises BrokerUnavailable when no broker answers in time."""
    try:
        _admin().list_topics(timeout=seconds)
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def partitions_of(topic: str) -> int:
    """How many partitions the topic has; raises BrokerUnavailable when it is missing or nobody answers."""
    try:
        return _partitions_of(topic, _admin(), ADMIN_SECONDS)
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def _partitions_of(topic: str, client: AdminClient | Consumer, seconds: float) -> int:
    found = client.list_topics(topic, timeout=seconds).topics[topic]
    if found.error is not None:
        raise BrokerUnavailable(f"topic {topic}: {found.error.str()}; `manage.py prepare` makes it")
    return len(found.partitions)


def days_told(topic: str) -> float:
    """How many days the broker keeps the topic's messages; raises BrokerUnavailable."""
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    admin = _admin()  # its answers end with it
    try:
        [told] = admin.describe_configs([asked]).values()
        return int(_result(told)["retention.ms"].value) / DAY_MS
    except KafkaException as error:
        raise BrokerUnavailable(f"topic {topic}: {error.args[0].str()}") from error


def messages_kept(topic: str) -> int:
    """How many messages the broker has of the topic; raises BrokerUnavailable."""
    partitions = [TopicPartition(topic, number) for number in range(partitions_of(topic))]
    first, last = (_offsets(partitions, spec) for spec in _ENDS)
    return last - first


def _offsets(partitions: Iterable[TopicPartition], spec: Any) -> int:
    admin = _admin()
    try:
        told = admin.list_offsets(dict.fromkeys(partitions, spec))
        return sum(_result(each).offset for each in told.values())
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


class Backlog(Struct, frozen=True):
    """What a group has yet to commit of a partition; `oldest_at` is when the first of it was published (Unix time)."""

    partition: int
    messages: int
    oldest_at: float | None


def backlog_of(topic: str, group: str, seconds: float = ADMIN_SECONDS) -> list[Backlog]:
    """What the group has yet to commit, by partition. Asked by a reader that is no member and commits nothing.

    Raises BrokerUnavailable, also when this can't be told in so many seconds.
    """
    until = time.monotonic() + seconds
    with _reader(group) as reader:
        partitions = [TopicPartition(topic, number) for number in range(_partitions_of(topic, reader, _left(until)))]
        committed = _committed(reader, partitions, until)
        spans = [(each.partition, *_uncommitted(reader, each, until)) for each in committed]
        waiting = [TopicPartition(topic, number, begin) for number, begin, end in spans if begin < end]
        oldest = _published(reader, waiting, until) if waiting else {}
    return [Backlog(number, end - begin, oldest.get(number)) for number, begin, end in spans]


@contextmanager
def _reader(group: str) -> Iterator[Consumer]:
    reader = Consumer(
        {
            "bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "queued.min.messages": 1,  # one message of each partition is looked at
            "max.partition.fetch.bytes": 1_024,
            "fetch.queue.backoff.ms": 5,
            "fetch.wait.max.ms": 100,
            "log_level": 2,  # it is asked every few seconds: what is down is told once, by who asks
        }
    )
    try:
        yield reader
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error
    finally:
        reader.close()


def _committed(reader: Consumer, partitions: list[TopicPartition], until: float) -> list[TopicPartition]:
    """What is committed. A broker that has just started may not know yet that it keeps this group's offsets."""
    while True:
        try:
            return reader.committed(partitions, timeout=_left(until))
        except KafkaException as error:
            if error.args[0].code() not in _NOT_YET:
                raise
            time.sleep(PAUSE_SECONDS)


def _uncommitted(reader: Consumer, committed: TopicPartition, until: float) -> tuple[int, int]:
    """The offsets from which on, and before which, messages are not committed; what is removed counts no more."""
    low, high = reader.get_watermark_offsets(TopicPartition(committed.topic, committed.partition), _left(until))
    return min(max(low, committed.offset), high), high  # nothing committed is a number below 0


def _published(reader: Consumer, places: list[TopicPartition], until: float) -> dict[int, float | None]:
    """When the message at each of these places was published, by partition."""
    found: dict[int, float | None] = {}
    reader.assign(places)
    while len(found) < len(places):
        message = reader.poll(_left(until))
        partition = message.partition() if message is not None and message.error() is None else None
        if message is not None and partition is not None and partition not in found:
            found[partition] = published_at(message)
            reader.incremental_unassign([TopicPartition(places[0].topic, partition)])
    return found


def _left(until: float) -> float:
    """The seconds that are left; raises BrokerUnavailable when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise BrokerUnavailable("Kafka does not answer: it takes too long to tell what is not committed")
    return left


def published_at(message: Message) -> float | None:
    """When a message was published (Unix time), where it says so."""
    kind, milliseconds = message.timestamp()
    return None if kind == TIMESTAMP_NOT_AVAILABLE else milliseconds / 1000


def members_of(group: str, seconds: float = ADMIN_SECONDS) -> int:
    """How many consumers the group has; raises BrokerUnavailable."""
    admin = _admin()  # its answers end with it
    try:
        return len(admin.describe_consumer_groups([group], request_timeout=seconds)[group].result(seconds).members)
    except TimeoutError as error:
        raise BrokerUnavailable(f"Kafka does not answer: nothing in {seconds:g} s") from error
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return 0
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def partitions_wanted() -> dict[str, int]:
    """The topics that `ensure_topics` makes, and the partitions it gives them."""
    return {topic.topic: topic.num_partitions for topic in _topics()}


def _admin() -> AdminClient:
    return AdminClient({"bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS, "log_level": 3})


def _days_kept() -> dict[str, int]:
    """How long each topic keeps its messages."""
    return {
        settings.KAFKA_OBSERVED_TOPIC: settings.RETENTION_TOPIC_DAYS,
        settings.KAFKA_DEAD_LETTER_TOPIC: LETTER_DAYS,
    }


def _topics() -> list[NewTopic]:
    partitions = {settings.KAFKA_OBSERVED_TOPIC: settings.KAFKA_PARTITIONS, settings.KAFKA_DEAD_LETTER_TOPIC: 1}
    return [
        NewTopic(
            topic,
            num_partitions=partitions[topic],
            replication_factor=settings.KAFKA_REPLICATION_FACTOR,
            config={"retention.ms": str(days * DAY_MS)},
        )
        for topic, days in _days_kept().items()
    ]


def _kept_as_set(topic: str, days: int) -> Any:
    """The change that makes a topic keep its messages so long: it may have been made under another setting."""
    told = ConfigEntry("retention.ms", str(days * DAY_MS), incremental_operation=AlterConfigOpType.SET)
    return ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[told])


def _result(future: Any) -> Any:
    """What the broker answered; raises KafkaException, or BrokerUnavailable when it takes its time."""
    try:
        return future.result(ADMIN_SECONDS)
    except TimeoutError as error:
        raise BrokerUnavailable(f"Kafka does not answer: nothing in {ADMIN_SECONDS:g} s") from error


def _settle(future: Any) -> None:
    try:
        _result(future)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
