"""The bytes and headers of an answer, as the real service writes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

_SUPPORT = "[Technical Support: support@apilayer.com]"
FORBIDDEN = 403
_JSON = "application/json"
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, HEAD, OPTIONS",
    "access-control-allow-headers": "*",
}
MESSAGES = {
    "invalid_access_key": f"You have not supplied a valid API Access Key. {_SUPPORT}",
    "missing_access_key": "You have not supplied an API Access Key. [Required format: access_key=YOUR_ACCESS_KEY]",
    "function_access_restricted": "Your current subscription plan does not support this API function.",
    "invalid_api_function": "This API Function does not exist.",
    "usage_limit_reached": "Your monthly usage limit has been reached. Please upgrade your Subscription Plan.",
    "rate_limit_reached": "You have exceeded the maximum rate limitation allowed on your "
    'subscription plan. Please refer to the "Rate Limits" section of the API Documentation '
    "for details.",
    "internal_error": f"An error has occured. {_SUPPORT}",
}


class Delivery(Enum):
    WHOLE = "whole"
    TRUNCATED = "truncated"
    RESET = "reset"
    HANG = "hang"


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    wait_seconds: float = 0.0


def compact(value: object) -> bytes:
    """JSON the way PHP writes it: no spaces, escaped slashes, ASCII only."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("/", "\\/").encode()


def answer(status: int, value: object) -> Answer:
    headers = {"Content-Type": _JSON, "cache-control": "no-cache, private", **_CORS}
    return Answer(status, compact(value), headers)


def refusal(status: int, code: str, message: str | None = None) -> Answer:
    return answer(status, error_body(code, message))


def error_body(code: str, message: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message or MESSAGES[code]}}


def load_balancer_refusal() -> Answer:
    """The other 401: pretty-printed, from in front of the application."""
    body = json.dumps(error_body("invalid_access_key"), indent=2) + "\n"
    headers = {
        "Content-Type": "application/json; Charset=UTF-8",
        "x-blocked-at-loadbalancer": "1",
        **_CORS,
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    }
    return Answer(401, body.encode(), headers)


def page(rows: list[Any], *, limit: int, offset: int, total: int, offset_first: bool = False) -> dict[str, Any]:
    window: Mapping[str, int] = {"limit": limit, "offset": offset}
    if offset_first:
        window = {"offset": offset, "limit": limit}
    return {"pagination": {**window, "count": len(rows), "total": total}, "data": rows}
