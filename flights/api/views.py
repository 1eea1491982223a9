"""The read API: parse, read, answer."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import bad_request
from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flights import queries
from flights.api import answers, filters, flight_lists, lookups, metering, pagination, shapes
from flights.api.parameters import read_query
from flights.api.problems import ApiError, problem_response, request_id
from flights.api.renderers import not_acceptable
from flights.api.schema import operation
from flights.keys.records import Scope
from flights.times import utc_now

_PLACES = ("flights", "slots", "indicators", "delays", "docs")


class ApiView(APIView):
    """Every answer carries the id under which the request is logged, and where its key stands within its limits."""

    scope = Scope.READ
    charges_rows = True

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002 - DRF's
        try:
            return super().perform_content_negotiation(request, force)
        except NotAcceptable as error:
            raise not_acceptable(request, [each.media_type for each in self.get_renderers()]) from error

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        settled: Any = metering.settle(request, response)
        final: HttpResponseBase = super().finalize_response(request, settled, *args, **kwargs)
        final.headers.setdefault("X-Request-ID", request_id())
        return final


class IndexView(ApiView):
    """Where to go from here."""

    charges_rows = False

    @operation("index", "Where to go from here", shapes.Index, missing=False)
    def get(self, request: Request) -> Response:
        read_query(request.query_params, ())
        now = utc_now()
        newest = queries.newest_closed_slot(now.date())
        places = {name: request.build_absolute_uri(reverse(name)) for name in _PLACES}
        return Response(shapes.Index(data=places, meta=answers.answer_meta(newest, now)))


class FlightsView(ApiView):
    """Flights by slot or by local departure date, in order of their ids."""

    @operation("flights_list", "Flights: latest state, or what a slot said", shapes.FlightList, query=filters.FLIGHTS)
    def get(self, request: Request) -> HttpResponseBase:
        values = read_query(request.query_params, filters.FLIGHTS)
        return flight_lists.flights(request, values)


class FlightView(ApiView):
    """One flight: the latest state known."""

    @operation(
        "flights_get",
        "One flight: its latest state",
        shapes.FlightAnswer,
        query=filters.FLIGHT,
        path=(filters.FLIGHT_ID,),
    )
    def get(self, request: Request, flight_id: str) -> Response:
        values = read_query(request.query_params, filters.FLIGHT)
        now, instant = utc_now(), values.get("as_of")
        document = lookups.known_flight(flight_id, instant, now)
        newest = queries.newest_closed_slot(now.date(), instant)
        told = {"as_of": instant} if instant else {}
        return answers.one_flight(document, values.get("fields", ()), newest, now, **told)


class HistoryView(ApiView):
    """What each slot said about one flight, oldest slot first."""

    @operation(
        "flights_history",
        "What each slot said about one flight, oldest slot first",
        shapes.FlightList,
        query=filters.HISTORY,
        path=(filters.FLIGHT_ID,),
    )
    def get(self, request: Request, flight_id: str) -> Response:
        return flight_lists.history(request, flight_id, read_query(request.query_params, filters.HISTORY))


class SlotsView(ApiView):
    """Slots, newest first: what was planned and what became of it."""

    @operation("slots_list", "Slots, newest first", shapes.SlotList, query=filters.SLOTS, missing=False)
    def get(self, request: Request) -> Response:
        now = utc_now()
        values = read_query(request.query_params, filters.SLOTS)
        cursor = pagination.cursor_of(request, values)
        days = cursor.days or filters.slot_days(values, now.date())
        conditions = {"state": values["state"]} if "state" in values else {}
        read = partial(queries.slots_of_days, days, conditions)
        page = pagination.read_page(request, values, pagination.keeping(cursor, days), read)
        return answers.slot_list(page, queries.newest_closed_slot(now.date()), now, days)


class DayView(ApiView):
    """A day that was fetched afterwards."""

    @operation("slots_get_day", "A day fetched afterwards", shapes.SlotAnswer, path=(filters.DATE,))
    def get(self, request: Request, date: str) -> Response:
        return _slot(request, lookups.slot_key(date))


class DayFlightsView(ApiView):
    """What a day that was fetched afterwards said about each flight."""

    @operation(
        "slots_list_day_flights",
        "Flights as the day fetched afterwards brought them",
        shapes.FlightList,
        query=filters.SLOT_FLIGHTS,
        path=(filters.DATE,),
    )
    def get(self, request: Request, date: str) -> HttpResponseBase:
        values = read_query(request.query_params, filters.SLOT_FLIGHTS)
        return flight_lists.flights_of_slot(request, lookups.slot_key(date), values)


class SlotView(ApiView):
    """One slot by its UTC date and hour."""

    @operation("slots_get", "One slot", shapes.SlotAnswer, path=(filters.DATE, filters.HOUR))
    def get(self, request: Request, date: str, hour: str) -> Response:
        return _slot(request, lookups.slot_key(date, hour))


class SlotFlightsView(ApiView):
    """What a slot said about each flight."""

    @operation(
        "slots_list_flights",
        "Flights as this slot saw them",
        shapes.FlightList,
        query=filters.SLOT_FLIGHTS,
        path=(filters.DATE, filters.HOUR),
    )
    def get(self, request: Request, date: str, hour: str) -> HttpResponseBase:
        values = read_query(request.query_params, filters.SLOT_FLIGHTS)
        return flight_lists.flights_of_slot(request, lookups.slot_key(date, hour), values)


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """The answer for an address below /api/ that is none."""
    places = ", ".join(reverse(name) for name in _PLACES)
    hint = f"Begin at {places}; addresses of {reverse('index')} have no slash at the end."
    return problem_response(ApiError(404, "Nothing is at this address.", hint), {"request": request})


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a request that Django refuses before any view is asked, such as one with a wrong Host header."""
    if request.path_info.startswith("/api/"):
        return problem_response(exception, {"request": request})
    return bad_request(request, exception)


def _slot(request: Request, key: str) -> Response:
    read_query(request.query_params, ())
    now = utc_now()
    return answers.one_slot(lookups.known_slot(key), queries.newest_closed_slot(now.date()), now)
