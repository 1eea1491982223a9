"""What the page takes from MongoDB, Kafka and Redis; each part is asked in a thread of its own."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from redis.exceptions import RedisError

from flights import store
from flights.documents import ENDS_BEFORE, Document
from flights.services import NEVER_CLOSED
from flights.slots import parse_slot, slot_key
from flightsite.operations.facts import Lag, Pulse, SlotFacts
from flightsite.operations.wording import without_class
from ingestion import doctor, heartbeats
from ingestion.dependencies import CHECKS
from ingestion.doctor import Finding
from ingestion.errors import QueueUnavailable
from streaming import consumer, dead_letters, offsets

SLOT_FIELDS = dict.fromkeys(
    (
        *("state", "reason", "closed_at", "revision", "ended", "partitions"),
        *("counts", "completeness", "reconstruction"),
    ),
    1,
)
SERVERS = ("mongodb", "kafka", "redis")
LOOKED_AT = ("mongodb", "kafka", "clock", "disk", "settings")

Question = Callable[[], Any]


def questions(since: datetime, now: datetime, seconds: float) -> dict[str, Question]:
    """All that is asked of servers, by name; nothing of it reads SQL."""
    return {
        **{name: partial(_milliseconds, CHECKS[name]) for name in SERVERS},
        **{f"doctor {name}": partial(_found, name, seconds) for name in LOOKED_AT},
        "recent": partial(_slots, since, seconds),
        "letters": partial(_letters, seconds),
        "lag": partial(_lag, now, seconds),
        "pulse": partial(_pulse, seconds),
    }


def _milliseconds(check: Callable[[], None]) -> int:
    began = time.monotonic()
    check()
    return round((time.monotonic() - began) * 1000)


def _found(name: str, seconds: float) -> list[Finding]:
    with store.within(seconds):
        return [replace(each, text=without_class(each.text)) for each in doctor.examine(name)]


def _slots(since: datetime, seconds: float) -> dict[str, SlotFacts]:
    """The records of the slots from this instant on, by name; whole days that were fetched are none."""
    with store.within(seconds):
        found = store.find_range(store.SLOTS, (slot_key(since)[:-1], ENDS_BEFORE), fields=SLOT_FIELDS)
    return {each["_id"]: _slot(each) for each in found if parse_slot(each["_id"])[1] is not None}


def _slot(document: Document) -> SlotFacts:
    return SlotFacts(
        key=document["_id"],
        state=document.get("state") or "",
        reason=document.get("reason") or "",
        closed_at=document.get("closed_at"),
        rows=document.get("counts") or {},
        revision=document.get("revision", NEVER_CLOSED),
        ended={int(name.removeprefix("r")): len(parts) for name, parts in (document.get("ended") or {}).items()},
        partitions=document.get("partitions"),
        share=(document.get("completeness") or {}).get("share"),
        is_reconstructed=bool(document.get("reconstruction")),
    )


def _letters(seconds: float) -> dict[str, int]:
    with store.within(seconds):
        return {reason: count for reason, count in dead_letters.open_by_reason().items() if count}


def _lag(now: datetime, seconds: float) -> Lag:
    group, until = consumer.group(), time.monotonic() + seconds
    backlog = offsets.backlog_of(settings.KAFKA_OBSERVED_TOPIC, group, seconds)
    oldest = [each.oldest_at for each in backlog if each.oldest_at is not None]
    age = max(0.0, now.timestamp() - min(oldest)) if oldest else 0.0
    return Lag(
        sum(each.messages for each in backlog), age, offsets.members_of(group, max(0.1, until - time.monotonic()))
    )


def _pulse(seconds: float) -> Pulse:
    try:
        with heartbeats.connected(seconds / 2) as redis:  # connecting and answering
            told = heartbeats.read(redis)
            waiting = int(redis.llen(current_app.conf.task_default_queue))
    except RedisError as error:
        raise QueueUnavailable(f"Redis does not answer ({type(error).__name__})") from error
    at = {name: datetime.fromtimestamp(instant, UTC) for name, instant in told.items()}
    return Pulse(at.get(heartbeats.BEAT), at.get(heartbeats.WORKER), waiting)
