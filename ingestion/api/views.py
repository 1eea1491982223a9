"""The operators' API: runs and the quota; and orders, which start runs."""

from typing import Any

import msgspec
from django.db.models import Count
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from flights.api import metering, pagination
from flights.api.bodies import read_body
from flights.api.parameters import read_one, read_query
from flights.api.problems import RETRY_SECONDS, ApiError, BadParameters, Fault
from flights.api.schema import operation, order
from flights.api.views import ApiView
from flights.documents import Document
from flights.keys.records import Scope
from flights.times import utc_now
from ingestion import ledger, orders, pausing
from ingestion.api import filters, shapes
from ingestion.errors import LedgerUnavailable, OrderContradicted, OrderRefused, QueueUnavailable
from ingestion.models import Order, Run
from ingestion.orders import Wish

Body = shapes.RunOrder | shapes.BackfillOrder | shapes.Decision


class OpsView(ApiView):
    """For keys with the scope ops; costs no rows of the key's budget."""

    scope = Scope.OPS
    charges_rows = False

    def handle_exception(self, exc: Exception) -> Any:
        return super().handle_exception(_translated(exc))


class RunsView(OpsView):
    """Runs, newest slot first; and starting one."""

    @operation("ops_runs_list", "Runs, newest slot first", shapes.RunList, query=filters.RUNS, missing=False)
    def get(self, request: Request) -> Response:
        return _runs(request)

    @order("ops_runs_start", "Collect the present slot, or go on with a run", shapes.PlacedAnswer, shapes.RunOrder,
           filters.TOKEN)  # fmt: skip
    def post(self, request: Request) -> Response:
        read_query(request.query_params, ())
        body = read_body(request, shapes.RunOrder)
        slot = None if body.slot is None else read_one(filters.SLOT, body.slot)
        return placed(*orders.start_run(wish_of(request, "run", body), slot, utc_now()))


class RunView(OpsView):
    """One run with all its tries."""

    @operation("ops_runs_get", "One run with its tries", shapes.RunAnswer, path=(filters.SLOT,))
    def get(self, request: Request, slot: str) -> Response:
        read_query(request.query_params, ())
        key = read_one(filters.SLOT, slot)
        run = Run.objects.filter(slot=key).annotate(asked=Count("requests")).first()
        if run is None:
            raise ApiError(404, f"No run of {key} is known.", f"All runs are listed at {reverse('ops-runs')}.")
        return Response(shapes.RunAnswer(data=shapes.detail_of(run, _asked(run), list(run.attempts.all()))))


class QuotaView(OpsView):
    """The month's allowance: used, left, and how what is left is shared out."""

    @operation("ops_quota_get", "The month's allowance", shapes.QuotaAnswer, missing=False)
    def get(self, request: Request) -> Response:
        read_query(request.query_params, ())
        now = utc_now()
        told = shapes.quota_of(ledger.month_plan(now), ledger.told_remaining(now), pausing.paused(now))
        return Response(shapes.QuotaAnswer(data=told))


def _runs(request: Request) -> Response:
    values = read_query(request.query_params, filters.RUNS)
    cursor = pagination.cursor_of(request, values)
    found = Run.objects.filter(**filters.run_conditions(values)).annotate(asked=Count("requests"))

    def read(after: str, limit: int) -> list[Document]:
        runs = (found.filter(slot__lt=after) if after else found).order_by("-slot")[:limit]
        return [{"_id": run.slot, "row": shapes.run_of(run, _asked(run))} for run in runs]

    page = pagination.read_page(request, values, cursor, read)
    meta = shapes.PageMeta(limit=page.limit, count=len(page.rows))
    answer = shapes.RunList(data=[row["row"] for row in page.rows], meta=meta, next=page.next)
    return Response(answer, headers=page.headers)


def _asked(run: Run) -> int:
    return int(getattr(run, "asked", 0))


def wish_of(request: Request, what: str, body: Body, **about: Any) -> Wish:
    """Who orders what; `about` is what the address says beside the body."""
    token = request.headers.get(filters.TOKEN.name)
    if token is None:
        hint = f"Send {filters.TOKEN.valid}: the order can then be sent again without being placed twice."
        raise BadParameters(Fault(parameter=filters.TOKEN.name, detail="the header is missing", hint=hint))
    return Wish(
        what=what,
        by=metering.caller_of(request),
        token=read_one(filters.TOKEN, token),
        reason=body.reason,
        asked={**about, **msgspec.to_builtins(body)},
    )


def placed(order_placed: Order, is_new: bool) -> Response:  # noqa: FBT001 - the answer of a service, handed on
    """202: the work goes on after the answer. A repetition has the same body, and a header that says so."""
    headers = {} if is_new else {"Idempotency-Replayed": "true"}
    return Response(shapes.PlacedAnswer(data=shapes.placed_of(order_placed)), status=202, headers=headers)


def _translated(exc: Exception) -> Exception:
    match exc:
        case OrderRefused():
            return ApiError(409, f"{exc}.", "Nothing was started. Look at /api/v1/ops/runs and /api/v1/ops/quota.")
        case OrderContradicted():
            return ApiError(422, f"{exc}.", "Nothing was started. Send another Idempotency-Key with another order.")
        case QueueUnavailable():
            return _unavailable("The worker's queue")
        case LedgerUnavailable():
            return _unavailable("The run ledger")
    return exc


def _unavailable(what: str) -> ApiError:
    hint = "Nothing was started: send the same order again later."
    return ApiError(503, f"{what} does not answer.", hint, headers={"Retry-After": str(RETRY_SECONDS)})
