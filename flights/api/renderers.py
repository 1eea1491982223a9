"""JSON by msgspec: Structs, plain values and UTC dates to bytes in one step; and what else is offered where."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework import renderers
from rest_framework.request import Request

from flights.api.problems import ApiError

_FILES = {"text/csv": "csv", "application/x-ndjson": "ndjson", "application/vnd.apache.parquet": "parquet"}


class JSONRenderer(renderers.BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        _media_type: str | None = None,
        _context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return msgspec.json.encode(data, enc_hook=str)


def not_acceptable(request: Request, offered: list[str | None]) -> ApiError:
    """A 406 that names what is offered here, and the address of a file for who wants one of a list of flights."""
    names = " and ".join(each for each in offered if each)
    path, accepted = request.path, request.headers.get("Accept", "")
    wanted = next((end for media, end in _FILES.items() if media in accepted), "csv")
    hint = f"Ask with `Accept: {names}` or without the header."
    if path.endswith("/flights"):
        hint += f" A file is at {path}.{wanted} (csv, ndjson, parquet), with the same filters."
    return ApiError(406, f"Only {names} is offered here.", hint)
