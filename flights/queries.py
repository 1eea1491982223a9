"""What the API reads: bounded ranges of `_id`, one after another, never a whole collection."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flights import store
from flights.documents import ENDS_BEFORE, OBSERVATION_SEPARATOR, Document, slot_bounds
from flights.indicators import stored
from flights.records import CLOSED_STATES
from flights.slots import parse_slot

Bounds = tuple[str, str]

DEFAULT_DAYS = 3
RECENT_DAYS = 14
AROUND_DAYS = 7
# What only the pipeline needs; the API's shapes drop what else they do not name.
_INTERNAL = ("order", "etag", "digest", "page", "row", "transform", "operating_row", "collected_at", "numbers", "codes")
PUBLIC = dict.fromkeys(_INTERNAL, 0)
EVIDENCE = {name: 0 for name in _INTERNAL if name != "page"}


def days_before(day: date, days: int) -> date:
    return date.fromordinal(max(1, day.toordinal() - days))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents, and what of them."""

    conditions: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=lambda: PUBLIC)


def flights_of_days(days: tuple[date, date], wanted: Wanted, after: str, limit: int) -> list[Document]:
    """Flights that depart on these local dates, in order of their ids, beginning after one."""
    return _read(store.FLIGHTS, day_bounds(days), wanted, after=after, limit=limit)


def flights_of_slot(slot: str, wanted: Wanted, after: str, limit: int) -> list[Document]:
    """What this slot said about each flight, in order of flight ids."""
    return _read(store.OBSERVATIONS, [slot_bounds(slot)], wanted, after=after, limit=limit)


def ids_of_days(days: tuple[date, date], after: str, limit: int) -> list[str]:
    """Ids of the flights that depart on these local dates, in order, beginning after one."""
    found = _read(store.FLIGHTS, day_bounds(days), Wanted(fields={"_id": 1}), after=after, limit=limit)
    return [document["_id"] for document in found]


def has_code(path: str, code: str) -> bool:
    """Whether any flight carries this code; one look into an index."""
    return bool(store.find_by(store.FLIGHTS, {path: code}, limit=1, fields={"_id": 1}))


def each_flight_of_days(
    days: tuple[date, date], conditions: Mapping[str, Any], fields: Mapping[str, int]
) -> Iterator[Document]:
    """Some fields of all flights that depart on these local dates, a batch at a time in memory."""
    for bounds in day_bounds(days):
        yield from store.each_in_range(store.FLIGHTS, bounds, fields, conditions)


def history_of(flight_id: str, wanted: Wanted, after: str, limit: int) -> list[Document]:
    """What each slot said about one flight, oldest slot first."""
    whole = ("0", f"9{ENDS_BEFORE}")  # the index on flight_id leads; the bounds are those of every id
    of_flight = Wanted({"flight_id": flight_id, **wanted.conditions}, wanted.fields)
    return _read(store.OBSERVATIONS, [whole], of_flight, after=after, limit=limit)


def slots_of_days(days: tuple[date, date], conditions: Mapping[str, Any], before: str, limit: int) -> list[Document]:
    """Slots of these dates, newest first, beginning before one."""
    lower, upper = _slot_bounds(*days)
    bounds = (lower, min(upper, before) if before else upper)
    return store.find_range(store.SLOTS, bounds, conditions, limit=limit, descending=True)


def slots_in_order(days: tuple[date, date], after: str, limit: int) -> list[Document]:
    """Slots of these dates, oldest first, beginning after one."""
    lower, upper = _slot_bounds(*days)
    return store.find_range(store.SLOTS, (max(lower, after), upper), limit=limit)


def slots_in_brief(days: tuple[date, date]) -> list[Document]:
    """State and sampling of every slot of these dates, oldest first."""
    return store.find_range(store.SLOTS, _slot_bounds(*days), fields={"state": 1, "completeness.sampling": 1})


def slots_without_observations(days: tuple[date, date]) -> list[Document]:
    """Slots whose observations may tell of flights that depart on these dates, and were removed; oldest first.

    A flight is observed some days around its departure: AROUND_DAYS before these dates and after them count too.
    """
    first, last = days
    around = days_before(first, AROUND_DAYS), date.fromordinal(last.toordinal() + AROUND_DAYS)
    fields = {"observations_removed_at": 1, "collected_at": 1}
    return store.find_range(
        store.SLOTS, _slot_bounds(*around), {"observations_removed_at": {"$ne": None}}, fields=fields
    )


