"""Errors as `application/problem+json` (RFC 9457): what is wrong, what to do, and the request's id."""

import logging
import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from msgspec import Struct
from rest_framework.exceptions import APIException, Throttled

from flights.errors import StoreUnavailable

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 10
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KINDS = {
    400: ("bad-request", "The request can't be understood"),
    401: ("unauthorized", "A valid API key is needed"),
    403: ("forbidden", "This key may not do that"),
    404: ("not-found", "There is no such thing here"),
    405: ("method-not-allowed", "This address does not do that"),
    406: ("not-acceptable", "This format is not offered"),
    409: ("conflict", "This can't be done as things are"),
    410: ("gone", "This is not kept any more"),
    412: ("precondition-failed", "What was asked for has changed"),
    415: ("unsupported-media-type", "This kind of body can't be read"),
    416: ("range-not-satisfiable", "The file has no such part"),
    422: ("unprocessable", "The request contradicts an earlier one"),
    429: ("throttled", "Too many requests"),
    500: ("internal-error", "Something went wrong on our side"),
    503: ("unavailable", "A part of the system does not answer"),
}
_OTHER = ("error", "The request failed")


class Fault(Struct, frozen=True, kw_only=True):
    """One parameter that can't be used: what is wrong with it and what would be right."""

    parameter: str
    detail: str
    hint: str


class Problem(Struct, frozen=True, kw_only=True):
    """An error: its kind, what is wrong, what to do about it, and the id to quote when asking for help."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    request_id: str
    errors: tuple[Fault, ...] = ()


class ApiError(Exception):
    """An answer that is not the one asked for; it becomes a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        hint: str = "",
        *,
        errors: tuple[Fault, ...] = (),
        headers: Mapping[str, str] | None = None,
        kind: tuple[str, str] | None = None,
    ) -> None:
        """`kind`: type and title, where the status alone does not say enough."""
        super().__init__(detail)
        self.status, self.detail, self.hint = status, detail, hint
        self.errors, self.headers, self.kind = errors, dict(headers or {}), kind


class BadParameters(ApiError):
    """One or more parameters can't be used; all of them are named."""

    def __init__(self, *faults: Fault) -> None:
        first = f"{faults[0].parameter}: {faults[0].detail}"
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(400, f"{first}{more}", faults[0].hint, errors=faults)


def problem_response(exc: Exception, _context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler: every error of the API leaves through here."""
    error = _translated(exc)
    kind, title = error.kind or _KINDS.get(error.status, _OTHER)
    problem = Problem(
        type=f"urn:flightsite:problem:{kind}",
        title=title,
        status=error.status,
        detail=error.detail,
        hint=error.hint,
        request_id=request_id(),
        errors=error.errors,
    )
    headers = {"X-Request-ID": problem.request_id, **error.headers}
    body = msgspec.json.encode(problem)
    return HttpResponse(body, status=error.status, content_type=MEDIA_TYPE, headers=headers)


def request_id() -> str:
    """The id that the request's log lines carry; a new one where there is none fit for a header."""
    known = structlog.contextvars.get_contextvars().get("request_id")
    return known if isinstance(known, str) and _REQUEST_ID.fullmatch(known) else str(uuid4())


def _translated(exc: Exception) -> ApiError:
    match exc:
        case ApiError():
            return exc
        case StoreUnavailable() | OperationalError() | InterfaceError():
            return _unavailable(exc)
        case Throttled():
            wait = int(getattr(exc, "wait", None) or RETRY_SECONDS)
            headers = {"Retry-After": str(wait)}
            return ApiError(429, "This key has asked too often.", "Wait, then go on.", headers=headers)
        case APIException():
            return ApiError(exc.status_code, str(exc.detail), "See /api/docs/ for what is possible.")
        case Http404():
            return ApiError(404, "Nothing is at this address.", "See /api/docs/ for what is possible.")
        case PermissionDenied():
            return ApiError(403, "This is not allowed.", "Ask the operator for a key that may.")
        case SuspiciousOperation():
            return ApiError(400, "The request was refused.", "Send fewer and shorter parameters.")
    logger.error("an API request failed", exc_info=exc)
    return ApiError(500, "The error is logged under the request id.", "Quote the request id to the operator.")


def _unavailable(exc: Exception) -> ApiError:
    what = "The document store" if isinstance(exc, StoreUnavailable) else "The database of keys"
    logger.error("%s does not answer: %s", what, type(exc).__name__)
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return ApiError(503, f"{what} does not answer.", "Nothing is lost: ask again later.", headers=headers)
