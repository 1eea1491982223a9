"""How far a consumer group has come and what waits for it: told, read for a backup, set back after its restore.

Asked by a consumer that is no member: while the group's coordinator is still loading, the admin client's own call
(`list_consumer_group_offsets` of confluent-kafka 2.16) ends the process with a segmentation fault.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message, TopicPartition
from django.conf import settings
from msgspec import Struct

from streaming import topics
from streaming.errors import BrokerUnavailable, GroupAtWork

PAUSE_SECONDS = 0.1
Offsets = dict[int, int]  # by partition, the next offset to be read
_NOT_YET = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)


class Backlog(Struct, frozen=True):
    """What a group has yet to commit of a partition; `oldest_at` is when the first of it was published (Unix time)."""

    partition: int
    messages: int
    oldest_at: float | None


def backlog_of(topic: str, group: str, seconds: float = topics.ADMIN_SECONDS) -> list[Backlog]:
    """What the group has yet to commit, by partition. Asked by a reader that is no member and commits nothing.

    Raises BrokerUnavailable, also when this can't be told in so many seconds.
    """
    until = time.monotonic() + seconds
    with _reader(group) as reader:
        partitions = [
            TopicPartition(topic, number) for number in range(topics.count_partitions(topic, reader, _left(until)))
        ]
        committed = _committed(reader, partitions, until)
        spans = [(each.partition, *_uncommitted(reader, each, until)) for each in committed]
        waiting = [TopicPartition(topic, number, begin) for number, begin, end in spans if begin < end]
        oldest = _published(reader, waiting, until) if waiting else {}
    return [Backlog(number, end - begin, oldest.get(number)) for number, begin, end in spans]


@contextmanager
def _reader(group: str) -> Iterator[Consumer]:
    reader = Consumer(
        {
            **topics.brokers(),
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


def members_of(group: str, seconds: float = topics.ADMIN_SECONDS) -> int:
    """How many consumers the group has; raises BrokerUnavailable."""
    admin = topics.admin_client()  # its answers end with it
    try:
        told = admin.describe_consumer_groups([group], request_timeout=seconds)[group]
        return len(told.result(seconds).members)
    except TimeoutError as error:
        raise BrokerUnavailable(f"Kafka does not answer: nothing in {seconds:g} s") from error
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return 0
        raise BrokerUnavailable(f"Kafka does not answer: {error.args[0].str()}") from error


def committed(group: str) -> Offsets:
    """Of flights.observed, partitions without a commit left out. Raises BrokerUnavailable."""
    until = time.monotonic() + topics.ADMIN_SECONDS
    with _reader(group) as reader:
        told = _committed(reader, _partitions(), until)
    return {each.partition: each.offset for each in told if each.offset >= 0}


def check_nobody_reads(group: str) -> None:
    """Raises GroupAtWork while a consumer is in the group, BrokerUnavailable."""
    if members := members_of(group):
        raise GroupAtWork(f"{members} consumers are at work: stop them first")


def go_back_to(group: str, offsets: Mapping[int, int]) -> int:
    """Let the group read on from here, or from the oldest message that the topic still has where nothing is told or
    that is gone; how many messages it will read. Raises GroupAtWork, BrokerUnavailable.
    """
    check_nobody_reads(group)
    waiting = 0
    with _reader(group) as reader:
        places = []
        for place in _partitions():
            first, last = reader.get_watermark_offsets(place, topics.ADMIN_SECONDS)
            place.offset = _within(offsets.get(place.partition), first, last)
            places.append(place)
            waiting += last - place.offset
        reader.commit(offsets=places, asynchronous=False)
    return waiting


def _within(offset: int | None, first: int, last: int) -> int:
    """A topic that was made anew ends before the offset that an earlier one had reached."""
    return offset if offset is not None and first <= offset <= last else first


def _partitions() -> list[TopicPartition]:
    topic = settings.KAFKA_OBSERVED_TOPIC
    return [TopicPartition(topic, number) for number in range(topics.partitions_of(topic))]
