"""Rows and what is said about them, put together."""

from datetime import date, datetime
from typing import Any

from msgspec import UNSET
from rest_framework.response import Response

from flights import queries
from flights.api import shapes
from flights.api.pagination import Page
from flights.documents import Document


def flight_list(
    page: Page,
    newest: Document | None,
    now: datetime,
    *,
    slot: Document | None = None,
    days: tuple[date, date] | None = None,
) -> Response:
    """A page of flights or observations, the slot or the dates that were read, and the newest slot."""
    observed = queries.observed_range(page.rows)
    meta = _list_meta(
        page,
        newest,
        now,
        slot=shapes.basis_of(slot, now) if slot else UNSET,
        window=shapes.Days(first=days[0], last=days[1]) if days else UNSET,
        observed=shapes.Observed(first=observed[0], last=observed[1]) if observed else UNSET,
    )
    data = [shapes.flight_of(document) for document in page.rows]
    return Response(shapes.FlightList(data=data, meta=meta, next=page.next), headers=page.headers)


def slot_list(page: Page, newest: Document | None, now: datetime, days: tuple[date, date]) -> Response:
    window = shapes.Days(first=days[0], last=days[1])
    meta = _list_meta(page, newest, now, window=window)
    data = [shapes.slot_of(document, now) for document in page.rows]
    return Response(shapes.SlotList(data=data, meta=meta, next=page.next), headers=page.headers)


def one_flight(document: Document, newest: Document | None, now: datetime) -> Response:
    data = shapes.flight_of(document)
    return Response(shapes.FlightAnswer(data=data, meta=answer_meta(newest, now)))


def one_slot(document: Document, newest: Document | None, now: datetime) -> Response:
    data = shapes.slot_of(document, now)
    return Response(shapes.SlotAnswer(data=data, meta=answer_meta(newest, now)))


def as_of(now: datetime) -> shapes.Basis | None:
    """The newest closed slot; None before the first closes."""
    return answer_meta(queries.newest_closed_slot(now.date()), now).as_of_slot


def answer_meta(newest: Document | None, now: datetime) -> shapes.AnswerMeta:
    return shapes.AnswerMeta(as_of_slot=shapes.basis_of(newest, now) if newest else None)


def _list_meta(page: Page, newest: Document | None, now: datetime, **more: Any) -> shapes.ListMeta:
    as_of = answer_meta(newest, now).as_of_slot
    return shapes.ListMeta(as_of_slot=as_of, limit=page.limit, count=len(page.rows), **more)
