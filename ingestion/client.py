"""The door to aviationstack: one GET, a typed outcome. The only httpx.

The access key travels in every URL, so no URL, request or httpx text ever enters an error or a log line,
and a key that the upstream echoes is blotted out of the body.
"""

import re
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from django.conf import settings
from msgspec import Struct

from flights.blots import BLOT, blotted, blotted_text
from ingestion import fields
from ingestion.errors import (
    IngestionError,
    KeyRefused,
    PlanRefused,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnusableAnswer,
    UpstreamUnavailable,
)

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
DEADLINE_SECONDS = 90.0
LARGEST_BODY = 64 * 1024 * 1024
OK = 200
SERVER_ERRORS = 500
_ESCAPED_ASCII = re.compile(rb"\\u00[2-7]")  # nobody writes plain characters so, but JSON allows it
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")

_BY_CODE: dict[str, type[IngestionError]] = {
    "invalid_access_key": KeyRefused,
    "missing_access_key": KeyRefused,
    "inactive_user": KeyRefused,
    "api_access_blocked": KeyRefused,
    "function_access_restricted": PlanRefused,
    "https_access_restricted": PlanRefused,
    "usage_limit_reached": QuotaExhausted,
    "rate_limit_reached": RateLimited,
    "too_many_requests": RateLimited,
    "validation_error": RequestRefused,
    "invalid_api_function": RequestRefused,
}
_BY_STATUS: dict[int, type[IngestionError]] = {
    401: KeyRefused,
    402: KeyRefused,
    403: PlanRefused,
    429: RateLimited,
}
_ADVICE: dict[type[IngestionError], str] = {
    KeyRefused: "the access key was refused: set AVIATIONSTACK_ACCESS_KEY to a valid key",
    PlanRefused: "the plan does not include this call: choose another plan or another query",
    QuotaExhausted: "the monthly allowance is used: collection goes on after the reset",
    RateLimited: "too many requests at once",
    RequestRefused: "the upstream refused the parameters",
    UpstreamUnavailable: "the upstream failed",
    UnusableAnswer: "HTTP 200 with an error in the body",
}


class Answer(Struct, frozen=True, kw_only=True):
    """One HTTP answer. Quota figures are signed (negative has been seen) and None where no header told them.

    `retry_after` is in seconds, where the upstream told it so.
    """

    status: int
    body: bytes
    seconds: float
    quota_limit: int | None
    quota_remaining: int | None
    charged: int | None
    retry_after: int | None = None


class AviationstackClient:
    """GETs against one base URL; use as a context manager."""

    def __init__(self, base_url: str, access_key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = access_key
        self._echo = _any_spelling(access_key)
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def flights(self, params: Mapping[str, str], *, limit: int, offset: int) -> Answer:
        """One page of `/flights` as received; any HTTP 200 without an `error` key counts as an answer.

        Raises the errors of ingestion/errors.py; each carries the answer behind it, where there was one.
        """
        return self._page("flights", params, limit, offset)

    def reference(self, endpoint: str, *, limit: int, offset: int) -> Answer:
        """One page of a reference endpoint (`airlines`, `airports`, …), with the same promises as `flights`."""
        return self._page(endpoint, {}, limit, offset)

    def _page(self, endpoint: str, params: Mapping[str, str], limit: int, offset: int) -> Answer:
        answer = self._get(endpoint, {**params, "limit": str(limit), "offset": str(offset)})
        error = _error_of(answer.body)
        if answer.status == OK and error is None:
            return answer
        raise self._failure(answer, error)

    def _get(self, endpoint: str, params: Mapping[str, str]) -> Answer:
        started = time.monotonic()
        query = {"access_key": self._key, **params}
        try:
            with self._http.stream("GET", f"{self._base_url}/{endpoint}", params=query) as response:
                body = self._read(response, started)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UpstreamUnavailable(f"no answer from the upstream: {_told(error)}") from None
        return Answer(
            status=response.status_code,
            body=self._blotted(body),
            seconds=time.monotonic() - started,
            quota_limit=_signed(response.headers.get("x-quota-limit")),
            quota_remaining=_signed(response.headers.get("x-quota-remaining")),
            charged=_signed(response.headers.get("x-increment-usage")),
            retry_after=_signed(response.headers.get("retry-after")),
        )

    def _read(self, response: httpx.Response, started: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > LARGEST_BODY:
                raise UnusableAnswer(f"the answer is larger than {LARGEST_BODY >> 20} MiB")
            if time.monotonic() - started > DEADLINE_SECONDS:
                raise UpstreamUnavailable(f"no whole answer within {DEADLINE_SECONDS:.0f} s")
            parts.append(part)
        return b"".join(parts)

    def _blotted(self, body: bytes) -> bytes:
        plain = self._echo.sub(BLOT, body) if _ESCAPED_ASCII.search(body) else body
        return blotted(plain, self._key)

    def _failure(self, answer: Answer, error: Mapping[str, Any] | None) -> IngestionError:
        codes = [str(error[name]) for name in ("type", "code") if error and error.get(name)]
        code = next((code for code in codes if code in _BY_CODE), codes[0] if codes else "")
        kind = _kind(answer.status, code)
        said = str((error or {}).get("message") or (error or {}).get("info") or "")
        detail = blotted_text(" ".join(fields.printable(f"{code} {said}").split()), self._key)[:200]
        return kind(f"HTTP {answer.status}: {_ADVICE[kind]} ({detail or 'no reason given'})", answer)


def client_from_settings() -> AviationstackClient:
    upstream = settings.AVIATIONSTACK
    return AviationstackClient(upstream["base_url"], upstream["access_key"])


def _any_spelling(key: str) -> re.Pattern[bytes]:
    """The key in JSON, each character as it is or as an escape."""
    spellings = (f"(?:{re.escape(each)}|\\\\u00{ord(each):02x})" for each in key)
    return re.compile("".join(spellings).encode(), re.IGNORECASE)


def _kind(status: int, code: str) -> type[IngestionError]:
    """The error class: the code decides where it is known, else the status; HTTP 200 is never a refusal."""
    if known := _BY_CODE.get(code):
        return known
    if status == OK:
        return UnusableAnswer
    if status >= SERVER_ERRORS:
        return UpstreamUnavailable
    return _BY_STATUS.get(status, RequestRefused)


def _error_of(body: bytes) -> Mapping[str, Any] | None:
    """The `error` object of a body, tolerant of every envelope seen; None where there is none."""
    if b'"error"' not in body and b'"message"' not in body:
        return None
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    error = told.get("error")
    if error:
        return error if isinstance(error, dict) else {"message": str(error)}
    return {"message": told["message"]} if "message" in told and "data" not in told else None


def _told(error: Exception) -> str:
    """The kind of the failure only: the texts of httpx may hold the URL."""
    return type(error).__name__


def _signed(text: str | None) -> int | None:
    return int(text) if text is not None and _WHOLE.fullmatch(text) else None
