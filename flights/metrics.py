"""What every process counts of its use of MongoDB."""

from prometheus_client import Histogram

COMMANDS = ("find", "getMore", "insert", "update", "delete", "findAndModify", "aggregate", "collStats", "createIndexes")
_SECONDS = Histogram(
    "flightsite_store_command_seconds",
    "Seconds a command took MongoDB, seen from here.",
    ["command", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def count_command(name: str, outcome: str, microseconds: int) -> None:
    _SECONDS.labels(name if name in COMMANDS else "other", outcome).observe(microseconds / 1e6)
