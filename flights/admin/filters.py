"""Filters of the lists of movements: each an exact value or a bounded range of ids."""

import re
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from flights import store
from flights.models import MovementQuerySet, Slot
from flights.records import CLOSED_STATES, SlotState
from flights.slots import parse_slot
from flights.times import utc_now

ANY_DAY = "any"
DAYS_OFFERED = 10
_ID_BEGINNING = re.compile(r"\d{4}-\d{2}-\d{2}.*")


def searched(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip().upper()


def is_id(text: str) -> bool:
    """Whether a search is a flight id or its beginning: at least a whole date."""
    return _ID_BEGINNING.fullmatch(text) is not None


def newest_day() -> date:
    """The date of the newest slot, kept within the departure dates that it saw; today when there is none."""
    newest = Slot.objects.order_by("-id").first()
    if newest is None:
        return utc_now().date()
    day = parse_slot(newest.pk)[0]
    seen = (store.find_one(store.SLOTS, newest.pk) or {}).get("departures") or {}
    if not seen.get("last"):
        return day
    return min(max(day, date.fromisoformat(seen["first"])), date.fromisoformat(seen["last"]))


def newest_closed_slot() -> str:
    with_flights = [state.value for state in CLOSED_STATES if state != SlotState.EMPTY]
    closed = Slot.objects.filter(state__in=with_flights).order_by("-id").first()
    return str(closed.pk) if closed else ""


class DayFilter(DropdownFilter):
    """The local departure date; the newest day when nothing is chosen. Bounds every list of flights."""

    title = "local departure date"
    parameter_name = "day"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.newest = newest_day()
        days = [self.newest + timedelta(days=1 - back) for back in range(DAYS_OFFERED)]
        newest = self.newest.isoformat()
        offered = [(day.isoformat(), day.isoformat()) for day in days]
        return [("", f"Newest ({newest})"), *offered, (ANY_DAY, "Any day (with a flight number)")]

    def queryset(self, request: HttpRequest, queryset: MovementQuerySet) -> MovementQuerySet:
        day, text = self.value(), searched(request)
        if is_id(text) or (text and day == ANY_DAY):
            return queryset  # the search is the bound
        chosen = day if day and is_id(day) else self.newest.isoformat()
        self.bound = f"Flights that depart on {chosen}, local time"
        return queryset.within(chosen)


class _CodeFilter(TextFilter):
    def code(self) -> str:
        return (self.value() or "").strip().upper()


class CarrierFilter(_CodeFilter):
    title = "airline (IATA or ICAO code)"
    parameter_name = "airline"

    def queryset(self, request: HttpRequest, queryset: MovementQuerySet) -> MovementQuerySet:
        return queryset.of_carrier(self.code()) if self.code() else queryset


class DepartureFilter(_CodeFilter):
    title = "departure airport (IATA)"
    parameter_name = "from"

    def queryset(self, request: HttpRequest, queryset: MovementQuerySet) -> MovementQuerySet:
        return queryset.filter(departure__iata=self.code()) if self.code() else queryset


class ArrivalFilter(_CodeFilter):
    title = "arrival airport (IATA)"
    parameter_name = "to"

    def queryset(self, request: HttpRequest, queryset: MovementQuerySet) -> MovementQuerySet:
        return queryset.filter(arrival__iata=self.code()) if self.code() else queryset


class LastSlotFilter(_CodeFilter):
    title = "slot that told it last"
    parameter_name = "last_slot"

    def queryset(self, request: HttpRequest, queryset: MovementQuerySet) -> MovementQuerySet:
        return queryset.filter(slot=self.code()) if self.code() else queryset


class SlotFilter(_CodeFilter):
    """The slot whose observations are listed; the newest closed one when nothing is given."""

    title = "slot (2026-11-24T04Z)"
    parameter_name = "of_slot"

    def queryset(self, request: HttpRequest, queryset: MovementQuerySet) -> MovementQuerySet:
        slot = self.code() or newest_closed_slot()
        self.bound = f"What slot {slot} said" if slot else "No slot is closed yet"
        return queryset.of_slot(slot)
