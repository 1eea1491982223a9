"""A slot of so many rows, step after step, each step in a fresh process."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.servers import Surroundings

STEPS = ("extraction", "transformation", "save_data")
AFTER_ARCHIVE = ("transformation", "save_data", "consumer")


@dataclass(slots=True)
class SlotFigures:
    """What one slot took: for each step what its process told, None where it went over the limit."""

    rows: int
    steps: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return bool((self.steps.get("consumer") or {}).get("state"))

    def after_archive_us(self) -> float | None:
        """Microseconds a row from the archived page to the flight that can be queried; None where it was cut off."""
        told = [self.steps.get(name) for name in AFTER_ARCHIVE]
        if not self.is_whole or not all(told):
            return None
        seconds: float = sum(each["seconds"] for each in told if each)
        return seconds / self.rows * 1e6


def measure_slot(here: Surroundings, pages: Path, slot: str, rows: int, limit: float) -> SlotFigures:
    figures = SlotFigures(rows)
    with here.documents_apart(slot) as apart, apart.upstream(pages) as there:
        there.call("slots.skip_waiting")
        run = (there.call("slots.open_run", slot=slot) or {})["run"]
        for name in STEPS:
            figures.steps[name] = there.call("slots.step", within=limit, run=run, name=name)
            if figures.steps[name] is None:
                return figures
            _tell(rows, name, figures.steps[name])
        figures.steps["consumer"] = there.call("slots.consumer", slot=slot, limit=limit)
        _tell(rows, "consumer", figures.steps["consumer"])
    return figures


def _tell(rows: int, name: str, told: dict[str, Any] | None) -> None:
    told = told or {}
    done = told.get("messages", rows) if name == "consumer" else rows
    seconds = told["seconds"]
    print(
        f"  {rows:>7} rows, {name:<14} {seconds:8.2f} s  {done / seconds:8.0f} a second"
        f"  peak {told['peak_mb'] or 0:.0f} MB",
        file=sys.stderr,
        flush=True,
    )
