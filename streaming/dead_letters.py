"""Rows and messages that could not be used: kept once per content, counted, explained."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from flights import store

LARGEST_PAYLOAD = 4_096


class DeadLetter(Struct, frozen=True, kw_only=True):
    """`source` names where it stood (`flights.observed/3/1207` or a page and row): the same place counts once."""

    reason: str
    text: str
    source: str
    payload: bytes
    slot: str | None = None


def letter_id(letter: DeadLetter) -> str:
    """Equal content refused for the same reason is one letter."""
    return hashlib.blake2b(letter.reason.encode() + b"\0" + letter.payload, digest_size=16).hexdigest()


def keep(letter: DeadLetter, now: datetime) -> None:
    """Keep or count one letter. Safe to repeat: a redelivery from the place last seen is not counted again."""
    key = letter_id(letter)
    first = {
        "_id": key,
        "reason": letter.reason,
        "text": letter.text,
        "payload": letter.payload[:LARGEST_PAYLOAD].decode(errors="replace"),
        "size": len(letter.payload),
        "slot": letter.slot,
        "first_seen": now,
        "last_seen": now,
        "source": letter.source,
        "count": 1,
    }
    if store.insert_new(store.DEAD_LETTERS, [first]):
        _count_again(key, letter.source, now)


def _count_again(key: str, source: str, now: datetime) -> None:
    known = store.find_one(store.DEAD_LETTERS, key)
    if known is None or known["source"] == source:
        return
    seen: Mapping[str, Any] = {"count": known["count"] + 1, "source": source, "last_seen": now}
    store.update_if(store.DEAD_LETTERS, {"_id": key, "count": known["count"]}, seen)
