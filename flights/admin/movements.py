"""Flights and the observations behind them: searched by number, id or registration, always within bounds."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from flights.admin import filters, tables
from flights.admin.reading import NOTHING, DocumentAdmin, Section, lines, shown, utc
from flights.models import Flight, FlightEnd, Movement, MovementQuerySet, Observation

STATUS_COLOURS = {
    "active": "info",
    "landed": "success",
    "cancelled": "danger",
    "incident": "danger",
    "diverted": "warning",
    "redirected": "warning",
}
COLUMNS = ("flight", "state", "route", "departs", "arrives", "late", "airlines", "seen")
COMMON_FILTERS = (
    ("status", ChoicesDropdownFilter),
    filters.CarrierFilter,
    filters.DepartureFilter,
    filters.ArrivalFilter,
)


class MovementAdmin(DocumentAdmin):
    list_display = COLUMNS
    search_fields: ClassVar = ["numbers"]  # shows the box; get_search_results does the search
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("flight_id", "told"),
                    ("sold_as", "airlines"),
                    ("late", "flight_date"),
                    ("first", "last"),
                    ("slot_link", "source"),
                )
            },
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: MovementQuerySet, search_term: str
    ) -> tuple[MovementQuerySet, bool]:
        text = filters.searched(request)
        if not text:
            return queryset, False
        if filters.is_id(text):
            return self.with_flight_id(queryset, text), False
        if request.GET.get("day") == filters.ANY_DAY:
            return queryset.numbered(text), False
        return queryset.filter(Q(numbers__contains=[text]) | Q(aircraft__registration=text)), False

    def with_flight_id(self, queryset: MovementQuerySet, text: str) -> MovementQuerySet:
        return queryset.within(text)

    def sections_of(self, obj: Movement) -> list[Section]:
        return [tables.times(obj), tables.airports(obj), tables.flown_by(obj)]

    @display(description="Flight")
    def flight(self, obj: Movement) -> SafeString:
        return lines(obj.operating or NOTHING, obj.flight_id)

    @display(description="Status", label=STATUS_COLOURS)
    def state(self, obj: Movement) -> str:
        return obj.status

    @display(description="Status, as told")
    def told(self, obj: Movement) -> str:
        if obj.status_inferred:
            return f"{obj.status}, inferred from its times; told: {obj.status_text}"
        return f"{obj.status}, {obj.status_text!r}" if obj.status_text else obj.status

    @display(description="Route")
    def route(self, obj: Movement) -> SafeString:
        return lines(f"{obj.departure or NOTHING} → {obj.arrival or NOTHING}")

    @display(description="Departure")
    def departs(self, obj: Movement) -> SafeString:
        return _two_clocks(obj.departure)

    @display(description="Arrival")
    def arrives(self, obj: Movement) -> SafeString:
        return _two_clocks(obj.arrival)

    @display(description="Delay min")
    def late(self, obj: Movement) -> str:
        return f"{shown(obj.departure_delay_min)}, {shown(obj.arrival_delay_min)}"

    @display(description="Airlines")
    def airlines(self, obj: Movement) -> str:
        return ", ".join(obj.carriers or []) or NOTHING

    @display(description="First, last seen")
    def seen(self, obj: Movement) -> SafeString:
        return lines(utc(obj.first_seen), utc(obj.last_seen))

    @display(description="First seen")
    def first(self, obj: Movement) -> str:
        return utc(obj.first_seen)

    @display(description="Last seen")
    def last(self, obj: Movement) -> str:
        return utc(obj.last_seen)

    @display(description="Sold as")
    def sold_as(self, obj: Movement) -> str:
        return ", ".join(obj.numbers or []) or NOTHING

    @display(description="Told by slot")
    def slot_link(self, obj: Movement) -> SafeString:
        return tables.link("flights_slot", obj.slot, obj.slot)

    @display(description="Run, page, row")
    def source(self, obj: Movement) -> str:
        return f"{obj.run}, page {obj.page}, row {obj.row}, transform {obj.transform}"


def _two_clocks(end: FlightEnd | None) -> SafeString:
    return lines(tables.clock(getattr(end, "scheduled", None)), tables.clock(getattr(end, "actual", None)))


@admin.register(Flight)
class FlightAdmin(MovementAdmin):
    list_filter = (filters.DayFilter, *COMMON_FILTERS, filters.LastSlotFilter)
    search_help_text = (
        "Number or registration within the chosen day; a date or the beginning of a flight id for any day"
    )

    def sections_of(self, obj: Movement) -> list[Section]:
        return [*super().sections_of(obj), tables.history(str(obj.pk))]


@admin.register(Observation)
class ObservationAdmin(MovementAdmin):
    list_filter = (filters.SlotFilter, *COMMON_FILTERS)
    search_help_text = "Flight number, registration or flight id within the slot"

    def with_flight_id(self, queryset: MovementQuerySet, text: str) -> MovementQuerySet:
        """Within one slot, so it may be any field."""
        bounds: dict[str, Any] = {"flight_id__gte": text, "flight_id__lt": text + "\x7f"}
        return queryset.filter(**bounds)
