"""The API of one slot's answers: all of them, one with its revisions, and the flights behind it."""

from datetime import datetime
from functools import partial
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from flights import evidence, queries
from flights.api import answer_shapes, answers, envelopes, filters, lookups, pagination, shapes
from flights.api.indicators import definition, stored_answer
from flights.api.parameters import read_query
from flights.api.problems import ApiError
from flights.api.schema import operation
from flights.api.views import ApiView
from flights.documents import Document
from flights.indicators import stored
from flights.indicators.answers import Indicator
from flights.indicators.registry import REGISTRY
from flights.times import utc_now

_DAY = (filters.DATE,)
_SLOT = (filters.DATE, filters.HOUR)


class SlotAnswersView(ApiView):
    """All answers about one slot."""

    @operation("slots_list_indicators", "The answers of one slot", answer_shapes.SlotAnswers, path=_SLOT)
    def get(self, request: Request, date: str, hour: str) -> Response:
        return _answers(request, lookups.slot_key(date, hour))


class DayAnswersView(ApiView):
    """All answers about a day that was fetched afterwards."""

    @operation("slots_list_day_indicators", "The answers of a day", answer_shapes.SlotAnswers, path=_DAY)
    def get(self, request: Request, date: str) -> Response:
        return _answers(request, lookups.slot_key(date))


class AnswerView(ApiView):
    """One answer about one slot, with all its revisions."""

    @operation(
        "slots_list_answer",
        "One answer of one slot: all its revisions, newest first",
        answer_shapes.AnswerRevisions,
        path=(*_SLOT, filters.INDICATOR),
    )
    def get(self, request: Request, date: str, hour: str, indicator: str) -> Response:
        return _revisions(request, lookups.slot_key(date, hour), indicator)


class DayAnswerView(ApiView):
    """One answer about a day that was fetched afterwards, with all its revisions."""

    @operation(
        "slots_list_day_answer",
        "One answer of a day: all its revisions, newest first",
        answer_shapes.AnswerRevisions,
        path=(*_DAY, filters.INDICATOR),
    )
    def get(self, request: Request, date: str, indicator: str) -> Response:
        return _revisions(request, lookups.slot_key(date), indicator)


class EvidenceView(ApiView):
    """The very flights behind an answer, or those left out of it."""

    @operation(
        "slots_list_evidence",
        "The flights behind an answer, or those left out of it, by reason",
        answer_shapes.EvidenceList,
        query=filters.EVIDENCE,
        path=(*_SLOT, filters.INDICATOR),
    )
    def get(self, request: Request, date: str, hour: str, indicator: str) -> Response:
        return _evidence(request, lookups.slot_key(date, hour), indicator)


class DayEvidenceView(ApiView):
    """The very flights behind an answer about a day that was fetched afterwards."""

    @operation(
        "slots_list_day_evidence",
        "The flights behind a day's answer, or those left out of it",
        answer_shapes.EvidenceList,
        query=filters.EVIDENCE,
        path=(*_DAY, filters.INDICATOR),
    )
    def get(self, request: Request, date: str, indicator: str) -> Response:
        return _evidence(request, lookups.slot_key(date), indicator)


def _answers(request: Request, key: str) -> Response:
    read_query(request.query_params, ())
    now = utc_now()
    slot = lookups.known_slot(key)
    found = queries.answers_of_slot(key)
    data = [stored_answer(request, each, slot, found.get(each.id), now) for each in REGISTRY.values()]
    return Response(answer_shapes.SlotAnswers(data=data, meta=answer_shapes.SlotMeta(**_meta(slot, now))))


def _revisions(request: Request, key: str, name: str) -> Response:
    indicator, slot = lookups.known_indicator(name), lookups.known_slot(key)
    read_query(request.query_params, ())
    now = utc_now()
    found: list[Document | None] = [*reversed(queries.revisions_of_answer(indicator.id, key))]
    data = [stored_answer(request, indicator, slot, document, now) for document in found or [None]]
    meta = answer_shapes.RevisionsMeta(**_meta(slot, now), definition=definition(request, indicator))
    return Response(answer_shapes.AnswerRevisions(data=data, meta=meta))


def _evidence(request: Request, key: str, name: str) -> Response:
    indicator, slot = lookups.known_indicator(name), lookups.known_slot(key)
    values = read_query(request.query_params, filters.EVIDENCE)
    wanted = evidence.Wanted(*filters.evidence_wanted(values))
    cursor = pagination.cursor_of(request, values)
    now = utc_now()
    answer = _newest(indicator, slot)
    lookups.check_observations(slot)
    page = pagination.read_page(request, values, cursor, partial(evidence.evidence, answer, wanted))
    meta = answer_shapes.EvidenceMeta(
        **_meta(slot, now),
        limit=page.limit,
        count=len(page.rows),
        answer=stored_answer(request, indicator, slot, answer, now),
        complete=stored.is_current(answer, indicator, slot),
    )
    data = [_row(wanted, document) for document in page.rows]
    return Response(answer_shapes.EvidenceList(data=data, meta=meta, next=page.next), headers=page.headers)


def _meta(slot: Document, now: datetime) -> dict[str, Any]:
    return {"as_of_slot": answers.as_of(now), **envelopes.of_slot(slot, now)}


def _newest(indicator: Indicator, slot: Document) -> Document:
    revisions = queries.revisions_of_answer(indicator.id, slot["_id"])
    if not revisions:
        hint = f"The slot is {slot['state']}; answers are computed when it closes."
        raise ApiError(404, f"{indicator.id} is not answered for slot {slot['_id']}.", hint)
    return revisions[-1]


def _row(wanted: evidence.Wanted, document: Document) -> answer_shapes.EvidenceRow:
    used = wanted.state == evidence.USED
    return answer_shapes.EvidenceRow(
        group=document["detail"] if used else None,
        reason=None if used else document["detail"],
        flight=shapes.flight_of(document),
    )
