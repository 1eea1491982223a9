"""Asks the indicators about closed slots and keeps what they answer: the only writer of `indicators`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from structlog import get_logger

from flights import store
from flights.documents import Document, slot_bounds
from flights.errors import StoreUnavailable
from flights.indicators import stored
from flights.indicators.answers import Answer, Frame, Indicator
from flights.indicators.registry import REGISTRY, answer
from flights.indicators.seeing import FIELDS, see
from flights.indicators.seen import Seen
from flights.reference import versions
from flights.reference.resolver import Reference

logger = get_logger(__name__)
TRIES = 5
KNOWN = {"indicator": 1, "definition_version": 1, "slot_revision": 1, "revision": 1}


def answer_slot(slot: str, now: datetime) -> list[Document]:
    """Answer what a closed slot has no present answer to: new ones, of a new definition, or after a new closing.

    The answers kept by this call; none for a slot that is not closed. Safe to repeat and to do twice at once.
    None either where its observations were removed: what was answered stays. Raises StoreUnavailable: then do it again.
    """
    return _answer(slot, now, REGISTRY.values(), again=False)


def answer_again(slot: str, now: datetime, ids: Collection[str] = ()) -> list[Document]:
    """Answer anew, all or some, as a new revision; the earlier ones stay."""
    asked = [REGISTRY[each] for each in ids] if ids else list(REGISTRY.values())
    return _answer(slot, now, asked, again=True)


def _answer(slot: str, now: datetime, asked: Collection[Indicator], *, again: bool) -> list[Document]:
    kept: list[Document] = []
    for _ in range(TRIES):
        closed = store.find_one(store.SLOTS, slot)
        if closed is None or closed["closed_at"] is None or _is_without_observations(closed):
            return kept
        known = _known(slot)
        asked = [each for each in asked if again or not stored.is_current(known.get(each.id), each, closed)]
        if not asked:
            return kept
        made = _made(closed, asked, known, now)
        if _is_without_observations(store.find_one(store.SLOTS, slot) or {}):
            return kept  # they went while they were read
        raced = store.insert_new(store.INDICATORS, made)
        kept += [document for document in made if document["_id"] not in raced]
        if not raced:
            return kept
        asked = [REGISTRY[document["indicator"]] for document in made if document["_id"] in raced]
    raise StoreUnavailable(f"the answers of slot {slot} kept changing under {TRIES} tries")


def _is_without_observations(slot: Mapping[str, Any]) -> bool:
    return slot.get("observations_removed_at") is not None


def _known(slot: str) -> dict[str, Document]:
    """The newest revision of each of the slot's answers, without the answers themselves."""
    return stored.newest(store.find_by(store.INDICATORS, {"slot": slot}, fields=KNOWN), "indicator")


def _made(
    slot: Mapping[str, Any], asked: Collection[Indicator], known: Mapping[str, Document], now: datetime
) -> list[Document]:
    reference = versions.current(now)
    movements = movements_of(slot["_id"], reference)
    frame = stored.frame_of(slot)
    documents = []
    for indicator in asked:
        told = _told(indicator, movements, frame)
        last = known.get(indicator.id)
        revision = 0 if last is None else last["revision"] + 1
        documents.append(stored.answer_document(indicator, told, slot, revision, reference.version, now))
    return documents


def movements_of(slot: str, reference: Reference) -> list[Seen]:
    """What the slot said, in order of flight ids, resolved against one version of the reference."""
    found = store.each_in_range(store.OBSERVATIONS, slot_bounds(slot), FIELDS)
    return [see(document, reference) for document in found]


def _told(indicator: Indicator, movements: Sequence[Seen], frame: Frame) -> Answer:
    """The answer, or null with a word about our own fault: a wrong indicator must not stop the pipeline."""
    try:
        return answer(indicator, movements, frame)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        logger.exception("an indicator failed", indicator=indicator.id)
    return Answer(
        value=None,
        reason="computing it failed: the operator finds why in the log",
        ties={},
        n=0,
        population=len(movements),
        coverage=0.0 if movements else None,
        excluded={"failed": len(movements)} if movements else {},
        estimates=[],
        no_estimate="there is no value",
    )
