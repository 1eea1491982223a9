"""Rows and what is said about them, put together."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import UNSET
from rest_framework.response import Response

from flights import queries
from flights.api import envelope_shapes, envelopes, fields, shapes
from flights.api.pagination import Page
from flights.documents import Document


def flight_list(page: Page, names: Sequence[str], meta: Mapping[str, Any]) -> Response:
    """A page of flights or observations, whole or these fields of them."""
    observed = queries.observed_range(page.rows)
    told = envelope_shapes.Observed(first=observed[0], last=observed[1]) if observed else UNSET
    listed = envelope_shapes.ListMeta(limit=page.limit, count=len(page.rows), observed=told, **meta)
    if names:
        data = [fields.picked(document, names) for document in page.rows]
        return Response(fields.PartialFlightList(data=data, meta=listed, next=page.next), headers=page.headers)
    whole = [shapes.flight_of(document) for document in page.rows]
    return Response(shapes.FlightList(data=whole, meta=listed, next=page.next), headers=page.headers)


def slot_list(page: Page, newest: Document | None, now: datetime, days: tuple[date, date]) -> Response:
    """A page of slots, newest first; the gaps are those of all the dates."""
    meta = envelope_shapes.ListMeta(
        **as_of_slot(newest, now),
        limit=page.limit,
        count=len(page.rows),
        window=envelope_shapes.Days(first=days[0], last=days[1]),
        **envelopes.gaps_of_days(days),
    )
    data = [shapes.slot_of(document, now) for document in page.rows]
    return Response(shapes.SlotList(data=data, meta=meta, next=page.next), headers=page.headers)


def one_flight(
    document: Document, names: Sequence[str], newest: Document | None, now: datetime, **more: Any
) -> Response:
    meta = envelope_shapes.FlightMeta(**as_of_slot(newest, now), **more)
    if names:
        return Response(fields.PartialFlightAnswer(data=fields.picked(document, names), meta=meta))
    return Response(shapes.FlightAnswer(data=shapes.flight_of(document), meta=meta))


def one_slot(document: Document, newest: Document | None, now: datetime) -> Response:
    data = shapes.slot_of(document, now)
    return Response(shapes.SlotAnswer(data=data, meta=answer_meta(newest, now)))


def as_of(now: datetime) -> envelope_shapes.Basis | None:
    """The newest closed slot; None before the first closes."""
    return answer_meta(queries.newest_closed_slot(now.date()), now).as_of_slot


def answer_meta(newest: Document | None, now: datetime) -> envelope_shapes.AnswerMeta:
    return envelope_shapes.AnswerMeta(**as_of_slot(newest, now))


def as_of_slot(newest: Document | None, now: datetime) -> dict[str, Any]:
    return {"as_of_slot": shapes.basis_of(newest, now) if newest else None}
