"""The operators' page, and the doors that its buttons knock at."""

import platform
from collections.abc import Callable
from functools import wraps
from typing import Any

import django
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from flights.exports.columns import SCHEMA_VERSION
from flights.times import utc_now
from flightsite.operations import calendar, panels, steps
from flightsite.operations.facts import Facts
from flightsite.operations.gathering import gather
from flightsite.operations.verdict import verdict_of
from ingestion.admin import audit, buttons
from ingestion.errors import LedgerUnavailable
from ingestion.models import ENDED_WITHOUT_SLOT, Run
from ingestion.transforms import TRANSFORM_VERSION

View = Callable[..., HttpResponse]
MAY_SEE, MAY_ACT = "ingestion.view_run", "ingestion.change_run"


class Reason(forms.Form):
    """What every button asks for."""

    reason = forms.CharField(max_length=audit.LONGEST_REASON)


class PauseReason(Reason):
    until = forms.DateTimeField(required=False)


@never_cache
@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """All that an operator looks at, the verdict first."""
    facts = gather(utc_now())
    context = {**admin.site.each_context(request), "title": "Operations", **_shown(facts, request)}
    return TemplateResponse(request, "flightsite/operations.html", context)


def _shown(facts: Facts, request: HttpRequest) -> dict[str, Any]:
    return {
        "facts": facts,
        "verdict": verdict_of(facts),
        "slot_rows": panels.slot_rows(facts),
        "run_rows": panels.run_rows(facts.run, facts),
        "no_run": panels.no_run(facts),
        "steps": steps.step_rows(facts.run, facts),
        "next_rows": panels.next_rows(facts),
        "quota_rows": panels.quota_rows(facts),
        "segments": panels.segments(facts.plan),
        "process_rows": panels.process_rows(facts),
        "dependency_rows": panels.dependency_rows(facts),
        "calendar": calendar.calendar_of(facts),
        "legend": calendar.legend(),
        "findings": panels.findings(facts),
        "not_checked": panels.not_checked(facts),
        "versions": [*_versions(), panels.upgrade_row(facts)],
        "may_act": request.user.has_perm(MAY_ACT),
        "may_backfill": request.user.has_perm("ingestion.add_backfill"),
        "run_now_hint": panels.run_now_hint(facts),
        "retry_hint": panels.retry_hint(facts),
        "may_run": facts.run is None,
        "may_retry": facts.run is not None and facts.run.state in ENDED_WITHOUT_SLOT,
        "longest_reason": audit.LONGEST_REASON,
    }


def _versions() -> list[panels.Row]:
    told = {
        "flightsite": settings.VERSION,
        "Django": django.get_version(),
        "Python": platform.python_version(),
        "transform of rows": str(TRANSFORM_VERSION),
        "columns of files": str(SCHEMA_VERSION),
    }
    return [panels.Row(name, version) for name, version in told.items()]


def _button(form_class: type[Reason]) -> Callable[[Callable[[HttpRequest, dict[str, Any]], object]], View]:
    """A POST of somebody who may, with a reason; whatever comes of it is told on the page."""

    def made(act: Callable[[HttpRequest, dict[str, Any]], object]) -> View:
        @require_POST
        @permission_required(MAY_ACT, raise_exception=True)
        @wraps(act)
        def pressed(request: HttpRequest) -> HttpResponse:
            form = form_class(request.POST)
            if form.is_valid():
                act(request, form.cleaned_data)
            else:
                messages.error(request, f"Nothing was done. {_faults(form)}")
            return redirect("operations")

        return pressed

    return made


def _faults(form: forms.Form) -> str:
    return " ".join(f"{name.capitalize()}: {' '.join(map(str, told))}" for name, told in form.errors.items())


@_button(Reason)
def run_now(request: HttpRequest, asked: dict[str, Any]) -> None:
    buttons.run_present(request, asked["reason"])


@_button(Reason)
def retry(request: HttpRequest, asked: dict[str, Any]) -> None:
    """The run that the page named: it may be another slot's by now, which is then refused."""
    number = request.POST.get("run", "")
    run = Run.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    if run is None:
        messages.error(request, "Nothing was done. There is no such run.")
    else:
        buttons.try_again(request, run, asked["reason"])


@_button(PauseReason)
def pause(request: HttpRequest, asked: dict[str, Any]) -> None:
    buttons.pause_schedule(request, asked["reason"], asked["until"])


@_button(Reason)
def resume(request: HttpRequest, asked: dict[str, Any]) -> None:
    buttons.resume_schedule(request, asked["reason"])


def told_when_down(view: View) -> View:
    """Without SQL there is no session, and so no page: say that, not `500`."""

    @wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
            return answer.render() if isinstance(answer, TemplateResponse) else answer
        except (OperationalError, InterfaceError, LedgerUnavailable):
            request.user = AnonymousUser()  # who it is can't be looked up, and the log would try again
            text = render_to_string("flightsite/sql_down.html")
            return HttpResponse(text, status=503, headers={"Retry-After": "30"})

    return telling
