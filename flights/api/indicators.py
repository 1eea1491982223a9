"""The API of indicators: what each means, and its answers over time."""

from datetime import date, datetime
from functools import partial

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from flights import queries
from flights.api import answer_shapes, answers, envelope_shapes, envelopes, filters, lookups, pagination
from flights.api.parameters import read_query
from flights.api.schema import operation
from flights.api.views import ApiView
from flights.documents import Document
from flights.indicators.answers import Indicator
from flights.indicators.registry import REGISTRY
from flights.slots import parse_slot
from flights.times import utc_now


class IndicatorsView(ApiView):
    """What can be asked of a slot, in plain words."""

    @operation("indicators_list", "What each indicator means", answer_shapes.DefinitionList, missing=False)
    def get(self, request: Request) -> Response:
        read_query(request.query_params, ())
        now = utc_now()
        data = [definition(request, each) for each in REGISTRY.values()]
        meta = answers.answer_meta(queries.newest_closed_slot(now.date()), now)
        return Response(answer_shapes.DefinitionList(data=data, meta=meta))


class SeriesView(ApiView):
    """One indicator over time: every slot of the dates, also those without an answer."""

    @operation(
        "indicators_series",
        "One indicator over time",
        answer_shapes.Series,
        query=filters.SERIES,
        path=(filters.INDICATOR,),
    )
    def get(self, request: Request, indicator: str) -> Response:
        asked = lookups.known_indicator(indicator)
        values = read_query(request.query_params, filters.SERIES)
        now = utc_now()
        cursor = pagination.cursor_of(request, values)
        days = cursor.days or filters.slot_days(values, now.date())
        read = partial(queries.slots_in_order, days)
        page = pagination.read_page(request, values, pagination.keeping(cursor, days), read)
        found = queries.answers_of_days(asked.id, _days_of(page.rows)) if page.rows else {}
        data = [stored_answer(request, asked, slot, found.get(slot["_id"]), now) for slot in page.rows]
        meta = answer_shapes.SeriesMeta(
            as_of_slot=answers.as_of(now),
            limit=page.limit,
            count=len(data),
            window=envelope_shapes.Days(first=days[0], last=days[1]),
            **envelopes.gaps_of_days(days),
            definition=definition(request, asked),
        )
        return Response(answer_shapes.Series(data=data, meta=meta, next=page.next), headers=page.headers)


def definition(request: Request, indicator: Indicator) -> answer_shapes.Definition:
    """The indicator in words, and where its series is."""
    series = request.build_absolute_uri(reverse("indicator", args=[indicator.id]))
    return answer_shapes.definition_of(indicator, series)


def stored_answer(
    request: Request, indicator: Indicator, slot: Document, document: Document | None, now: datetime
) -> answer_shapes.Stored:
    """An answer, or why there is none, and where its evidence is."""
    day, hour = parse_slot(slot["_id"])
    name, when = ("day-evidence", [str(day)]) if hour is None else ("slot-evidence", [str(day), f"{hour:02}"])
    url = request.build_absolute_uri(reverse(name, args=[*when, indicator.id]))
    return answer_shapes.stored_of(indicator, slot, document, now, url)


def _days_of(slots: list[Document]) -> tuple[date, date]:
    return parse_slot(slots[0]["_id"])[0], parse_slot(slots[-1]["_id"])[0]
