"""The topics: made, asked after, and made to keep their messages as long as is set."""

from collections.abc import Iterable
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, but the package does not say so
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    OffsetSpec,
)
from confluent_kafka.cimpl import NewTopic
from django.conf import settings

from streaming.errors import BrokerUnavailable

DAY_MS = 24 * 3600 * 1000
LETTER_DAYS = 28  # in the topic; the letters themselves are in MongoDB
_ENDS = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
ADMIN_SECONDS = 5.0  # below what a process has to end in: no signal is noticed meanwhile


def ensure_topics() -> list[str]:
    """Create the topics that are missing, and have all keep their messages as long as is set; safe to repeat.

    Raises BrokerUnavailable.
    """
    admin = admin_client()
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
        admin_client().list_topics(timeout=seconds)
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def partitions_of(topic: str) -> int:
    """How many partitions the topic has; raises BrokerUnavailable when it is missing or nobody answers."""
    try:
        return count_partitions(topic, admin_client(), ADMIN_SECONDS)
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def count_partitions(topic: str, client: AdminClient | Consumer, seconds: float) -> int:
    found = client.list_topics(topic, timeout=seconds).topics[topic]
    if found.error is not None:
        raise BrokerUnavailable(f"topic {topic}: {found.error.str()}; `manage.py prepare` makes it")
    return len(found.partitions)


def days_told(topic: str) -> float:
    """How many days the broker keeps the topic's messages; raises BrokerUnavailable."""
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    admin = admin_client()  # its answers end with it
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
    admin = admin_client()
    try:
        told = admin.list_offsets(dict.fromkeys(partitions, spec))
        return sum(_result(each).offset for each in told.values())
    except KafkaException as error:
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def partitions_wanted() -> dict[str, int]:
    """The topics that `ensure_topics` makes, and the partitions it gives them."""
    return {topic.topic: topic.num_partitions for topic in _topics()}


def brokers() -> dict[str, Any]:
    """Where the brokers are and how they are reached; nothing goes before it."""
    return {"bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS, **settings.KAFKA_CONNECTION}


def admin_client() -> AdminClient:
    return AdminClient({**brokers(), "log_level": 0})  # what fails is raised


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
            config={"retention.ms": str(days * DAY_MS), "min.insync.replicas": str(_copies_acknowledged())},
        )
        for topic, days in _days_kept().items()
    ]


def _copies_acknowledged() -> int:
    """How many brokers must have a message before it counts: of three copies two, so that one may be down or lost."""
    return max(1, settings.KAFKA_REPLICATION_FACTOR - 1)


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
