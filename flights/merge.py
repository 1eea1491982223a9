"""The merge rule: latest wins by a total order, sets are united, first and last seen are min and max.

Merging is commutative, associative and idempotent, so any order and any repetition of the same records
gives the same documents. That is what lets every step be repeated after a crash.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from flights.records import FlightRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def order_of(record: FlightRecord) -> str:
    """The place of a record in the total order, as text that sorts: the greatest is the latest.

    Later collection first, then newer transform, later replay, operating row over marketing row, later page, later
    row; the digest breaks the tie of two rows that claim the same place.
    """
    replayed = f"r{record.replay:04d}" if record.replay else ""  # `r` sorts after the dot of a first reading
    return (
        f"{_millis(record.collected_at):013d}.{record.transform:04d}{replayed}.{int(record.operating_row)}"
        f".{_millis(record.observed_at):013d}.{record.page}.{record.row:06d}.{record.digest}"
    )


def merge(one: FlightRecord, other: FlightRecord) -> FlightRecord:
    """What is known of one movement from both records; raises ValueError for two different movements."""
    if one.flight_id != other.flight_id:
        raise ValueError(f"{one.flight_id} and {other.flight_id} are different movements")
    latest = max(one, other, key=order_of)
    return replace(
        latest,
        marketed_as=united(one.marketed_as, other.marketed_as),
        carriers=united(one.carriers, other.carriers),
        first_seen=min(one.first_seen, other.first_seen),
        last_seen=max(one.last_seen, other.last_seen),
    )


def supersede(one: FlightRecord, other: FlightRecord) -> FlightRecord:
    """What one slot says of one movement: what a later replay made of its pages takes the place of all that an
    earlier one did, and nothing of that is united with it. Raises ValueError for different movements or slots.
    """
    if one.slot != other.slot:
        raise ValueError(f"{one.slot} and {other.slot} are different slots")
    if one.replay == other.replay or one.flight_id != other.flight_id:
        return merge(one, other)
    return max(one, other, key=lambda record: record.replay)


def merge_all(records: Iterable[FlightRecord]) -> dict[str, FlightRecord]:
    """One record for each movement, by flight id, in order of first appearance."""
    merged: dict[str, FlightRecord] = {}
    for record in records:
        known = merged.get(record.flight_id)
        merged[record.flight_id] = merge(known, record) if known else record
    return merged


def united(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return one if one == other else tuple(sorted({*one, *other}))


def etag_of(record: FlightRecord) -> str:
    """A short hash of the whole state: equal states have equal tags, however they came about."""
    seen = f"{_millis(record.first_seen)}.{_millis(record.last_seen)}"
    text = "\n".join((order_of(record), *record.marketed_as, "", *record.carriers, seen))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _millis(instant: datetime) -> int:
    """Whole milliseconds, cut as MongoDB cuts them: a record read back has the order it was written with."""
    return (instant - _EPOCH) // _MILLISECOND
