"""What a replay takes back: observations that an earlier reading of the same pages left, and what flights had of them.

A slot's record tells its latest replay. Whatever an earlier one made of the slot's pages is late from then on: it is
not written any more, and what is there of it goes. A flight is then stated anew from all observations that are left.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from flights import changes, documents, store
from flights.documents import Document
from flights.errors import StoreUnavailable
from flights.merge import etag_of, merge_all
from flights.records import FlightRecord

TRIES = 20
MARKS = {"flight_id": 1, "etag": 1, "replay": 1, "status_inferred": 1}


def replays_of(records: Iterable[FlightRecord]) -> Mapping[str, int]:
    """The latest replay of each slot that the records are of, noted in the slots' records where these are the first."""
    given: dict[str, int] = {}
    for record in records:
        given[record.slot] = max(given.get(record.slot, 0), record.replay)
    for slot, replay in given.items():
        if replay:
            _note(slot, replay)
    known = store.find_in(store.SLOTS, list(given), {}, {"replay": 1})
    return {slot: max(replay, _replay(known.get(slot, {}))) for slot, replay in given.items()}


def _note(slot: str, replay: int) -> None:
    for _ in range(TRIES):
        document = store.find_one(store.SLOTS, slot)
        if document is None or _replay(document) >= replay:
            return
        store.update_if(store.SLOTS, {"_id": slot, "replay": document.get("replay")}, {"replay": replay})
    raise StoreUnavailable(f"the record of slot {slot} kept changing under {TRIES} tries")


def _replay(document: Document) -> int:
    return document.get("replay") or 0


def withdraw(late: Sequence[FlightRecord], replays: Mapping[str, int]) -> None:
    """Take back what is there of records that a later replay of their slot has replaced."""
    for slot in {record.slot for record in late}:
        ids = [documents.observation_id(record) for record in late if record.slot == slot]
        _take_back(_outdated(store.find_in(store.OBSERVATIONS, ids, {}, MARKS).values(), replays[slot]))


def settle(slot: str, replay: int) -> None:
    """Take back all that earlier readings of the slot's pages left: movements that the latest did not find again.

    To be done when everything of the replay is written. Safe to repeat. Raises StoreUnavailable: then do it again.
    """
    _note(slot, replay)
    _take_back(_outdated(store.each_in_range(store.OBSERVATIONS, documents.slot_bounds(slot), MARKS), replay))


def _outdated(observations: Iterable[Document], replay: int) -> list[Document]:
    return [each for each in observations if _replay(each) < replay]


def _take_back(observations: Sequence[Document]) -> None:
    """An observation that was written anew meanwhile stays: it has another etag."""
    for start in range(0, len(observations), store.BATCH):
        batch = observations[start : start + store.BATCH]
        store.remove_unchanged(store.OBSERVATIONS, batch)
        if telling := {each["flight_id"] for each in batch if not each.get("status_inferred")}:
            restate(telling)


def restate(flights: Collection[str]) -> tuple[int, int]:
    """State flights anew from all their observations; one without any is removed. How many are new, how many changed.

    The flights are read before their observations: whoever adds an observation after that writes the flight after it,
    and one of the two finds another etag and looks again.
    """
    left, new, changed = set(flights), 0, 0
    for _ in range(TRIES):
        if not left:
            changes.note(sorted(flights))
            return new, changed
        known = store.read_by_id(store.FLIGHTS, sorted(left))
        told = _observed(left)
        inserts = [documents.flight_document(each) for key, each in told.items() if key not in known]
        others = [(known[key], each) for key, each in told.items() if key in known]
        differing = [
            (old["etag"], documents.flight_document(each)) for old, each in others if old["etag"] != etag_of(each)
        ]
        raced = store.insert_new(store.FLIGHTS, inserts)
        gone = [document for key, document in known.items() if key not in told]
        unchanged = store.replace_unchanged(store.FLIGHTS, differing) and store.remove_unchanged(store.FLIGHTS, gone)
        new += len(inserts) - len(raced)
        changed += len(differing) if unchanged else 0
        left = raced if unchanged else left
    raise StoreUnavailable(f"{len(left)} flights kept changing under {TRIES} tries")


def _observed(flights: Collection[str]) -> dict[str, FlightRecord]:
    found = store.find_by(store.OBSERVATIONS, {"flight_id": {"$in": sorted(flights)}})
    records = map(documents.record_of, found)
    return merge_all(each for each in records if not each.status_inferred)  # what is inferred tells nothing new
