"""What can't be done any more once observations were removed (ingestion/retention.py), and how to make it possible."""

from datetime import datetime

from flights import queries, store
from flights.exports.archives import month_of
from flights.slots import parse_slot


def removed_at(slot: str) -> datetime | None:
    """When the slot's observations were removed; None while they are there."""
    told: datetime | None = (store.find_one(store.SLOTS, slot) or {}).get("observations_removed_at")
    return told


def why_not_added_to(slot: str, replays: int) -> str | None:
    """Why no more can be published of a slot: it is then counted by its observations, and what was replayed states
    flights anew.
    """
    if replays:
        return why_not_stated_anew(slot)
    gone = removed_at(slot)
    return None if gone is None else _words([slot], gone)


def why_not_stated_anew(slot: str) -> str | None:
    """A replay states each flight anew from all its observations, which lie some days around the slot too."""
    day, _ = parse_slot(slot)
    gone = queries.slots_without_observations((day, day))
    if not gone:
        return None
    return _words([each["_id"] for each in gone], max(each["observations_removed_at"] for each in gone))


def _words(slots: list[str], last: datetime) -> str:
    more = f" and of {len(slots) - 1} more slots around it" if len(slots) > 1 else ""
    months = ", ".join(sorted({str(month_of(slot)) for slot in slots}))
    return (
        f"the observations of {slots[0]}{more} were removed (last on {last:%Y-%m-%d}), and flights are stated from "
        f"them: put them back first (`unarchive --month`, of {months})"
    )