def answers_of_slot(slot: str) -> dict[str, Document]:
    """The newest revision of each of the slot's answers, by indicator; one indexed read."""
    return stored.newest(store.find_by(store.INDICATORS, {"slot": slot}), "indicator")


def answers_of_days(indicator: str, days: tuple[date, date]) -> dict[str, Document]:
    """The newest revision of one indicator's answer for each slot of these dates; one indexed read."""
    return stored.newest(store.find_range(store.INDICATORS, stored.days_bounds(indicator, days)), "slot")


def revisions_of_answer(indicator: str, slot: str) -> list[Document]:
    """All that was ever answered, oldest revision first."""
    return store.find_range(store.INDICATORS, stored.slot_bounds(indicator, slot))


def find_flight(flight_id: str) -> Document | None:
    return store.find_one(store.FLIGHTS, flight_id)


def find_slot(slot: str) -> Document | None:
    return store.find_one(store.SLOTS, slot)


def newest_closed_slot(today: date, collected_by: datetime | None = None) -> Document | None:
    """The slot that what is known of flights is as of; None before the first one closes (and was collected)."""
    conditions: dict[str, Any] = {"state": {"$in": [state.value for state in CLOSED_STATES]}}
    if collected_by:
        conditions["collected_at"] = {"$lte": collected_by}
    return _newest(conditions, today)


def default_days(newest: Document | None, today: date) -> tuple[date, date]:
    """The last three local departure dates up to the newest that the last slot with flights brought."""
    if newest is None or not newest["counts"]["stored"]:
        newest = _newest({"counts.stored": {"$gt": 0}}, today)
    last = date.fromisoformat(newest["departures"]["last"]) if newest else today
    return days_before(last, DEFAULT_DAYS - 1), last


def observed_range(documents: Sequence[Document]) -> tuple[datetime, datetime] | None:
    """When the oldest and the newest of these was observed."""
    times = [document["observed_at"] for document in documents]
    return (min(times), max(times)) if times else None


def days_of_observations(documents: Sequence[Document]) -> tuple[date, date] | None:
    """The dates of the slots that these observations are of; the oldest is the first."""
    if not documents:
        return None
    first, last = (documents[place]["_id"].split(OBSERVATION_SEPARATOR)[0] for place in (0, -1))
    return parse_slot(first)[0], parse_slot(last)[0]


def _newest(conditions: Mapping[str, Any], today: date) -> Document | None:
    """The newest slot that meets the conditions and was collected: one reconstructed does not tell how fresh we are."""
    conditions = {"reconstruction": None, **conditions}
    recent, _ = _slot_bounds(days_before(today, RECENT_DAYS), today)
    for bounds in ((recent, f"9{ENDS_BEFORE}"), ("0", recent)):
        found = store.find_range(store.SLOTS, bounds, conditions, limit=1, descending=True)
        if found:
            return found[0]
    return None


def _read(name: str, parts: Sequence[Bounds], wanted: Wanted, *, after: str, limit: int) -> list[Document]:
    """Up to `limit` documents of the parts in turn, beginning after the id `after`."""
    found: list[Document] = []
    for lower, upper in parts:
        if after < upper and len(found) < limit:
            bounds, left = (max(lower, after), upper), limit - len(found)
            found += store.find_range(name, bounds, wanted.conditions, limit=left, fields=wanted.fields)
    return found


def day_bounds(days: tuple[date, date]) -> list[Bounds]:
    """The range of flight ids of each of these local departure dates."""
    first, last = days
    dates = [f"{first + timedelta(days=offset)}T" for offset in range((last - first).days + 1)]
    return [(day, f"{day}{ENDS_BEFORE}") for day in dates]


def _slot_bounds(first: date, last: date) -> Bounds:
    """Around the ids `2026-11-20` (a day) and `2026-11-20T04Z` (a slot) of these dates."""
    start = first.isoformat()
    return f"{start[:-1]}{chr(ord(start[-1]) - 1)}{ENDS_BEFORE}", f"{last}{ENDS_BEFORE}"
