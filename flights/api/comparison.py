"""The API of differences: two slots compared, and delays over days."""

from collections import Counter
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from flights import delays, queries
from flights.api import answer_shapes, answers, envelope_shapes, envelopes, filters, lookups, pagination, shapes
from flights.api.indicators import stored_answer
from flights.api.parameters import read_query
from flights.api.problems import BadParameters, Fault
from flights.api.resolving import selection
from flights.api.schema import operation
from flights.api.views import ApiView
from flights.comparison import Change, Comparison, Pair, compare
from flights.documents import Document
from flights.indicators.registry import REGISTRY
from flights.records import FlightStatus, SlotState
from flights.times import utc_now


class CompareView(ApiView):
    """What changed from one slot to another: values, and flights that appeared, ended or changed their status."""

    @operation("slots_compare", "What changed between two slots", answer_shapes.ComparisonAnswer, query=filters.COMPARE)
    def get(self, request: Request) -> Response:
        values = read_query(request.query_params, filters.COMPARE)
        _both(values)
        cursor = pagination.cursor_of(request, values)
        now = utc_now()
        a, b = (lookups.known_slot(values[name]) for name in ("a", "b"))
        for slot in (a, b):
            lookups.check_observations(slot)
        only = Change(values["change"]) if "change" in values else None
        results: list[Comparison] = []

        def read(after: str, limit: int) -> list[Document]:
            results.append(compare(a["_id"], b["_id"], after, limit, only))
            return [{"_id": pair.flight_id, "pair": pair} for pair in results[-1].page]

        page = pagination.read_page(request, values, cursor, read)
        differences = answer_shapes.Differences(
            flights={each: results[-1].counts[each] for each in Change},
            transitions=[
                answer_shapes.Transition(a=FlightStatus(before), b=FlightStatus(after), flights=flights)
                for (before, after), flights in sorted(results[-1].transitions.items())
            ],
            values=_values(request, a, b, now),
            page=[_changed(row["pair"]) for row in page.rows],
        )
        meta = answer_shapes.ComparisonMeta(
            as_of_slot=answers.as_of(now),
            a=shapes.basis_of(a, now),
            b=shapes.basis_of(b, now),
            limit=page.limit,
            count=len(page.rows),
            **envelopes.gaps_of([a, b]),
        )
        answer = answer_shapes.ComparisonAnswer(data=differences, meta=meta, next=page.next)
        return Response(answer, headers=page.headers)


class DelaysView(ApiView):
    """Delays of the flights of some days, by airline, airport or route."""

    @operation("delays_get", "Delays by airline, airport or route", answer_shapes.DelaysAnswer, query=filters.DELAYS)
    def get(self, request: Request) -> Response:
        values = read_query(request.query_params, filters.DELAYS)
        now = utc_now()
        newest = queries.newest_closed_slot(now.date())
        days = filters.delay_days(values, queries.default_days(newest, now.date())[1])
        by = values.get("by", delays.GROUPS[0])
        limit = values.get("limit", filters.DEFAULT_LIMIT)
        selected = selection(values, now)
        tallies, version = delays.delays_of_days(by, days, selected.conditions, now)
        data = answer_shapes.Delays(
            departures=_figures(tallies["departure"], limit), arrivals=_figures(tallies["arrival"], limit)
        )
        slots = queries.slots_in_brief(days)
        states = Counter(slot["state"] for slot in slots)
        meta = answer_shapes.DelaysMeta(
            as_of_slot=answers.answer_meta(newest, now).as_of_slot,
            window=envelope_shapes.Days(first=days[0], last=days[1]),
            by=by,
            limit=limit,
            reference_version=version,
            slots={SlotState(state): count for state, count in sorted(states.items())},
            resolved=selected.resolved,
            **envelopes.gaps_of(slots),
        )
        return Response(answer_shapes.DelaysAnswer(data=data, meta=meta))


def _both(values: dict[str, Any]) -> None:
    missing = [name for name in ("a", "b") if name not in values]
    if missing:
        hint = "Name two slots: slots/compare?a=2026-11-24T02Z&b=2026-11-24T04Z"
        raise BadParameters(*(Fault(parameter=name, detail="is missing", hint=hint) for name in missing))


def _values(request: Request, a: Document, b: Document, now: Any) -> list[answer_shapes.ValuePair]:
    """Every indicator in both slots; those that changed first."""
    left, right = queries.answers_of_slot(a["_id"]), queries.answers_of_slot(b["_id"])
    pairs = [
        answer_shapes.ValuePair(
            indicator=each.id,
            title=each.title,
            changed=(left.get(each.id) or {}).get("value") != (right.get(each.id) or {}).get("value"),
            a=stored_answer(request, each, a, left.get(each.id), now),
            b=stored_answer(request, each, b, right.get(each.id), now),
        )
        for each in REGISTRY.values()
        if not each.id.startswith(("departure_delays", "arrival_delays"))
    ]
    return sorted(pairs, key=lambda pair: not pair.changed)


def _changed(pair: Pair) -> answer_shapes.ChangedFlight:
    a, b = (None if status is None else FlightStatus(status) for status in (pair.before, pair.now))
    return answer_shapes.ChangedFlight(flight_id=pair.flight_id, change=pair.change, a=a, b=b)


def _figures(tally: delays.Tally, limit: int) -> answer_shapes.DelayFigures:
    n, left_out = tally.n, sum(tally.excluded.values())
    return answer_shapes.DelayFigures(
        definition=tally.indicator.definition,
        definition_version=tally.indicator.version,
        n=n,
        population=n + left_out,
        coverage=round(n / (n + left_out), 4) if n + left_out else None,
        excluded=dict(sorted(tally.excluded.items())),
        groups=len(tally.minutes),
        rows=[answer_shapes.DelayRow(**row) for row in tally.figures(limit)],
    )
