"""What buttons share: who may press those about runs, queueing a run, and the way back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from kombu.exceptions import OperationalError

from ingestion import tasks
from ingestion.models import Run

# has_run_pipeline_permission; a dotted name would make unfold's system check read the database.
MAY_RUN = ("run_pipeline",)


def queue_run(request: HttpRequest, run: Run, done: str) -> None:
    try:
        tasks.enqueue(run)
    except OperationalError:
        messages.error(
            request,
            f"The run of {run.slot} is open but could not be queued: Redis does not answer. "
            "It starts by itself when Redis is back.",
        )
    else:
        messages.success(request, done)


def to_run(request: HttpRequest, run: Run | None = None) -> HttpResponse:
    """To the run's page, or the list."""
    url = reverse("admin:ingestion_run_change", args=[run.pk]) if run else reverse("admin:ingestion_run_changelist")
    return to_page(request, url)


def to_page(request: HttpRequest, url: str) -> HttpResponse:
    """Asked for by the dialog's script, the browser must be told in a header."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)
