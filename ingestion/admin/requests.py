"""Requests: what was sent to the upstream, at what cost; and how the allowance stands."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from flights.admin.reading import ReadOnlyAdmin, shown, utc
from flights.times import utc_now
from ingestion import ledger, plan_words
from ingestion.models import UpstreamRequest

OUTCOME_COLOURS = dict.fromkeys(("done", "ok"), "success") | dict.fromkeys(("running", "sent"), "info")
OUTCOME_COLOURS |= dict.fromkeys(("lost", "stopped"), "warning")


@admin.register(UpstreamRequest)
class RequestAdmin(ReadOnlyAdmin):
    list_display = ("sent", "run", "purpose", "page", "status", "ended", "charged", "quota_remaining", "seconds")
    list_filter = (("sent_at", RangeDateTimeFilter), "purpose", "outcome")
    list_select_related = ("run",)
    list_before_template = "ingestion/admin/quota.html"
    search_fields = ("run__slot__startswith",)
    search_help_text = "The beginning of a slot: 2026-11-24T04Z, 2026-11-24"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        now = utc_now()
        shared = ledger.month_plan(now)
        quota = {
            "used this month": shared.used,
            "allowance": shared.allowance,
            "remaining, as the upstream told last": shown(ledger.told_remaining(now)),
            "may still be sent": shared.remaining,
            "reset (UTC)": f"{shared.resets_at:%Y-%m-%d}",
            "pages of the next slot": shared.pages_a_slot,
            "for backfills": shared.for_backfill,
        }
        told = {"quota": quota, "quota_told": plan_words.sentences(shared)}
        response: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **told})
        return response

    @display(description="Sent")
    def sent(self, obj: UpstreamRequest) -> str:
        return utc(obj.sent_at)

    @display(description="Outcome", label=OUTCOME_COLOURS)
    def ended(self, obj: UpstreamRequest) -> str:
        return obj.outcome
