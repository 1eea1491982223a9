"""A caller's limits at the API's edge: admitted once a request, charged for its rows, told in the headers.

Whoever sends rows otherwise than as a page calls `charge(request, rows)` before sending them: it raises the 429.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, cast

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from flights.api.problems import ApiError, problem_response
from flights.keys import limits
from flights.keys.records import DAY_SECONDS, MINUTE_SECONDS, Caller, Refusal, Standing

LOCAL_HEADER = "X-RateLimit-Counted"
THROTTLED = ("throttled", "Too many requests in a minute")
USED_UP = ("rows-used-up", "The day's rows are used up")


@dataclass(slots=True)
class Meter:
    """One request's caller and where it stands; it is what `request.auth` holds."""

    caller: Caller
    standing: Standing
    is_charged: bool = False


def admit(request: Request, caller: Caller, *, needs_rows: bool) -> None:
    """Count the request; raises a 429 where it goes beyond the key's limits."""
    standing = limits.admit(caller, needs_rows=needs_rows)
    request.auth = Meter(caller, standing)
    if standing.refused is Refusal.REQUESTS:
        raise _throttled(standing)
    if standing.refused is Refusal.ROWS:
        raise _used_up(standing, "No row is left", "")


def caller_of(request: Request) -> Caller:
    """The key that was admitted."""
    return cast(Meter, request.auth).caller


def charge(request: Request, rows: int) -> None:
    """Take these rows from the key's budget of the day, all or none; raises a 429 when fewer are left.

    For rows that are not a page (files): once for all, or batch by batch before each is sent.
    A request that was charged here is not charged again for what its answer looks like.
    """
    meter = cast(Meter, request.auth)
    meter.is_charged = True
    if rows == 0:
        return
    meter.standing = limits.take(meter.caller, rows, meter.standing)
    if meter.standing.refused is not None:
        left = meter.standing.rows_left
        detail = f"This answer has {rows:,} rows, {left:,} are left"
        raise _used_up(meter.standing, detail, f"Ask for fewer rows (limit={left}), or go on" if left else "")


def settle(request: Request, response: HttpResponseBase) -> HttpResponseBase:
    """The answer as it may be sent: charged for its rows, with the limits in its headers; or the 429 in its place."""
    meter = getattr(request, "auth", None)
    if not isinstance(meter, Meter):
        return response
    try:
        if not meter.is_charged:
            charge(request, _rows_of(request, response))
    except ApiError as error:
        response = problem_response(error, {})
    for name, value in headers_of(meter.standing).items():
        response.headers[name] = value
    return response


def headers_of(standing: Standing) -> dict[str, str]:
    """The fields of the IETF draft on rate limits (10th); windows and waits in seconds."""
    applied = standing.limits
    requests, rows = (f'"{limit}"' for limit in Refusal)
    policy = (
        f"{requests};q={applied.requests_a_minute};w={MINUTE_SECONDS}, {rows};q={applied.rows_a_day};w={DAY_SECONDS}"
    )
    left = (
        f"{requests};r={standing.requests_left};t={_seconds(standing.requests_wait)}, "
        f"{rows};r={standing.rows_left};t={_seconds(standing.rows_wait)}"
    )
    told = {"RateLimit-Policy": f'{policy};qu="rows"', "RateLimit": left}
    return told | ({LOCAL_HEADER: "by one process alone"} if standing.is_local else {})


def _rows_of(request: Request, response: HttpResponseBase) -> int:
    """A page has its rows, any other answer one; an error, and what has no body, none."""
    view = request.parser_context["view"]
    if not isinstance(response, Response) or response.status_code != 200 or request.method != "GET":  # noqa: PLR2004
        return 0
    return _count(response.data) if view.charges_rows else 0


def _count(answer: Any) -> int:
    count = _part(_part(answer, "meta"), "count")
    if isinstance(count, int):
        return count
    data = _part(answer, "data")
    return len(data) if isinstance(data, list) else 1


def _part(whole: Any, name: str) -> Any:
    return whole.get(name) if isinstance(whole, Mapping) else getattr(whole, name, None)


def _throttled(standing: Standing) -> ApiError:
    seconds = _seconds(standing.requests_wait)
    detail = f"This key may ask {standing.limits.requests_a_minute:,} times in any 60 seconds, and has."
    hint = f"Go on in {seconds} s, and slower; or ask the operator for a wider limit."
    return ApiError(429, detail, hint, kind=THROTTLED, headers=_retry_after(seconds))


def _used_up(standing: Standing, detail: str, advice: str) -> ApiError:
    seconds = _seconds(standing.rows_wait)
    told = f"{detail} of this key's {standing.limits.rows_a_day:,} of today."
    hint = f"{advice or 'Go on'} at 00:00 UTC, in {seconds} s; or ask the operator for a wider limit."
    return ApiError(429, told, hint, kind=USED_UP, headers=_retry_after(seconds))


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


def _seconds(milliseconds: int) -> int:
    """Rounded up: whoever waits so long finds the limit open."""
    return ceil(milliseconds / 1000)
