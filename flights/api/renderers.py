"""JSON by msgspec: Structs, plain values and UTC dates to bytes in one step."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework import renderers


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
