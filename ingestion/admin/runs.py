"""Runs: what was tried, at what cost; and buttons: run this slot now, try a failed run again, replay one."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from flights.admin.reading import NOTHING, ReadOnlyAdmin, Section, lines, shown, utc
from flights.admin.tables import link
from ingestion import archive
from ingestion.admin import audit, buttons
from ingestion.admin.buttons import MAY_RUN, to_run
from ingestion.admin.replaying import ReplayButtons
from ingestion.errors import ArchiveUnavailable
from ingestion.models import ENDED_WITHOUT_SLOT, Run, StepAttempt

ACTION = "ingestion_run_"  # before the names of unfold's actions
STATE_COLOURS = {"open": "info", "published": "success", "stopped": "warning", "failed": "danger"}
PAGE_HEADERS = ("page", "status", "bytes", "rows", "merged", "rejected", "records", "received", "published")


class AttemptInline(TabularInline):
    model = StepAttempt
    fields = ("step", "number", "outcome", "took", "error_class", "error")
    readonly_fields = ("took",)
    verbose_name_plural = "Tries of each step"
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Seconds")
    def took(self, obj: StepAttempt) -> str:
        return _seconds(obj)


@admin.register(Run)
class RunAdmin(ReplayButtons, ReadOnlyAdmin):
    list_display = ("named", "trigger", "standing", "step", "asked", "trouble", "started", "took")
    list_filter = (("state", ChoicesDropdownFilter), "trigger", "backfill")
    search_fields = ("slot__startswith",)
    search_help_text = "The beginning of a slot: 2026-11-24T04Z, 2026-11-24"
    inlines: ClassVar = [AttemptInline]
    actions_list: ClassVar = ["run_now"]
    actions_detail: ClassVar = ["try_again", "compare", "replay"]
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("slot_link", "standing"),
                    ("trigger", "step"),
                    ("revision", "replays"),
                    "of_job",
                    ("asked_link", "pages_planned"),
                    ("started", "finished"),
                    ("resumes_at", "claimed_by"),
                    ("shortfall", "error"),
                    ("made_of", "instead_of"),
                )
            },
        ),
    )

    def has_run_pipeline_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("ingestion.change_run")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        runs: QuerySet[Run] = super().get_queryset(request)
        return runs.annotate(asked=Count("requests"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        run = Run.objects.filter(pk=object_id).first()
        offered = [] if run is None else ["try_again"] if run.state in ENDED_WITHOUT_SLOT else self.replay_actions(run)
        return [
            each
            for each in super().get_actions_detail(request, object_id)
            if each.action_name.removeprefix(ACTION) in offered
        ]

    def sections_of(self, obj: Run) -> list[Section]:
        try:
            pages = archive.pages_of(obj.key)
        except ArchiveUnavailable as error:
            return [Section("Pages", note=str(error)), audit.done_to(obj)]
        return [Section("Pages", PAGE_HEADERS, [_page_row(page) for page in pages]), audit.done_to(obj)]

    @action(
        description="Run this slot now",
        permissions=MAY_RUN,
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "Run this slot now?",
            "description": "Collects the present slot if it has no run yet. It costs requests of the allowance.",
            "form_class": audit.ReasonForm,
            "form_submit_text": "Run now",
        },
    )
    def run_now(self, request: HttpRequest, form: audit.ReasonForm) -> HttpResponse:
        return to_run(request, buttons.run_present(request, form.cleaned_data["reason"]))

    @action(
        description="Try again",
        permissions=MAY_RUN,
        icon="replay",
        dialog={
            "title": "Try this run again?",
            "description": "The run goes on from the step where it ended; no page is bought twice.",
            "form_class": audit.ReasonForm,
            "form_submit_text": "Try again",
        },
    )
    def try_again(self, request: HttpRequest, form: audit.ReasonForm, object_id: str) -> HttpResponse:
        run = get_object_or_404(Run, pk=object_id)
        buttons.try_again(request, run, form.cleaned_data["reason"])
        return to_run(request, run)

    @display(description="Slot")
    def named(self, obj: Run) -> SafeString:
        return lines(obj.slot)

    @display(description="State", label=STATE_COLOURS)
    def standing(self, obj: Run) -> str:
        return obj.state

    @display(description="Requests")
    def asked(self, obj: Run) -> int:
        return int(getattr(obj, "asked", 0))

    @display(description="Requests")
    def asked_link(self, obj: Run) -> SafeString:
        url = reverse("admin:ingestion_upstreamrequest_changelist")
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500 underline" href="{}?run__id__exact={}">{}</a>',
            url,
            obj.pk,
            self.asked(obj),
        )

    @display(description="Shortfall or error")
    def trouble(self, obj: Run) -> str:
        return obj.error or obj.shortfall or NOTHING

    @display(description="Started")
    def started(self, obj: Run) -> SafeString:
        return lines(utc(obj.started_at))

    @display(description="Finished")
    def finished(self, obj: Run) -> str:
        return utc(obj.finished_at)

    @display(description="Seconds")
    def took(self, obj: Run) -> str:
        return _seconds(obj)

    @display(description="Backfill")
    def of_job(self, obj: Run) -> SafeString | str:
        return link("ingestion_backfill", obj.job.pk, obj.job) if obj.job else NOTHING

    @display(description="Reconstructed from")
    def made_of(self, obj: Run) -> str:
        return ", ".join(sorted((obj.reconstructs or {}).get("runs", {}))) or NOTHING

    @display(description="Slot")
    def slot_link(self, obj: Run) -> SafeString:
        return link("flights_slot", obj.slot, obj.slot)


def _seconds(worked: Run | StepAttempt) -> str:
    if worked.finished_at is None:
        return NOTHING
    return f"{(worked.finished_at - worked.started_at).total_seconds():.1f}"


def _page_row(page: archive.ArchivedPage) -> tuple[Any, ...]:
    status = f"{page.status}: {page.fault}" if page.fault else page.status
    rows = NOTHING if page.rows is None else f"{page.rows} of {shown(page.total)}"
    counts = (page.rows_merged, page.rows_rejected, page.record_count)
    return (page.page, status, page.size, rows, *counts, utc(page.observed_at), utc(page.published_at))
