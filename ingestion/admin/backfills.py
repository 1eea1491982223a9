"""Backfills: a list with progress, one with its days, a form that shows a dry run first, and three buttons."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from flights.admin.reading import NOTHING, ReadOnlyAdmin, Section, lines, utc
from flights.admin.tables import link
from flights.errors import StoreUnavailable
from flights.times import utc_now
from ingestion import backfills, progress, tasks
from ingestion.admin import audit
from ingestion.admin.buttons import to_page
from ingestion.backfills import Who
from ingestion.days import MAX_PAGES, MOST_AT_ONCE, MOST_PAGES, WHOLE, Mode, Order
from ingestion.errors import BadBackfill, BadDays, LedgerUnavailable, OrderRefused
from ingestion.jobs import ENDED, Backfill, JobState
from ingestion.progress import Day, DryRun, Progress

MAY_DECIDE = ("decide",)  # has_decide_permission
STATE_COLOURS = {
    "running": "info",
    "waiting": "warning",
    "paused": "warning",
    "cancelled": "danger",
    "done": "success",
}
BUTTONS = {
    JobState.RUNNING: ("pause", "cancel"),
    JobState.WAITING: ("pause", "cancel"),
    JobState.PAUSED: ("resume", "cancel"),
}
DAY_HEADERS = ("day", "", "requests to come, at the most", "run", "why")
Decide = Callable[[Backfill, Who, datetime], None]
Refused = (BadBackfill, BadDays, OrderRefused, LedgerUnavailable, StoreUnavailable)


class DayWidget(UnfoldAdminTextInputWidget):
    """The browser's own calendar."""

    input_type = "date"


