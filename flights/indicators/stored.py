"""Answers as documents: what the collection `indicators` holds, one for each revision, never changed. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from flights.documents import ENDS_BEFORE, Document
from flights.indicators.answers import Answer, Frame, Indicator, Stratum

Bounds = tuple[str, str]


def answer_id(indicator: Indicator, slot: str, revision: int) -> str:
    """Sorts by indicator, slot, version of the definition, revision: a time series is one range of ids."""
    return f"{indicator.id}|{slot}|v{indicator.version:04}r{revision:04}"


def slot_bounds(indicator: str, slot: str) -> Bounds:
    """The range of ids of all revisions of one answer."""
    return f"{indicator}|{slot}|", f"{indicator}|{slot}|{ENDS_BEFORE}"


def days_bounds(indicator: str, days: tuple[date, date]) -> Bounds:
    """The range of ids of the answers of all slots of these dates."""
    return f"{indicator}|{days[0]}", f"{indicator}|{days[1]}{ENDS_BEFORE}"


def answer_document(
    indicator: Indicator, answer: Answer, slot: Mapping[str, Any], revision: int, reference: str, now: datetime
) -> Document:
    """The answer with all that it stands on; `slot_revision` is the closing of the slot that it was computed from."""
    told: Document = msgspec.to_builtins(answer)
    return {
        "_id": answer_id(indicator, slot["_id"], revision),
        "indicator": indicator.id,
        "definition_version": indicator.version,
        "slot": slot["_id"],
        "slot_revision": slot["revision"],
        "revision": revision,
        "computed_at": now,
        "reference_version": reference,
        **told,
        "slot_state": slot["state"],
        "completeness": slot["completeness"],
    }


def frame_of(slot: Mapping[str, Any]) -> Frame:
    """How the rows of a closed slot were chosen."""
    told = slot["completeness"]
    names = ("sampling", "pages_fetched", "rows_announced", "rows_received")
    strata = [
        Stratum(query=number, **{name: query[name] for name in Stratum.__struct_fields__ if name != "query"})
        for number, query in enumerate(told.get("queries") or [])
    ]
    return Frame(**{name: told[name] for name in names}, strata=tuple(strata))


def newest(documents: Iterable[Document], by: str) -> dict[str, Document]:
    """The newest revision of each, by a field; `documents` in the order of their ids."""
    return {document[by]: document for document in documents}


def is_current(document: Document | None, indicator: Indicator, slot: Mapping[str, Any]) -> bool:
    """Whether the answer is of the present definition and of the slot's latest closing."""
    if document is None:
        return False
    version, closing = document["definition_version"], document["slot_revision"]
    return bool(version >= indicator.version and closing >= slot["revision"])
