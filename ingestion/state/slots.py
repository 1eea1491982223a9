"""The slots' records: states of the last two weeks, and the latest of them in figures."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client.core import Metric

from flights import store
from flights.documents import ENDS_BEFORE
from flights.records import CLOSED_STATES, SlotState
from flights.slots import slot_begin, slot_key
from ingestion.state.families import gauge, gauges
from ingestion.watchdog import NOTHING_RAN

RECENT = timedelta(days=14)
STORE_SECONDS = 3.0
EARLIEST = "0"
COLLECTED = (SlotState.COMPLETE, SlotState.PARTIAL, SlotState.EMPTY, SlotState.FAILED, SlotState.MISSED)
ENDED = (*COLLECTED, SlotState.BACKFILLED)


def slots(now: datetime) -> Iterator[Metric]:
    """Of hours only, not of days that were fetched afterwards; some 170 documents, whatever the store holds."""
    with store.within(STORE_SECONDS):
        hours = [each for each in _recent(now) if each["hour"] is not None]
        yield _states(hours)
        collected = [each for each in hours if not each.get("reconstruction")]
        yield from _latest_complete(collected)
        yield from _last_closed([each for each in collected if each.get("closed_at")] or _latest(CLOSED_STATES))
        yield from _last_ended(collected)


def _recent(now: datetime) -> list[store.Document]:
    fields = dict.fromkeys(("hour", "state", "run", "reason", "reconstruction", "closed_at", "counts"), 1)
    return store.find_range(store.SLOTS, (slot_key(now - RECENT), ENDS_BEFORE), fields=fields)


def _latest(states: Iterable[SlotState]) -> list[store.Document]:
    """The latest collected slot in one of these states, however long ago; asked for where two weeks have none."""
    wanted = {"state": {"$in": [*states]}, "hour": {"$ne": None}, "reconstruction": None}
    return store.find_range(store.SLOTS, (EARLIEST, ENDS_BEFORE), wanted, limit=1, descending=True)


def _states(hours: Sequence[store.Document]) -> Metric:
    counts = Counter(SlotState.BACKFILLED if each.get("reconstruction") else each.get("state") for each in hours)
    by_state = {state.value: float(counts[state.value]) for state in SlotState}
    return gauges("flightsite_slots", "Slots of the last 14 days.", "state", by_state)


def _latest_complete(collected: Sequence[store.Document]) -> Iterator[Metric]:
    complete = [each for each in collected if each.get("state") == SlotState.COMPLETE] or _latest([SlotState.COMPLETE])
    if complete:
        latest = max(slot_begin(each["_id"]) for each in complete).timestamp()
        yield gauge("flightsite_last_complete_slot_timestamp_seconds", "Hour of the latest complete slot.", latest)


def _last_closed(closed: Sequence[store.Document]) -> Iterator[Metric]:
    if not closed:
        return
    last = max(closed, key=lambda each: each["closed_at"])
    when = last["closed_at"].timestamp()
    yield gauge("flightsite_last_closed_slot_timestamp_seconds", "When a collected slot was last closed.", when)
    yield gauges("flightsite_last_slot_rows", "The slot closed last in figures.", "what", last["counts"])


def _last_ended(collected: Sequence[store.Document]) -> Iterator[Metric]:
    ended = [each for each in collected if each.get("state") in COLLECTED and not _is_left_out(each)]
    if ended:
        latest = max(ended, key=lambda each: str(each["_id"]))
        states = {state.value: float(latest["state"] == state) for state in COLLECTED}
        yield gauges("flightsite_last_slot_state", "State of the latest slot that ended.", "state", states)


def _is_left_out(slot: store.Document) -> bool:
    """Missed on purpose: by the plan of the allowance, or while the schedule was paused."""
    return slot["state"] == SlotState.MISSED and slot.get("run") is None and slot.get("reason") != NOTHING_RAN