class QueryField(forms.JSONField):
    """Empty rather than `null` where nothing is asked for."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class BackfillForm(forms.Form):
    """What a person asks for; the dry run comes before anything is made."""

    first = forms.DateField(label="First day", widget=DayWidget, help_text="Of departure, local.")
    last = forms.DateField(label="Last day", widget=DayWidget, help_text="Included.")
    max_pages = forms.IntegerField(
        label="Requests a day at the most",
        min_value=1,
        max_value=MOST_PAGES,
        initial=MAX_PAGES,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="100 rows each; a day with more is sampled.",
    )
    query = QueryField(
        label="Query",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text='What is asked for beside the date, such as {"dep_iata": "LIS"}; empty: all flights.',
    )
    mode = forms.ChoiceField(
        choices=[(Mode.MISSING, "missing days"), (Mode.PARTIAL, "missing days, and what days with a shortfall lack")],
        widget=UnfoldAdminSelectWidget,
    )
    order = forms.ChoiceField(
        choices=[(Order.OLDEST, "oldest day first"), (Order.NEWEST, "newest day first")], widget=UnfoldAdminSelectWidget
    )
    days_at_once = forms.IntegerField(
        label="Days at a time",
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    share_percent = forms.IntegerField(
        label="Share in percent",
        min_value=1,
        max_value=WHOLE,
        initial=WHOLE,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Of what a month leaves for backfills.",
    )
    reason = forms.CharField(
        max_length=audit.LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text="Kept with your name and the time.",
    )

    def clean_query(self) -> dict[str, Any]:
        query = self.cleaned_data["query"] or {}
        if not isinstance(query, dict):
            raise forms.ValidationError("An object of names and texts is wanted.")
        return query

    @property
    def asked(self) -> str:
        """What a confirmation must be of: the dry run that was shown."""
        return str({name: str(value) for name, value in self.cleaned_data.items() if name != "reason"})

    def job(self) -> Backfill:
        """What was asked for, not saved."""
        return Backfill(**{name: value for name, value in self.cleaned_data.items() if name != "reason"})


@admin.register(Backfill)
class BackfillAdmin(ReadOnlyAdmin):
    list_display = ("number", "days", "standing", "how_far", "who", "made")
    list_per_page = 20
    list_filter = (("state", ChoicesDropdownFilter), "via")
    search_fields = ("by", "reason")
    actions_detail: ClassVar = ["pause", "resume", "cancel"]
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("days", "standing"),
                    "told",
                    "how_far",
                    ("through", "finished"),
                    ("max_pages", "query"),
                    ("mode", "order"),
                    ("days_at_once", "share_percent"),
                    ("who", "made"),
                    "reason",
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.has_perm("ingestion.add_backfill"))

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("ingestion.change_backfill"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        job = Backfill.objects.filter(pk=object_id).first()
        shown = BUTTONS.get(JobState(job.state), ()) if job else ()
        buttons = super().get_actions_detail(request, object_id)
        return [each for each in buttons if each.action_name.rpartition("_")[2] in shown]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form, filled with what the address names; sent, a dry run of it; confirmed, the backfill."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, tried = BackfillForm(request.POST or None, initial=request.GET.dict()), None
        if request.method == "POST" and form.is_valid():
            try:
                tried, now = _tried(form), utc_now()
                if request.POST.get("confirmed") == form.asked:
                    return self._started(request, form, now)
            except Refused as error:
                form.add_error(_field_of(error), str(error))
        context = {
            **self.admin_site.each_context(request),
            "title": "Start a backfill",
            "opts": self.opts,
            "form": form,
            "tried": tried,
            "days": Section("Days", DAY_HEADERS, _rows(tried.days)) if tried else None,
        }
        return TemplateResponse(request, "ingestion/admin/backfill.html", context)

    def _started(self, request: HttpRequest, form: BackfillForm, now: datetime) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        job = backfills.create(form.job(), _who(request, reason), now)
        audit.note(request, [(job, f"Started: {reason}")])
        tasks.go_on_with_backfills()
        messages.success(request, f"Backfill {job.pk} is made; a worker begins with its first day.")
        return redirect("admin:ingestion_backfill_change", job.pk)

    def sections_of(self, obj: Backfill) -> list[Section]:
        at = [utc(datetime.fromisoformat(each["at"])) for each in obj.history]
        history = [
            (when, each["what"], each["by"], each["via"], each["reason"])
            for when, each in zip(at, obj.history, strict=True)
        ]
        found = _progress_of(obj)
        days = Section("Days", DAY_HEADERS, _rows(found.days)) if found else Section("Days", note="No answer.")
        return [days, Section("What was done", ("when", "what", "who", "from", "why"), history)]

    def _button(self, request: HttpRequest, object_id: str, decide: Decide, done: str, why: str) -> HttpResponse:
        job = get_object_or_404(Backfill, pk=object_id)
        try:
            decide(job, _who(request, why), utc_now())
        except (OrderRefused, LedgerUnavailable) as error:
            messages.error(request, f"{error}.")
            return _to(request, job)
        audit.note(request, [(job, f"{done}: {why}")])
        if job.is_going:
            tasks.go_on_with_backfills()
        messages.success(request, f"Backfill {job.pk}: {done.lower()}.")
        return _to(request, job)

    @action(
        description="Pause",
        permissions=MAY_DECIDE,
        icon="pause",
        dialog={
            "title": "Pause this backfill?",
            "description": "No day is begun, and one under way stops before its next page. It can be resumed.",
            "form_class": audit.ReasonForm,
            "form_submit_text": "Pause",
        },
    )
    def pause(self, request: HttpRequest, form: audit.ReasonForm, object_id: str) -> HttpResponse:
        return self._button(request, object_id, backfills.pause, "Paused", form.cleaned_data["reason"])

    @action(
        description="Resume",
        permissions=MAY_DECIDE,
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "Resume this backfill?",
            "description": "It goes on where it was; no page is bought twice. Days that failed are tried again.",
            "form_class": audit.ReasonForm,
            "form_submit_text": "Resume",
        },
    )
    def resume(self, request: HttpRequest, form: audit.ReasonForm, object_id: str) -> HttpResponse:
        return self._button(request, object_id, backfills.resume, "Resumed", form.cleaned_data["reason"])

    @action(
        description="Cancel",
        permissions=MAY_DECIDE,
        icon="cancel",
        dialog={
            "title": "Cancel this backfill for good?",
            "description": "What was fetched is kept, and another backfill can go on from there.",
            "form_class": audit.ReasonForm,
            "form_submit_text": "Cancel the backfill",
        },
    )
    def cancel(self, request: HttpRequest, form: audit.ReasonForm, object_id: str) -> HttpResponse:
        return self._button(request, object_id, backfills.cancel, "Cancelled", form.cleaned_data["reason"])

    @display(description="Number")
    def number(self, obj: Backfill) -> int:
        return obj.pk

    @display(description="Days")
    def days(self, obj: Backfill) -> SafeString:
        return lines(f"{obj.first} … {obj.last}")

    @display(description="State", label=STATE_COLOURS)
    def standing(self, obj: Backfill) -> str:
        return obj.state

    @display(description="Progress")
    def how_far(self, obj: Backfill) -> str:
        found = _progress_of(obj)
        return found.told if found else NOTHING

    @display(description="Through at about")
    def through(self, obj: Backfill) -> str:
        if obj.state in ENDED:
            return NOTHING
        found = _progress_of(obj)
        return utc(found.eta) if found else NOTHING

    @display(description="Asked by")
    def who(self, obj: Backfill) -> str:
        return f"{obj.by} ({obj.via})"

    @display(description="Made")
    def made(self, obj: Backfill) -> SafeString:
        return lines(utc(obj.created_at))

    @display(description="Ended")
    def finished(self, obj: Backfill) -> str:
        return utc(obj.finished_at)


def _tried(form: BackfillForm) -> DryRun:
    now = utc_now()
    backfills.check(form.job(), now)
    return progress.try_dry(form.job(), now)


def _field_of(error: Exception) -> str | None:
    if isinstance(error, BadDays):
        return error.end
    return error.field if isinstance(error, BadBackfill) else None


def _progress_of(job: Backfill) -> Progress | None:
    """Worked out once for the several places of a page; None while MongoDB does not answer."""
    if "shown" not in vars(job):
        try:
            vars(job)["shown"] = progress.progress_of(job, utc_now())
        except StoreUnavailable:
            vars(job)["shown"] = None
    found: Progress | None = vars(job)["shown"]
    return found


def _rows(days: Any) -> list[tuple[Any, ...]]:
    return [_row(each) for each in days]


def _row(each: Day) -> tuple[Any, ...]:
    run = link("ingestion_run", each.run.pk, each.run.key) if each.run else NOTHING
    return (str(each.day), str(each.fate), each.pages or NOTHING, run, each.why or NOTHING)


def _who(request: HttpRequest, reason: str) -> Who:
    return Who(request.user.get_username(), "admin", reason)


def _to(request: HttpRequest, job: Backfill) -> HttpResponse:
    return to_page(request, reverse("admin:ingestion_backfill_change", args=[job.pk]))
