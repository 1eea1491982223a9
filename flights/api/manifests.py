"""The API of manifests: rows, bytes and checksum of each file, its columns, and how complete the slot is."""

import datetime
from typing import Any

import msgspec
from django.urls import reverse
from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response

from flights.api import answers, closings, files, filters, lookups, shapes
from flights.api.envelope_shapes import Days
from flights.api.file_shapes import Manifest, ManifestAnswer, ManifestMeta, columns_told, file_told
from flights.api.parameters import read_one, read_query
from flights.api.schema import operation
from flights.api.views import ApiView
from flights.documents import Document
from flights.exports.cache import Entry
from flights.exports.columns import SCHEMA_VERSION
from flights.exports.subjects import Subject, some_of_days, whole_slot
from flights.exports.writers import Form
from flights.times import utc_now


class FlightsManifestView(ApiView):
    """What the files of these filters hold now."""

    @operation("flights_get_manifest", "Manifest of flights by filters", ManifestAnswer, query=files.QUERY)
    def get(self, request: Request) -> Response:
        values = read_query(request.query_params, files.QUERY)
        days = None if "slot" in values else filters.flight_days(values) or files.newest_days()
        subject = files.subject_of_query(values)
        query = request.query_params.urlencode()
        address = f"{reverse('flights')}.{{form}}" + (f"?{query}" if query else "")
        slot = lookups.known_slot(values["slot"]) if "slot" in values else None
        return _manifest(request, subject, address, slot, days)


class DayManifestView(ApiView):
    """What the files of one local departure date hold now."""

    @operation("days_get_manifest", "Manifest of one local departure date", ManifestAnswer, path=files.DAY)
    def get(self, request: Request, date: str) -> Response:
        read_query(request.query_params, ())
        day = read_one(filters.DATE, date)
        address = reverse("day-file", args=[date, "{form}"])
        return _manifest(request, some_of_days((day, day), {}), address, None, (day, day))


class SlotManifestView(ApiView):
    """What the files of a closed slot hold."""

    @operation("slots_get_manifest", "Manifest of a closed slot", ManifestAnswer, path=files.SLOT)
    def get(self, request: Request, date: str, hour: str) -> Response:
        return _slot_manifest(request, lookups.slot_key(date, hour))


class FetchedDayManifestView(ApiView):
    """What the files of a day that was fetched afterwards hold."""

    @operation("slots_get_day_manifest", "Manifest of a day fetched afterwards", ManifestAnswer, path=files.DAY)
    def get(self, request: Request, date: str) -> Response:
        return _slot_manifest(request, lookups.slot_key(date))


def _slot_manifest(request: Request, key: str) -> Response:
    read_query(request.query_params, ())
    slot = lookups.known_slot(key)
    closings.check_closed(slot, files.manifest_address(key))
    address = files.slot_address(key, f"{closings.closing_of(slot)}/flights.{{form}}")
    return _manifest(request, whole_slot(slot), address, slot, None)


def _manifest(
    request: Request,
    subject: Subject,
    address: str,
    slot: Document | None,
    days: tuple[datetime.date, datetime.date] | None,
) -> Response:
    now = utc_now()
    entries = _entries(subject)
    first = next(iter(entries.values()))
    told: dict[str, Any] = {"counts": msgspec.convert(slot["counts"], shapes.Counts)} if subject.slot and slot else {}
    data = Manifest(
        rows=first.rows,
        content=first.content,
        created_at=first.created_at,
        immutable=subject.slot is not None,
        schema_version=SCHEMA_VERSION,
        revision=subject.slot["revision"] if subject.slot else None,
        files=[file_told(form, entry, _url(request, address, form)) for form, entry in entries.items()],
        columns=columns_told(),
        **told,
    )
    meta = ManifestMeta(
        as_of_slot=answers.as_of(now),
        slot=shapes.basis_of(slot, now) if slot else UNSET,
        window=Days(first=days[0], last=days[1]) if days else UNSET,
    )
    return Response(ManifestAnswer(data=data, meta=meta))


def _entries(subject: Subject) -> dict[Form, Entry]:
    made = files.made_files(subject, tuple(Form))
    for opened in made.values():
        opened.file.close()
    return {form: opened.entry for form, opened in made.items()}


def _url(request: Request, address: str, form: Form) -> str:
    return str(request.build_absolute_uri(address.replace("{form}", form).replace("%7Bform%7D", form)))
