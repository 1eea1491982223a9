"""What an installation holds, read at its stores' own doors: SQL by sqlite3, documents by pymongo, topics by Kafka.

Nothing here calls the pipeline: what is looked at must not be counted by what is tested.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bson.codec_options import CodecOptions
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from pymongo import MongoClient
from pymongo.errors import PyMongoError

TOPIC, GROUP = "flights.observed", "flightsite"
SECONDS = 10.0
PAST = "\x7f"


class Unseen(Exception):
    """A store does not answer just now: nothing can be said."""


@contextmanager
def looking() -> Iterator[None]:
    try:
        yield
    except (PyMongoError, KafkaException, TimeoutError) as error:
        raise Unseen(str(error)) from error


class Observer:
    """Reads one installation; never writes. Raises Unseen while what it asks is down."""

    def __init__(self, sql: Path, mongodb_uri: str, kafka: str) -> None:
        self._sql = sql
        client = MongoClient(mongodb_uri, serverSelectionTimeoutMS=3_000, socketTimeoutMS=10_000)
        self._documents = client.get_default_database(
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        )
        self._kafka = kafka
        self._reader = Consumer(
            {"bootstrap.servers": kafka, "group.id": "observer", "enable.auto.commit": False, "log_level": 0}
        )

    def close(self) -> None:
        self._documents.client.close()
        self._reader.close()

    def run(self, slot: str) -> dict[str, object]:
        """The ledger's row of the slot's run."""
        return self._rows("SELECT * FROM ingestion_run WHERE slot = ?", slot)[0]

    def bought(self, run: int) -> list[str]:
        """The page of every request that was answered with a page."""
        rows = self._rows("SELECT page FROM ingestion_upstreamrequest WHERE run_id = ? AND outcome = 'ok'", run)
        return [str(row["page"]) for row in rows]

    @looking()
    def slot(self, slot: str) -> dict[str, object]:
        return self._documents["slots"].find_one({"_id": slot}) or {}

    @looking()
    def pages(self, run: str) -> list[dict[str, object]]:
        """The run's usable pages with their bytes."""
        found = self._documents["pages"].find({"_id": {"$gt": f"{run}/", "$lt": f"{run}/{PAST}"}, "status": "usable"})
        return [{**page, "body": zlib.decompress(page["body"])} for page in found.sort("_id", 1)]

    @looking()
    def observations(self, slot: str) -> dict[str, dict[str, object]]:
        found = self._documents["observations"].find({"_id": {"$gt": f"{slot}|", "$lt": f"{slot}|{PAST}"}})
        return {document["_id"]: document for document in found}

    @looking()
    def answers(self, slot: str) -> list[dict[str, object]]:
        """Every revision of every answer about the slot."""
        return list(self._documents["indicators"].find({"slot": slot}))

    @looking()
    def flights(self) -> dict[str, dict[str, object]]:
        return {document["_id"]: document for document in self._documents["flights"].find({})}

    @looking()
    def dead_letters(self) -> list[dict[str, object]]:
        return list(self._documents["dead_letters"].find({}))

    @looking()
    def committed(self) -> dict[int, int]:
        """The consumer group's offset in each partition that has one."""
        asked = [ConsumerGroupTopicPartitions(GROUP)]
        admin = self._admin()
        answer = admin.list_consumer_group_offsets(asked, request_timeout=SECONDS)[GROUP].result(SECONDS)
        return {part.partition: part.offset for part in answer.topic_partitions if part.offset >= 0}

    @looking()
    def ends(self) -> dict[int, int]:
        """The offset after the last message of each partition."""
        admin = self._admin()
        partitions = admin.list_topics(TOPIC, timeout=SECONDS).topics[TOPIC].partitions
        asked = {TopicPartition(TOPIC, number): OffsetSpec.latest() for number in partitions}
        answers = admin.list_offsets(asked, request_timeout=SECONDS)
        return {part.partition: future.result(SECONDS).offset for part, future in answers.items()}

    @looking()
    def messages(self, starts: dict[int, int], ends: dict[int, int]) -> list[dict[str, object]]:
        """The observations published between two offsets of each partition, as plain JSON."""
        found = []
        for partition, end in ends.items():
            start = starts.get(partition, 0)
            self._reader.assign([TopicPartition(TOPIC, partition, start)])
            found += self._read(end - start)
        return found

    def _admin(self) -> AdminClient:
        """A new one each time: one whose broker was killed behind a silent line waits for good.

        To be held until it has answered.
        """
        return AdminClient({"bootstrap.servers": self._kafka, "log_level": 0})

    def _read(self, left: int) -> list[dict[str, object]]:
        found = []
        while left > 0:
            batch = self._reader.consume(left, timeout=SECONDS)
            assert batch, f"{left} messages that Kafka says it has could not be read"
            left -= len(batch)
            told = [message for message in batch if b"observed" in dict(message.headers())["ce_type"]]
            found += [json.loads(message.value()) for message in told]
        return found

    def _rows(self, query: str, *values: object) -> list[dict[str, object]]:
        with closing(sqlite3.connect(f"file:{self._sql}?mode=ro", uri=True, timeout=SECONDS)) as sql:
            sql.row_factory = sqlite3.Row
            return [dict(row) for row in sql.execute(query, values)]


def instant(text: str) -> datetime:
    """An instant of a message, cut to the milliseconds that a document holds."""
    told = datetime.fromisoformat(text)
    return told.replace(microsecond=told.microsecond // 1000 * 1000)
