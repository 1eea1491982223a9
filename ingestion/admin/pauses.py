"""Pauses of the schedule: who, why, since when and until when."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from flights.admin.reading import NOTHING, ReadOnlyAdmin, Section, lines, utc
from ingestion.admin import audit
from ingestion.models import SchedulePause


@admin.register(SchedulePause)
class SchedulePauseAdmin(ReadOnlyAdmin):
    list_display = ("begun", "by", "why", "ended", "resumed")
    search_fields = ("by", "why")
    fieldsets = ((None, {"fields": (("begun", "ended"), ("by", "why"), "resumed")}),)

    def sections_of(self, obj: SchedulePause) -> list[Section]:
        return [audit.done_to(obj)]

    @display(description="Since")
    def begun(self, obj: SchedulePause) -> SafeString:
        return lines(utc(obj.since))

    @display(description="Until")
    def ended(self, obj: SchedulePause) -> SafeString:
        return lines(utc(obj.resumed_at or obj.until))

    @display(description="Resumed by, why")
    def resumed(self, obj: SchedulePause) -> str:
        return f"{obj.resumed_by}: {obj.resumed_why}" if obj.resumed_at else NOTHING
