"""What was asked, without the keys it was asked with."""

from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_KEPT = 1000
_SECRET = "access_key"  # noqa: S105  the name of the parameter, not a key


class RequestLog:
    def __init__(self) -> None:
        self.total = 0
        self.charged = 0
        self._by_status: Counter[str] = Counter()
        self._by_page: Counter[str] = Counter()
        self._last: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def add(self, at: datetime, endpoint: str, params: Mapping[str, str], status: str, fault: str | None) -> None:
        shown = {name: value for name, value in params.items() if name != _SECRET}
        self.total += 1
        self._by_status[status] += 1
        self._by_page[f"{endpoint}+{shown.get('offset', '0')}"] += 1
        self._last.append(
            {
                "at": at.isoformat(),
                "endpoint": endpoint,
                "params": shown,
                "status": status,
                "fault": fault,
            }
        )

    def state(self) -> dict[str, Any]:
        return {
            "requests": self.total,
            "charged": self.charged,
            "by_status": dict(self._by_status),
            "by_endpoint_and_offset": dict(self._by_page),
            "log": list(self._last),
        }
