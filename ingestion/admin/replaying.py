"""Two buttons of a published run: say what a replay would change, and replay it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from unfold.decorators import action

from flights.errors import StoreUnavailable
from flights.times import utc_now
from ingestion import differences, replays
from ingestion.admin import audit
from ingestion.admin.buttons import MAY_RUN, queue_run, to_run
from ingestion.errors import ArchiveUnavailable, LedgerUnavailable, ReplayRefused
from ingestion.models import Run, RunState

Failure = (ArchiveUnavailable, LedgerUnavailable, ReplayRefused, StoreUnavailable)


class ReplayButtons:
    """Mixed into the admin of runs."""

    admin_site: Any
    opts: Any

    def replay_actions(self, run: Run) -> list[str]:
        return ["compare", "replay"] if run.state == RunState.PUBLISHED else []

    @action(description="Replay: say what would change", permissions=MAY_RUN, icon="difference")
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        run = get_object_or_404(Run, pk=object_id)
        try:
            difference = replays.difference_of(run)
        except Failure as error:
            messages.error(request, str(error))
            return to_run(request, run)
        context = {
            **self.admin_site.each_context(request),
            "title": f"What a replay of {run.slot} would change",
            "opts": self.opts,
            "run": run,
            "lines": differences.lines_of(difference),
        }
        return TemplateResponse(request, "ingestion/admin/difference.html", context)

    @action(
        description="Replay",
        permissions=MAY_RUN,
        icon="replay",
        dialog={
            "title": "Read this run's pages anew?",
            "description": "Every page is transformed with the present code and published; the slot is closed again, "
            "its indicators get a new revision. No request is spent.",
            "form_class": audit.ReasonForm,
            "form_submit_text": "Replay",
        },
    )
    def replay(self, request: HttpRequest, form: audit.ReasonForm, object_id: str) -> HttpResponse:
        run = get_object_or_404(Run, pk=object_id)
        try:
            replays.difference_of(run)  # a page that can't be read must show before the run is opened
            replays.begin(run, utc_now())
        except Failure as error:
            messages.error(request, str(error))
            return to_run(request, run)
        audit.note(request, [(run, f"Replay {run.replays}: {form.cleaned_data['reason']}")])
        queue_run(request, run, f"Slot {run.slot}: its replay {run.replays} is queued.")
        return to_run(request, run)
