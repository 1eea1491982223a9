"""What the limits count since the process started."""

from prometheus_client import Counter

REFUSED = Counter("flightsite_api_refused_total", "API requests refused by a key's limit.", ["limit"])
LOCAL = Counter(
    "flightsite_api_limits_local_total",
    "API requests limited by one process alone: the shared counters did not answer.",
)
