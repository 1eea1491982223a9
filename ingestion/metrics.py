"""What ingestion counts since the process started."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("flightsite_upstream_requests_total", "Requests sent upstream.", ["outcome"])
ROWS = Counter("flightsite_rows_total", "Rows of archived pages, by fate.", ["fate"])
DRIFT = Counter(
    "flightsite_schema_drift_pages_total", "Pages with a field or value that is not known, or gone.", ["kind"]
)
MISSED = Counter("flightsite_slots_missed_total", "Slots recorded as missed: nothing ran when their time came.")
STUCK = Counter("flightsite_runs_stuck_total", "Runs found open past their deadline with nobody working on them.")
STEP_SECONDS = Histogram(
    "flightsite_step_seconds",
    "Seconds a try of a step took.",
    ["step", "outcome"],
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800),
)


def count_rows(records: int, merged: int, rejected: int) -> None:
    ROWS.labels("published").inc(records)
    ROWS.labels("merged").inc(merged)
    ROWS.labels("rejected").inc(rejected)
