"""The reference tables of the current version, and what became of each version's rows."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display

from flights import store
from flights.admin.reading import DocumentAdmin, Section, lines, shown, utc
from flights.models import (
    ReferenceAircraftType,
    ReferenceAirframe,
    ReferenceAirline,
    ReferenceAirport,
    ReferenceCountry,
    ReferenceVersion,
)
from flights.reference import versions


@admin.register(ReferenceVersion)
class VersionAdmin(DocumentAdmin):
    list_display = ("name", "made", "source", "parent", "countries", "airports", "airlines", "types", "airframes")
    ordering: ClassVar = ["-made_at"]
    fieldsets = ((None, {"fields": (("name", "made"), ("source", "parent"))}),)

    def sections_of(self, obj: ReferenceVersion) -> list[Section]:
        notes = (store.find_one(store.REFERENCE_VERSIONS, str(obj.pk)) or {}).get("notes") or {}
        counts = [(table.replace("_", " "), getattr(obj.counts, table, None)) for table in versions.COLLECTIONS]
        return [Section("Rows", ("table", "rows"), counts), *_sections(notes)]

    @display(description="Version")
    def name(self, obj: ReferenceVersion) -> SafeString:
        return lines(obj.pk)

    @display(description="Made")
    def made(self, obj: ReferenceVersion) -> str:
        return utc(obj.made_at)

    @display(description="Countries")
    def countries(self, obj: ReferenceVersion) -> Any:
        return _count(obj, "countries")

    @display(description="Airports")
    def airports(self, obj: ReferenceVersion) -> Any:
        return _count(obj, "airports")

    @display(description="Airlines")
    def airlines(self, obj: ReferenceVersion) -> Any:
        return _count(obj, "airlines")

    @display(description="Aircraft types")
    def types(self, obj: ReferenceVersion) -> Any:
        return _count(obj, "aircraft_types")

    @display(description="Airframes")
    def airframes(self, obj: ReferenceVersion) -> Any:
        return _count(obj, "airframes")


class RowAdmin(DocumentAdmin):
    """Rows of the current version, by code; searched by the beginning of the code."""

    ordering: ClassVar = ["id"]
    search_fields: ClassVar = ["id"]  # shows the box; get_search_results does the search
    search_help_text = "The beginning of the code"

    def get_queryset(self, request: HttpRequest) -> Any:
        """A detail page may be of any version: old answers link to the rows that they were made with."""
        rows = super().get_queryset(request)
        page = (request.resolver_match.url_name if request.resolver_match else None) or ""
        return rows.filter(**_within()) if page.endswith("_changelist") else rows

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip().upper()
        return (queryset.filter(**_within(text)) if text else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = {"title": f"Version {versions.current_version() or 'none yet: `manage.py prepare` loads one'}"}
        return super().changelist_view(request, {**title, **(extra_context or {})})


@admin.register(ReferenceCountry)
class CountryAdmin(RowAdmin):
    list_display = ("code", "name", "continent")


@admin.register(ReferenceAirport)
class AirportAdmin(RowAdmin):
    list_display = ("code", "iata", "icao", "name", "city", "country", "continent", "latitude", "longitude", "zone")


@admin.register(ReferenceAirline)
class AirlineAdmin(RowAdmin):
    list_display = ("code", "iata", "icao", "name", "callsign", "country", "active")


@admin.register(ReferenceAircraftType)
class AircraftTypeAdmin(RowAdmin):
    list_display = ("code", "manufacturer", "model", "iata_codes")

    @display(description="IATA type codes")
    def iata_codes(self, obj: ReferenceAircraftType) -> Any:
        return shown(" ".join(obj.iata or ()))


@admin.register(ReferenceAirframe)
class AirframeAdmin(RowAdmin):
    list_display = ("code", "type", "registration")


def _within(beginning: str = "") -> dict[str, str]:
    """The current version's rows whose code begins so: one range of ids."""
    lower, upper = versions.bounds_of(versions.current_version() or "none", beginning)
    return {"pk__gt" if not beginning else "pk__gte": lower, "pk__lt": upper}


def _count(obj: ReferenceVersion, table: str) -> Any:
    return shown(getattr(obj.counts, table, None))


def _sections(notes: dict[str, Any]) -> list[Section]:
    """What a sync noted; nothing for packaged tables."""
    if "sync" not in notes:
        return []
    disagreements = [tuple(each.values()) for each in notes.get("first_disagreements", [])]
    note = f"{notes.get('disagreements', 0)} in all, the first {len(disagreements)} here; the packaged value was kept."
    return [
        Section("Rows told by the upstream", ("endpoint", "rows"), notes.get("rows", {}).items()),
        Section("Added", ("table", "rows"), notes.get("added", {}).items()),
        Section("Not let in", ("reason", "rows"), notes.get("left_out", {}).items()),
        Section("Disagreements", ("table", "code", "what", "kept", "told"), disagreements, note),
        Section("Type codes that are not known", ("code", "times"), notes.get("unknown_types", [])),
    ]
