"""The API of files: a closed slot, a day, or flights by filters, as CSV, NDJSON or Parquet."""

import datetime
import logging
from functools import partial
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from flights import queries
from flights.api import closings, filters, lookups, metering
from flights.api.conditional import REVALIDATED
from flights.api.file_answers import file_answer
from flights.api.filters import flight_days
from flights.api.parameters import Parameter, choice, read_one, read_query
from flights.api.problems import ApiError
from flights.api.renderers import JSONRenderer
from flights.api.resolving import selection
from flights.api.schema import file_operation
from flights.api.views import ApiView
from flights.errors import FileNotWritten, SlotIsChanging
from flights.exports import making
from flights.exports.making import Files
from flights.exports.subjects import Subject, some_of_days, some_of_slot, whole_slot
from flights.exports.writers import MEDIA_TYPES, Form
from flights.times import utc_now

logger = logging.getLogger(__name__)

FORM = choice("form", Form, "The form of the file.")
UNCHANGING = "private, max-age=31536000, immutable"
RETRY_SECONDS = 60
_ONLY_LISTS = ("limit", "cursor", "fields", "count", "as_of", "changed_since")  # of pages, or of answers in JSON
QUERY: tuple[Parameter, ...] = tuple(each for each in filters.FLIGHTS if each.name not in _ONLY_LISTS)
DAY = (filters.DATE,)
SLOT = (filters.DATE, filters.HOUR)


class _FileRenderer(BaseRenderer):
    """Stands for the file's media type when Accept is read; the file itself is written elsewhere."""

    charset = None

    def __init__(self, form: Form) -> None:
        self.media_type, self.format = MEDIA_TYPES[form].partition(";")[0], form.value


class FileView(ApiView):
    """Offers the media type that the address names."""

    def get_renderers(self) -> list[BaseRenderer]:
        if self.request.method not in ("GET", "HEAD"):
            return [JSONRenderer()]
        asked = [read_one(FORM, self.kwargs["form"])] if "form" in self.kwargs else list(Form)
        return [_FileRenderer(Form(each)) for each in asked]


class FlightsFileView(FileView):
    """Flights by the filters of `flights`, as a file."""

    @file_operation("flights_get_file", "Flights by filters, as a file", query=QUERY, path=(FORM,))
    def get(self, request: Request, form: str) -> HttpResponseBase:
        return _file(request, subject_of_query(read_query(request.query_params, QUERY)), form)


class DayFileView(FileView):
    """The flights that depart on one local date, in their latest state, as a file."""

    @file_operation("days_get_file", "The flights of one local departure date, as a file", path=(*DAY, FORM))
    def get(self, request: Request, date: str, form: str) -> HttpResponseBase:
        read_query(request.query_params, ())
        return _file(request, subject_of_day(date), form)


class SlotFileView(FileView):
    """What a slot said about each flight, as a file."""

    @file_operation("slots_get_file", "A closed slot as a file", path=(*SLOT, FORM))
    def get(self, request: Request, date: str, hour: str, form: str) -> HttpResponseBase:
        return _slot_file(request, lookups.slot_key(date, hour), form)


class FetchedDayFileView(FileView):
    """What a day that was fetched afterwards said about each flight, as a file."""

    @file_operation("slots_get_day_file", "A day fetched afterwards, as a file", path=(*DAY, FORM))
    def get(self, request: Request, date: str, form: str) -> HttpResponseBase:
        return _slot_file(request, lookups.slot_key(date), form)


class ClosingFileView(FileView):
    """One closing of a slot as a file that never changes."""

    @file_operation(
        "slots_get_closing_file",
        "One closing of a slot: a file that never changes",
        path=(*SLOT, closings.CLOSING, FORM),
    )
    def get(self, request: Request, date: str, hour: str, closing: str, form: str) -> HttpResponseBase:
        return _slot_file(request, lookups.slot_key(date, hour), form, closing)


class FetchedDayClosingFileView(FileView):
    """One closing of a day that was fetched afterwards, as a file that never changes."""

    @file_operation(
        "slots_get_day_closing_file",
        "One closing of a day fetched afterwards: a file that never changes",
        path=(*DAY, closings.CLOSING, FORM),
    )
    def get(self, request: Request, date: str, closing: str, form: str) -> HttpResponseBase:
        return _slot_file(request, lookups.slot_key(date), form, closing)


def subject_of_query(values: dict[str, Any]) -> Subject:
    """What the filters ask for; raises ApiError for a slot that is unknown or open."""
    days, conditions = flight_days(values), selection(values, utc_now()).conditions
    if "slot" in values:
        slot = lookups.known_slot(values["slot"])
        closings.check_closed(slot, manifest_address(slot["_id"]))
        return some_of_slot(slot, conditions)
    return some_of_days(days or newest_days(), conditions)


def subject_of_day(date: str) -> Subject:
    day = read_one(filters.DATE, date)
    return some_of_days((day, day), {})


def newest_days() -> tuple[datetime.date, datetime.date]:
    today = utc_now().date()
    return queries.default_days(queries.newest_closed_slot(today), today)


def made_files(subject: Subject, forms: tuple[Form, ...]) -> Files:
    """The files, made where they are not at hand; raises ApiError when they can't be."""
    try:
        return making.open_files(subject, forms, utc_now())
    except SlotIsChanging as error:
        told = {"Retry-After": str(RETRY_SECONDS)}
        hint = "It closes anew in a moment, with a new revision: ask again then."
        raise ApiError(409, f"There is no file now: {error}.", hint, headers=told) from error
    except FileNotWritten as error:
        logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
        told = {"Retry-After": str(RETRY_SECONDS)}
        raise ApiError(503, "There is no room for files.", "Tell the operator; pages work.", headers=told) from error


def slot_address(key: str, tail: str) -> str:
    """An address below a slot's, or below a day's that was fetched afterwards."""
    date, _, hour = key.partition("T")
    place = reverse("slot", args=[date, hour.removesuffix("Z")]) if hour else reverse("slot-day", args=[date])
    return f"{place}/{tail}"


def manifest_address(key: str) -> str:
    return slot_address(key, "flights.manifest.json")


def _slot_file(request: Request, key: str, form: str, closing: str | None = None) -> HttpResponseBase:
    read_query(request.query_params, ())
    asked = read_one(closings.CLOSING, closing) if closing else None
    slot, manifest = lookups.known_slot(key), manifest_address(key)
    closings.check_closed(slot, manifest)
    if asked:
        closings.check_present(slot, asked, manifest)
        return _file(request, whole_slot(slot), form, {"Cache-Control": UNCHANGING})
    content = slot_address(key, f"{closings.closing_of(slot)}/flights.{form}")
    return _file(request, whole_slot(slot), form, {"Content-Location": content})


def _file(request: Request, subject: Subject, form: str, headers: dict[str, str] | None = None) -> HttpResponseBase:
    kind = Form(form)
    opened = made_files(subject, (kind,))[kind]
    named = f'attachment; filename="{subject.name}.{form}"'
    told = {"Cache-Control": REVALIDATED, "Content-Disposition": named, **(headers or {})}
    charge = partial(metering.charge, request)
    return file_answer(request._request, opened, kind, told, charge)  # noqa: SLF001 - DRF's name for Django's request
