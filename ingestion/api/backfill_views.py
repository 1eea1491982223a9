"""The operators' API: backfills, their progress, a dry run; and orders that start, pause, resume and cancel one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from flights.api import pagination
from flights.api.bodies import read_body
from flights.api.parameters import read_one, read_query
from flights.api.problems import ApiError, BadParameters, Fault
from flights.api.schema import operation, order
from flights.documents import Document
from flights.times import utc_now
from ingestion import backfills, days, orders, progress
from ingestion.api import backfill_shapes, filters, shapes
from ingestion.api.views import OpsView, placed, wish_of
from ingestion.errors import BadBackfill, BadDays, OrderRefused
from ingestion.jobs import Backfill


class BackfillsView(OpsView):
    """Backfills, newest first; and starting one."""

    @operation("ops_backfills_list", "Backfills, newest first", backfill_shapes.BackfillList,
               query=filters.BACKFILLS, missing=False)  # fmt: skip
    def get(self, request: Request) -> Response:
        values = read_query(request.query_params, filters.BACKFILLS)
        cursor = pagination.cursor_of(request, values)
        found = Backfill.objects.filter(**{"state": values["state"]} if "state" in values else {})

        def read(after: str, limit: int) -> list[Document]:
            jobs = (found.filter(pk__lt=int(after)) if after else found).order_by("-pk")[:limit]
            return [{"_id": str(job.pk), "row": backfill_shapes.row_of(job)} for job in jobs]

        page = pagination.read_page(request, values, cursor, read)
        meta = shapes.PageMeta(limit=page.limit, count=len(page.rows))
        rows = [row["row"] for row in page.rows]
        return Response(backfill_shapes.BackfillList(data=rows, meta=meta, next=page.next), headers=page.headers)

    @order("ops_backfills_start", "Fetch past days", shapes.PlacedAnswer, shapes.BackfillOrder, filters.TOKEN)
    def post(self, request: Request) -> Response:
        read_query(request.query_params, ())
        body, now = read_body(request, shapes.BackfillOrder), utc_now()
        if body.mode == "all":
            raise OrderRefused(days.ALL_REFUSED)
        job = Backfill(**{name: getattr(body, name) for name in _ASKED})
        with _named_faults():
            return placed(*orders.start_backfill(wish_of(request, "backfill", body), job, now))


class DryRunView(OpsView):
    """What a backfill would do and cost; nothing is written, nothing is spent."""

    @operation("ops_backfills_dry_run", "What a backfill would do and cost", backfill_shapes.DryRunAnswer,
               query=filters.DRY_RUN, missing=False)  # fmt: skip
    def get(self, request: Request) -> Response:
        values, now = read_query(request.query_params, filters.DRY_RUN), utc_now()
        job = Backfill(first=_needed(values, "from"), last=_needed(values, "to"), **values)
        with _named_faults():
            backfills.check(job, now)
        return Response(backfill_shapes.DryRunAnswer(data=backfill_shapes.dry_run_of(progress.try_dry(job, now))))


class BackfillView(OpsView):
    """One backfill with its progress, its days and what was done to it."""

    @operation("ops_backfills_get", "One backfill with its progress and days", backfill_shapes.BackfillAnswer,
               path=(filters.JOB,))  # fmt: skip
    def get(self, request: Request, job: str) -> Response:
        read_query(request.query_params, ())
        found = _job(job)
        told = backfill_shapes.detail_of(found, progress.progress_of(found, utc_now()))
        return Response(backfill_shapes.BackfillAnswer(data=told))


class PauseView(OpsView):
    """Pausing a backfill."""

    @order("ops_backfills_pause", "Pause a backfill", shapes.PlacedAnswer, shapes.Decision, filters.TOKEN, filters.JOB)
    def post(self, request: Request, job: str) -> Response:
        return _decided(request, job, "pause")


class ResumeView(OpsView):
    """Resuming a backfill."""

    @order(
        "ops_backfills_resume", "Resume a backfill", shapes.PlacedAnswer, shapes.Decision, filters.TOKEN, filters.JOB
    )
    def post(self, request: Request, job: str) -> Response:
        return _decided(request, job, "resume")


class CancelView(OpsView):
    """Cancelling a backfill."""

    @order(
        "ops_backfills_cancel", "Cancel a backfill", shapes.PlacedAnswer, shapes.Decision, filters.TOKEN, filters.JOB
    )
    def post(self, request: Request, job: str) -> Response:
        return _decided(request, job, "cancel")


def _decided(request: Request, job: str, what: str) -> Response:
    read_query(request.query_params, ())
    body, found = read_body(request, shapes.Decision), _job(job)
    return placed(*orders.decide(wish_of(request, what, body, job=found.pk), found, utc_now()))


def _job(text: str) -> Backfill:
    number = read_one(filters.JOB, text)
    found = Backfill.objects.filter(pk=number).first()
    if found is None:
        raise ApiError(404, f"There is no backfill {number}.", f"All are listed at {reverse('ops-backfills')}.")
    return found


def _needed(values: dict[str, Any], name: str) -> date:
    if name not in values:
        hint = "Give `from` and `to`, past days, the older one first."
        raise BadParameters(Fault(parameter=name, detail="is missing", hint=hint))
    given: date = values.pop(name)
    return given


@contextmanager
def _named_faults() -> Iterator[None]:
    """What can't be asked for is told with the name of the field."""
    try:
        yield
    except BadDays as error:
        name = {"first": "from", "last": "to"}[error.end]
        hint = f"Give past days, the older one first, at most {days.DEEPEST_DAYS} days ago."
        raise BadParameters(Fault(parameter=name, detail=str(error), hint=hint)) from error
    except BadBackfill as error:
        hint = "See the operation's description for what is valid."
        raise BadParameters(Fault(parameter=error.field, detail=str(error), hint=hint)) from error


_ASKED = ("first", "last", "query", "max_pages", "mode", "order", "days_at_once", "share_percent")
