"""`python -m bench.pipeline`: what the way of a slot costs, beside what plain pymongo would take for its last part."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import pages, tables
from bench.servers import EMBEDDED, ROOT, Surroundings, surroundings, worker_command
from bench.way import SlotFigures, measure_slot

PARTS = ("steps", "writes", "handover")
LARGE_ROWS = 50_000  # a slot of more rows is measured once, in the last round
FIRST_SLOT = datetime(2025, 1, 1, tzinfo=UTC)
HANDOVER_ROWS = 300
EPILOG = """\
Starts Kafka, Redis and (unless --engine names another) MongoDB's embedded stand-in on a temporary folder
and takes everything away at the end. Pages are made before the clock starts; --pages-dir keeps them for the
next call. Progress goes to standard error, a table to standard output, all figures to --out as JSON.
docs/performance.md says what is compared with what, and why.
"""


def main() -> None:
    given = _parse(sys.argv[1:])
    began, load = datetime.now(UTC), os.getloadavg()
    kept = nullcontext(given.pages_dir) if given.pages_dir else tempfile.TemporaryDirectory(prefix="flightsite-pages-")
    with kept as pages_dir, surroundings(given.engine) as here:
        figures = _measure(here, Path(pages_dir), given)
    figures = {
        "began": began.isoformat(timespec="seconds"),
        "engine": EMBEDDED if given.engine == EMBEDDED else "given",
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "load_before_and_after": [load[0], os.getloadavg()[0]],
        **figures,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(figures, indent=1))
    print(tables.text_of(figures))
    _say(f"all figures are in {given.out}")


def _measure(here: Surroundings, pages_dir: Path, given: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if "handover" in given.parts:
        figures["gaps_ms"] = _handover(here, pages.folder_of(pages_dir, HANDOVER_ROWS), given.runs)
    if "writes" in given.parts:
        _say(f"making the records of {given.write_rows} rows, then {given.rounds} rounds of every way of writing")
        folder = pages.folder_of(pages_dir, given.write_rows)
        with here.documents_apart("writes") as there:
            figures["writes"] = there.call("writes.compare", pages_folder=str(folder), rounds=given.rounds)
    if "steps" in given.parts:
        figures["slots"] = _slots(here, pages_dir, given)
    return figures


def _handover(here: Surroundings, folder: Path, runs: int) -> list[float]:
    _say(f"{runs} runs by a worker")
    with (
        here.documents_apart("handover") as apart,
        apart.upstream(folder) as there,
        there.running(worker_command(), "worker"),
    ):
        told = there.call("handover.gaps", runs=runs) or {}
    gaps: list[float] = told["gaps_ms"]
    return gaps


def _slots(here: Surroundings, pages_dir: Path, given: argparse.Namespace) -> list[dict[str, Any]]:
    for rows in given.rows:
        _say(f"making the pages of {rows} rows")
        pages.folder_of(pages_dir, rows)
    measured: list[SlotFigures] = []
    for number in range(given.repeat):
        for rows in given.rows:
            if rows > LARGE_ROWS and number < given.repeat - 1:
                continue
            slot = f"{FIRST_SLOT + len(measured) * timedelta(hours=2):%Y-%m-%dT%HZ}"
            folder = pages.folder_of(pages_dir, rows)
            measured.append(measure_slot(here, folder, slot, rows, given.limit))
    return [
        {"rows": each.rows, "steps": each.steps, "after_archive_us_a_row": each.after_archive_us()} for each in measured
    ]


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pipeline",
        description="Measure the pipeline: steps, ways of writing, hand-over between steps.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rows", type=_numbers, default=[2600, 26000], help="rows of a slot, comma-separated (default: 2600,26000)")
    add("--engine", default=EMBEDDED, metavar="embedded|URI", help="where MongoDB is (default: embedded)")
    add("--parts", type=_parts, default=list(PARTS), help=f"what to measure (default: {','.join(PARTS)})")
    add("--repeat", type=int, default=3, help=f"rounds of the slots; above {LARGE_ROWS} rows: one (default: 3)")
    add("--rounds", type=int, default=5, help="rounds of the ways of writing (default: 5)")
    add("--write-rows", type=int, default=5000, help="rows for the ways of writing (default: 5000)")
    add("--runs", type=int, default=15, help="runs for the hand-over (default: 15)")
    add("--limit", type=float, default=480.0, metavar="SECONDS", help="for one step of one slot (default: 480)")
    add("--pages-dir", type=Path, help="keep the pages made here, and use those that are there")
    add("--out", type=Path, help="JSON file (default: bench/results/pipeline-TIME.json)")
    given = parser.parse_args(arguments)
    given.out = given.out or ROOT / "bench" / "results" / f"pipeline-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    return given


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _parts(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    return names


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
