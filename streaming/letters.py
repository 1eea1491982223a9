"""What a dead letter is, and what each further refusal of the same content makes of it. Pure."""

import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from streaming.events import Headers

Document = dict[str, Any]

SHOWN_BYTES = 4_096
KEPT_BYTES = 64 * 1024  # of a message with its key and headers; what is larger can't be redriven
MOST_ORIGINS = 64


class Kind(StrEnum):
    ROW = "row"
    MESSAGE = "message"


class LetterState(StrEnum):
    OPEN = "open"
    REDRIVEN = "redriven"
    DISCARDED = "discarded"


class Place(Struct, frozen=True):
    """Where something refused stood: partition and offset (`flights.observed/3`, 1207) or page and row.

    `counted`: somebody else remembers that this place was counted before (a page, for its rows).
    """

    origin: str
    number: int
    counted: bool = False

    def __str__(self) -> str:
        return f"{self.origin}/{self.number}"


class DeadLetter(Struct, frozen=True, kw_only=True):
    """One content that was refused. `id` is the same for what must be refused alike; `size` is as received."""

    id: str
    kind: Kind
    reason: str
    text: str
    version: str
    payload: bytes | None
    size: int
    key: bytes | None = None
    headers: Headers | None = None
    slot: str | None = None


class Refusals(Struct, frozen=True):
    """The places of one batch at which the same content was refused, in order; `letter` as refused last."""

    letter: DeadLetter
    places: list[Place]


def content_id(*parts: bytes) -> str:
    """A name for a content; the parts are kept apart."""
    hashed = hashlib.blake2b(digest_size=16)
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big") + part)
    return hashed.hexdigest()


def overflow_id(kind: Kind, reason: str) -> str:
    """The one letter that counts what is refused for a reason beyond the letters that are kept."""
    return content_id(b"overflow", kind.encode(), reason.encode())


def overflow(letter: DeadLetter, most: int) -> DeadLetter:
    text = f"{most:,} different ones of this reason are kept; further ones are only counted, in this letter"
    key = overflow_id(letter.kind, letter.reason)
    return DeadLetter(
        id=key, kind=letter.kind, reason=letter.reason, text=text, version=letter.version, payload=b"", size=0
    )


def folded(known: Document | None, refusals: Refusals, now: datetime) -> Document:
    """The letter's document after these refusals; the very `known` where they change nothing.

    Places that were counted are not counted again, so a batch that is read twice, or by two consumers, counts
    once. A letter that was redriven opens again at any refusal, a discarded one at a new place only.
    """
    if known is None:
        return _tagged(_first(refusals, now))
    new = _uncounted(known, refusals.places)
    told = {name: getattr(refusals.letter, name) for name in ("reason", "text", "version")}
    state = known["state"]
    opens = state == LetterState.REDRIVEN or (state == LetterState.DISCARDED and new)
    if not (new or opens or any(known[name] != value for name, value in told.items())):
        return known
    document = {**known, **told, "count": known["count"] + len(new)}
    if new:
        document |= {"source": str(new[-1]), "last_seen": now, "origins": _origins(known["origins"], new)}
    if opens:
        document |= {**OPENED, "opened_at": str(refusals.places[0])}
    return _tagged(document)


OPENED: Document = {"state": LetterState.OPEN.value, "closed_at": None, "closed_by": None, "closed_why": None}


def closed(state: LetterState, by: str, why: str, now: datetime) -> Document:
    """The fields of a letter that are set when it is closed."""
    fields = {"state": state.value, "closed_at": now, "closed_by": by, "closed_why": why}
    return {**fields, "etag": content_id(repr(sorted(fields.items())).encode())}


def is_opened_by(document: Document, places: Sequence[Place]) -> Place | None:
    """The place at which the letter was opened, if it is one of these: then the letter is new to its readers."""
    return next((place for place in places if str(place) == document["opened_at"]), None)


def _first(refusals: Refusals, now: datetime) -> Document:
    letter, places = refusals.letter, refusals.places
    return {
        "_id": letter.id,
        "kind": letter.kind.value,
        "reason": letter.reason,
        "text": letter.text,
        "version": letter.version,
        **OPENED,
        "opened_at": str(places[0]),
        "count": len(places),
        "first_seen": now,
        "last_seen": now,
        "source": str(places[-1]),
        "origins": _origins([], places),
        "slot": letter.slot,
        "size": letter.size,
        "payload": (letter.payload or b"")[:SHOWN_BYTES].decode(errors="replace"),
        **_whole(letter),
    }


def _whole(letter: DeadLetter) -> Document:
    """The message as it can be published again; nothing of a row, whose page holds it."""
    headers = letter.headers or []
    told = sum(len(name) + len(value or "") for name, value in headers)
    is_kept = letter.kind == Kind.MESSAGE and len(letter.payload or b"") + len(letter.key or b"") + told <= KEPT_BYTES
    if not is_kept:
        return {"whole": None, "key": None, "headers": [], "is_cut": letter.kind == Kind.MESSAGE}
    whole = None if letter.payload is None else zlib.compress(letter.payload, 6)
    return {"whole": whole, "key": letter.key, "headers": [list(pair) for pair in headers], "is_cut": False}


def payload_of(document: Document) -> bytes | None:
    return None if document["whole"] is None else zlib.decompress(document["whole"])


def headers_of(document: Document) -> Headers:
    return [(name, value) for name, value in document["headers"]]


def letter_of(document: Document, reason: str, text: str, version: str) -> DeadLetter:
    """A message's letter again, refused for what may be another reason."""
    return DeadLetter(
        id=document["_id"],
        kind=Kind(document["kind"]),
        reason=reason,
        text=text,
        version=version,
        payload=payload_of(document),
        size=document["size"],
        key=document["key"],
        headers=headers_of(document),
        slot=document["slot"],
    )


def is_overflow(document: Document) -> bool:
    return bool(document["_id"] == overflow_id(document["kind"], document["reason"]))


def _uncounted(known: Document, places: Sequence[Place]) -> list[Place]:
    upto = {origin["at"]: origin["upto"] for origin in known["origins"]}
    return [place for place in places if not place.counted and place.number > upto.get(place.origin, -1)]


def _origins(known: Sequence[Document], places: Sequence[Place]) -> list[Document]:
    """Up to where each partition or page is counted, the latest last; bounded."""
    upto = {origin["at"]: origin["upto"] for origin in known}
    for place in places:
        upto[place.origin] = max(place.number, upto.pop(place.origin, -1))
    return [{"at": at, "upto": number} for at, number in upto.items()][-MOST_ORIGINS:]


def _tagged(document: Document) -> Document:
    """With a tag that changes with the document: who writes it next must have read this state."""
    state = [(name, value) for name, value in sorted(document.items()) if name != "etag"]
    return {**document, "etag": content_id(repr(state).encode())}
