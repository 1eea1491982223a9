"""Dead letters: what could not be used, why, and what it said."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import TextFilter
from unfold.decorators import display

from flights.admin.reading import NOTHING, DocumentAdmin, lines, utc
from flights.admin.tables import link
from streaming.models import DeadLetter


class ReasonFilter(TextFilter):
    title = "reason"
    parameter_name = "reason"

    def queryset(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> QuerySet[DeadLetter]:
        return queryset.filter(reason=self.value().strip()) if self.value() else queryset


@admin.register(DeadLetter)
class DeadLetterAdmin(DocumentAdmin):
    list_display = ("why", "text", "count", "size", "told_by", "source", "last")
    list_filter = (ReasonFilter,)
    search_fields = ("id",)
    search_help_text = "The beginning of a letter's id"
    ordering: ClassVar = ["reason", "-last_seen"]
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("why", "count"),
                    "text",
                    ("source", "slot_link"),
                    ("first", "last"),
                    "size",
                    "as_received",
                )
            },
        ),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip().lower()
        return (queryset.filter(pk__gte=text, pk__lt=text + "\x7f") if text else queryset), False

    @display(description="Reason", label="warning")
    def why(self, obj: DeadLetter) -> str:
        return obj.reason

    @display(description="First seen")
    def first(self, obj: DeadLetter) -> str:
        return utc(obj.first_seen)

    @display(description="Last seen")
    def last(self, obj: DeadLetter) -> SafeString:
        return lines(utc(obj.last_seen))

    @display(description="Slot")
    def told_by(self, obj: DeadLetter) -> SafeString:
        return lines(obj.slot or NOTHING)

    @display(description="Slot")
    def slot_link(self, obj: DeadLetter) -> SafeString | str:
        return link("flights_slot", obj.slot, obj.slot) if obj.slot else NOTHING

    @display(description="Payload, as received")
    def as_received(self, obj: DeadLetter) -> SafeString:
        return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', obj.payload)
