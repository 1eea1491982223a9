"""Slots: what became of each planned collection."""

from textwrap import wrap
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from flights.admin.answers import answers_of
from flights.admin.reading import NOTHING, DocumentAdmin, Section, fields_of, lines, shown, utc
from flights.models import Reconstruction, Slot
from flights.times import utc_now

STATE_COLOURS = {
    "collecting": "info",
    "complete": "success",
    "backfilled": "success",
    "partial": "warning",
    "empty": "warning",
    "failed": "danger",
    "missed": "danger",
}
REASON_WIDTH, REASON_LINES = 40, 2  # characters
LINK = '<a class="text-primary-600 dark:text-primary-500 underline" href="{}?{}={}">{}</a>'


@admin.register(Slot)
class SlotAdmin(DocumentAdmin):
    list_display = (
        "name",
        "graded",
        "rows",
        "published",
        "stored",
        "repeated",
        "unstored",
        "share",
        "age",
        "brief",
        "flights",
    )
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("id",)
    search_help_text = "The beginning of a slot: 2026-11-24T04Z, 2026-11-24, 2026-11"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "graded"),
                    ("why", "backfill"),
                    ("share", "age"),
                    ("opened", "closed"),
                    ("run_link", "flights"),
                )
            },
        ),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip().upper()
        return (queryset.filter(pk__gte=text, pk__lt=text + "\x7f") if text else queryset), False

    def sections_of(self, obj: Slot) -> list[Section]:
        return [
            answers_of(obj.pk),
            Section("Counts", ("count", "value"), fields_of(obj.counts)),
            Section("Completeness", ("measure", "value"), fields_of(obj.completeness)),
            *_reconstruction(obj.reconstruction),
        ]

    @display(description="Slot")
    def name(self, obj: Slot) -> SafeString:
        return lines(obj.pk)

    @display(description="State", label=STATE_COLOURS)
    def graded(self, obj: Slot) -> str:
        return obj.state

    @display(description="Rows")
    def rows(self, obj: Slot) -> Any:
        return _count(obj, "rows_received")

    @display(description="Published")
    def published(self, obj: Slot) -> Any:
        return _count(obj, "published")

    @display(description="Stored")
    def stored(self, obj: Slot) -> Any:
        return _count(obj, "stored")

    @display(description="Repeated")
    def repeated(self, obj: Slot) -> Any:
        return _count(obj, "repeated")

    @display(description="Unstored")
    def unstored(self, obj: Slot) -> Any:
        return _count(obj, "unstored")

    @display(description="Completeness")
    def share(self, obj: Slot) -> str:
        share = getattr(obj.completeness, "share", None)
        return NOTHING if share is None else f"{share:.1%}"

    @display(description="Age")
    def age(self, obj: Slot) -> str:
        since = obj.collected_at or obj.opened_at
        return timesince(since, utc_now(), depth=1) if since else NOTHING

    @display(description="Reason")
    def why(self, obj: Slot) -> str:
        return obj.reason or NOTHING

    @display(description="Reason")
    def brief(self, obj: Slot) -> SafeString:
        """The beginning of it, told whole on the slot's page; a slot that was not collected says so first."""
        reason = ": ".join(filter(None, ("reconstructed" if obj.reconstruction else "", obj.reason or "")))
        return lines(*wrap(reason, REASON_WIDTH, max_lines=REASON_LINES, placeholder=" …") or [NOTHING])

    @display(description="Opened")
    def opened(self, obj: Slot) -> str:
        return utc(obj.opened_at)

    @display(description="Collected, closed")
    def closed(self, obj: Slot) -> str:
        redriven = f", revision {obj.revision}" if obj.revision and obj.revision > 0 else ""
        return f"{utc(obj.collected_at)}, {utc(obj.closed_at)}{redriven}"

    @display(description="Flights")
    def flights(self, obj: Slot) -> SafeString | str:
        if obj.observations_removed_at is not None:
            return f"observations removed {utc(obj.observations_removed_at)}"
        return format_html(LINK, reverse("admin:flights_observation_changelist"), "of_slot", obj.pk, "flights")

    @display(description="Run")
    def run_link(self, obj: Slot) -> SafeString:
        """The ledger's list of this slot: `flights` knows no runs, only the slot's name."""
        return format_html(LINK, reverse("admin:ingestion_run_changelist"), "q", obj.pk, obj.run or "runs")


def _reconstruction(told: Reconstruction | None) -> list[Section]:
    """How a slot that nothing was collected for was worked out; nothing for others."""
    if told is None:
        return []
    rows = [
        ("method", f"{told.method}: {told.told}"),
        ("shows the flights in the air at", utc(told.at)),
        ("stands in for", told.instead_of),
        *(("caveat", each) for each in told.caveats),
    ]
    return [Section("Reconstructed, not collected", ("", ""), rows)]


def _count(obj: Slot, name: str) -> Any:
    return shown(getattr(obj.counts, name, None))
