"""What buttons do, wherever they are: run the present slot, try a run again, pause and resume the schedule.

Each asks for a reason, which is kept with the name of who pressed it; pressed twice, it does its work once.
"""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from kombu.exceptions import OperationalError

from flights.times import utc_now
from ingestion import pausing, services, tasks
from ingestion.admin import audit
from ingestion.errors import LedgerUnavailable, OrderRefused
from ingestion.models import Run

# has_run_pipeline_permission; a dotted name would make unfold's system check read the database.
MAY_RUN = ("run_pipeline",)


def run_present(request: HttpRequest, reason: str) -> Run | None:
    """Open and queue the run of the present slot; None where the ledger does not answer."""
    now = utc_now()
    slot = services.present_slot(now)
    try:
        run, is_new = services.open_run(slot, "admin", now)
    except LedgerUnavailable as error:
        messages.error(request, str(error))
        return None
    if is_new:
        audit.note(request, [(run, f"Run now: {reason}")])
        queue_run(request, run, f"Slot {slot}: the run is open and queued.")
    else:
        messages.info(request, f"Slot {slot} has its run already ({run.state}): nothing was started.")
    return run


def try_again(request: HttpRequest, run: Run, reason: str) -> None:
    """Let a run that ended without its slot go on, and queue it."""
    try:
        reopened = services.reopen_run(run, utc_now(), trigger="admin")
    except (LedgerUnavailable, OrderRefused) as error:
        messages.error(request, str(error))
        return
    if reopened:
        audit.note(request, [(run, f"Try again: {reason}")])
        queue_run(request, run, f"Slot {run.slot}: the run goes on from {run.step}.")
    else:
        messages.warning(request, f"The run of {run.slot} is {run.state}: there is nothing to try again.")


def pause_schedule(request: HttpRequest, reason: str, until: datetime | None) -> None:
    try:
        pause = pausing.pause_schedule(request.user.get_username(), reason, utc_now(), until)
    except (LedgerUnavailable, OrderRefused) as error:
        messages.error(request, f"{error}.")
        return
    audit.note(request, [(pause, f"Paused: {reason}")])
    messages.success(request, "The schedule is paused: no slot is collected until it is resumed.")


def resume_schedule(request: HttpRequest, reason: str) -> None:
    try:
        pause = pausing.resume_schedule(request.user.get_username(), reason, utc_now())
    except (LedgerUnavailable, OrderRefused) as error:
        messages.error(request, f"{error}.")
        return
    audit.note(request, [(pause, f"Resumed: {reason}")])
    messages.success(request, "The schedule runs again, from its next slot on.")


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
