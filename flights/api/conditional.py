"""ETags and freshness: what an answer may be kept for, and 304 for whoever has it already.

An ETag covers what is known, not how old it is: ages, counted at the moment of answering, are left out, and so the
tags are weak. A page of a closed slot is known by the slot's closing and the question alone, without reading flights.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import msgspec
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from flights.api.problems import ApiError, problem_response
from flights.documents import Document

REVALIDATED = "private, no-cache"  # may be kept, and must be asked about each time
NOT_KEPT = "no-store"
VARIES = ("Accept-Encoding", "Authorization")
_AGE = re.compile(rb'"age_seconds":[0-9]+')  # inside a text its quotes would be escaped
_OF_THE_BODY = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Range", "Content-Disposition")
OK, PARTIAL, NOT_MODIFIED = 200, 206, 304

Answer = Callable[[HttpRequest], HttpResponseBase]


def closed_slot_etag(slot: Document, values: Mapping[str, Any]) -> str | None:
    """The tag of a page of this slot, None while the slot is open and its rows may change without notice."""
    if slot["closed_at"] is None:
        return None
    asked = sorted((name, str(value)) for name, value in values.items())
    return _weak(msgspec.json.encode([settings.VERSION, slot["_id"], slot["revision"], slot["changed_at"], asked]))


def tagged(response: Response, etag: str | None) -> Response:
    """The answer with its tag; without one it gets that of its body later."""
    if etag:
        response.headers["ETag"] = etag
    return response


def known_already(etag: str) -> HttpResponse:
    """304 for who named this tag."""
    return _without_body({"ETag": etag})


def is_known(request: HttpRequest | Request, etag: str) -> bool:
    """Whether the caller says that it has the answer with this tag."""
    return _matches(request.headers.get("If-None-Match", ""), etag)


def unchanged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response itself, 304 when the caller has it, or 412 when the caller wants another one."""
    etag = response.headers.get("ETag")
    if etag is None or request.method not in ("GET", "HEAD") or response.status_code not in (OK, PARTIAL):
        return response
    wanted = request.headers.get("If-Match")
    if wanted is not None and not _matches(wanted, etag):
        response.close()
        return problem_response(_another_one(), {"request": request})
    if not is_known(request, etag):
        return response
    response.close()
    return _without_body({name: value for name, value in response.items() if name not in _OF_THE_BODY})


@sync_and_async_middleware
def conditional_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Tags the answers below /api/ and says how long they may be kept."""
    if iscoroutinefunction(get_response):
        answer = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", get_response)

        async def later(request: HttpRequest) -> HttpResponseBase:
            return _finished(request, await answer(request))

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        return _finished(request, get_response(request))

    return now


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if not request.path_info.startswith("/api/"):
        return response
    patch_vary_headers(response, VARIES)
    keep = response.status_code in (OK, NOT_MODIFIED) and request.method in ("GET", "HEAD")
    response.headers.setdefault("Cache-Control", REVALIDATED if keep else NOT_KEPT)
    if not keep or isinstance(response, StreamingHttpResponse):
        return response
    if response.status_code == OK and "ETag" not in response.headers:
        response.headers["ETag"] = _weak(_AGE.sub(b'"age_seconds":null', cast("HttpResponse", response).content))
    return unchanged(request, response)


def _without_body(headers: Mapping[str, str]) -> HttpResponse:
    response = HttpResponse(status=NOT_MODIFIED, headers=dict(headers))
    response.headers.pop("Content-Type", None)
    return response


def _weak(text: bytes) -> str:
    return f'W/"{hashlib.blake2b(text, digest_size=16).hexdigest()}"'


def _matches(header: str, etag: str) -> bool:
    """Whether a list of tags, or `*`, has this one; weak and strong ones are compared alike."""
    listed = parse_etags(header)
    return listed == ["*"] or etag.removeprefix("W/") in {each.removeprefix("W/") for each in listed}


def _another_one() -> ApiError:
    return ApiError(412, "The answer is not the one that If-Match names any more.", "Ask again without If-Match.")
