"""The parameters of the operators' addresses."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import flights.api.filters
from flights import slots
from flights.api.filters import PAGING
from flights.api.parameters import choice, day, matching, whole_number
from flights.api.problems import BadParameters, Fault
from ingestion.days import MAX_PAGES, MOST_PAGES, WHOLE, Mode, Order
from ingestion.jobs import JobState
from ingestion.models import RunState

SLOT = replace(flights.api.filters.SLOT, description="The run's slot, or its day.")
TOKEN = matching(
    "Idempotency-Key",
    r"^[!-~]{8,128}$",
    "8 to 128 printable ASCII characters without spaces, such as a UUID",
    "A text of your own for this order: sent again with the same body, the order is not placed again.",
)
RUNS = (
    day("from", "First date of the runs' slots (UTC)."),
    day("to", "Last date, included."),
    choice("state", RunState.values, "State of the run."),
    *PAGING,
)
JOB = whole_number("job", 1, 999_999_999, "The backfill's number.")
BACKFILLS = (choice("state", JobState.values, "State of the backfill."), *PAGING)
DRY_RUN = (
    day("from", "First local departure date."),
    day("to", "Last local departure date, included."),
    whole_number("max_pages", 1, MOST_PAGES, "Requests a day at the most, 100 rows each.", default=MAX_PAGES),
    choice("mode", list(Mode), "Which days are fetched; default: missing."),
    choice("order", list(Order), "Which day comes first; default: oldest."),
    whole_number("share_percent", 1, WHOLE, "Its share of what a month leaves for backfills.", default=WHOLE),
)


def run_conditions(values: dict[str, Any]) -> dict[str, str]:
    """What a run must hold; raises BadParameters when the dates are in the wrong order."""
    conditions = {"state": values["state"]} if "state" in values else {}
    first, last = values.get("from"), values.get("to")
    if first and last and first > last:
        raise BadParameters(Fault(parameter="to", detail="lies before the first date", hint="Swap the two dates."))
    if first:
        conditions["slot__gte"] = slots.day_key(first)
    if last and last < date.max:
        conditions["slot__lt"] = slots.day_key(last + timedelta(days=1))
    return conditions
