"""What a slot's figures make of it: whole, partial, or empty though HTTP said 200. Pure."""

from collections.abc import Iterable
from statistics import median

from flights.documents import Document
from flights.records import SlotState, SlotSummary

WEEKS = 8  # that the same hour of the week is compared with
FEWEST_WEEKS = 3  # below this nothing is known to be usual
FAR_FEWER = 0.2


def grade(summary: SlotSummary, unstored: int, earlier: Iterable[Document]) -> tuple[SlotState, str | None]:
    """State and reason. `earlier` are the slots of the same hour in the weeks before; a fault of ours is told first."""
    if unstored > 0:
        return SlotState.PARTIAL, f"{unstored} published messages did not become flights: see the dead letters"
    if summary.shortfall:
        return SlotState.PARTIAL, summary.shortfall
    if summary.rows_received == 0:
        return SlotState.EMPTY, _why_empty(summary)
    if summary.backfill:
        return SlotState.BACKFILLED, None
    if reason := _far_fewer(summary, earlier):
        return SlotState.EMPTY, reason
    return SlotState.COMPLETE, None


def _why_empty(summary: SlotSummary) -> str:
    if summary.reconstruction:
        return "none of the flights of the days fetched was in the air then"
    return "the upstream answered with no rows"


def _far_fewer(summary: SlotSummary, earlier: Iterable[Document]) -> str | None:
    """In words and figures that the upstream has far fewer rows than usual; None when it has not, or none is usual.

    What it announces is compared with what it announced, where it said so now; else what came with what came.
    """
    measure = "rows_received" if summary.rows_announced is None else "rows_announced"
    rows = summary.rows_received if summary.rows_announced is None else summary.rows_announced
    weeks = [count for slot in earlier if (count := _rows_of(slot, measure))]
    if len(weeks) < FEWEST_WEEKS or rows >= FAR_FEWER * median(weeks):
        return None
    usual, verb = median(weeks), "sent" if summary.rows_announced is None else "announced"
    return (
        f"the upstream {verb} {rows} rows, {rows / usual:.0%} of the {usual:.0f} that are usual for this hour of the "
        f"week (median of {len(weeks)} of the last {WEEKS} weeks)"
    )


def _rows_of(slot: Document, measure: str) -> int:
    """0 where the slot is not closed, was made afterwards, did not say, or had none: an outage is never usual."""
    if slot.get("closed_at") is None or slot.get("backfill"):
        return 0
    return int((slot.get("completeness") or {}).get(measure) or 0)
