"""Orders: what was asked for through the API, by which key and why; kept for good."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from flights.admin.reading import NOTHING, ReadOnlyAdmin, Section, lines, utc
from flights.admin.tables import link
from ingestion.models import Order, Run


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("placed", "what", "by", "reason", "runs")
    list_filter = ("what",)
    search_fields = ("key_name", "key_prefix", "reason")
    fieldsets = ((None, {"fields": (("placed", "what"), ("by", "token"), "about", "reason", "asked")}),)

    def sections_of(self, obj: Order) -> list[Section]:
        known = Run.objects.in_bulk([each["slot"] for each in obj.started], field_name="slot")
        rows = [(_shown(known.get(each["slot"]), each), each["outcome"]) for each in obj.started]
        return [Section("Runs", ("run", "what became of it"), rows)]

    @display(description="Placed")
    def placed(self, obj: Order) -> SafeString:
        return lines(utc(obj.placed_at))

    @display(description="API key")
    def by(self, obj: Order) -> str:
        return f"{obj.key_name} ({obj.key_prefix})"

    @display(description="Backfill")
    def about(self, obj: Order) -> SafeString | str:
        return link("ingestion_backfill", obj.job_id, obj.job) if obj.job else NOTHING

    @display(description="Runs")
    def runs(self, obj: Order) -> int:
        return len(obj.started)


def _shown(run: Run | None, started: dict[str, Any]) -> SafeString | str:
    return link("ingestion_run", run.pk, run.key) if run else str(started["run"])
