"""Files: rows a second beside a bare cursor loop, and memory. `python -m bench.exports [--sizes 10000,100000]`

Each measurement runs in a process of its own against a closed slot in a database of its own. `cursor` reads the same
documents and throws them away; a form is the whole way of a file up to its first byte. `writing` leaves the store out
and tells the memory of larger files (`--made`). A filling that takes longer than `--within` seconds is left out.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.servers import EMBEDDED, ROOT, Surroundings, surroundings

SIZES = (10_000, 100_000)
MADE = (10_000, 100_000, 1_000_000)
FORMS = ("csv", "ndjson", "parquet")
WAYS = ("cursor", *FORMS)


def main() -> None:
    given = _arguments()
    with surroundings(given.engine) as here:
        read = [run for size in given.sizes for run in _stored(here, size, given)]
        made = [_told(here, "writing", form, size) for size in given.made for form in FORMS]
    figures = {"engine": given.engine, "read": read, "made": made}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(figures, indent=1))
    print(text_of(figures))


def text_of(figures: Mapping[str, Any]) -> str:
    """A line for each size and way: rows a second by the clock and by one core's work, and memory."""
    heads = ("rows/s", ": cursor", "rows/cpu s", ": cursor", "peak MB", "growth MB", "MB")
    lines = [f"engine: {figures['engine']}", f"{'rows':>9} {'way':<8}" + "".join(f"{head:>11}" for head in heads)]
    for size in sorted({run["rows"] for run in figures["read"]}):
        same = [run for run in figures["read"] if run["rows"] == size]
        lines += [_line(size, way, same) for way in WAYS]
    lines += ["", "without a store", f"{'rows':>9} {'way':<8}{'peak MB':>11}{'growth MB':>11}{'MB':>11}"]
    lines += [f"{run['rows']:>9} {run['way']:<8}{_memory([run])}" for run in figures["made"]]
    return "\n".join(lines)


def _line(size: int, way: str, same: Sequence[Mapping[str, Any]]) -> str:
    rates = [_rates(size, [run for run in same if run["way"] == name]) for name in ("cursor", way)]
    (cursor, cursor_cpu), (wall, cpu) = rates
    runs = [run for run in same if run["way"] == way]
    return f"{size:>9} {way:<8}{wall:11.0f}{wall / cursor:11.2f}{cpu:11.0f}{cpu / cursor_cpu:11.2f}{_memory(runs)}"


def _rates(size: int, runs: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    return size / median(run["seconds"] for run in runs), size / median(run["cpu_seconds"] for run in runs)


def _memory(runs: Sequence[Mapping[str, Any]]) -> str:
    peak = max(run["peak_mb"] or 0 for run in runs)
    growth = max((run["peak_mb"] or 0) - (run["before_mb"] or 0) for run in runs)
    return f"{peak:11.0f}{growth:11.0f}{runs[0].get('bytes', 0) / 1e6:11.1f}"


def _stored(here: Surroundings, size: int, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Every way in turn over one filled slot; nothing when the engine does not take the rows in time."""
    with here.documents_apart(f"exports_{size}") as there:
        there.call("slots.drop_database")
        filled = there.call("exporting.fill", within=given.within, rows=size)
        if filled is None:
            print(f"  {size} rows were not stored within {given.within:.0f} s: left out", file=sys.stderr, flush=True)
            return []
        return [_told(there, way, way, size) for _ in range(given.rounds) for way in WAYS]


def _told(here: Surroundings, part: str, way: str, size: int) -> dict[str, Any]:
    arguments = {"rows": size} if way == "cursor" else {"rows": size, "form": way}
    name = part if part in ("cursor", "writing") else "export"
    told = here.call(f"exporting.{name}", **arguments) or {}
    print(f"  {part} {way} {size}: {told['seconds']:.2f} s", file=sys.stderr, flush=True)
    return {"way": way, **told}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=list(SIZES), help="rows of the stored slots")
    parser.add_argument("--made", type=_numbers, default=list(MADE), help="rows of the files without a store")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--within", type=float, default=600.0, help="seconds to store a slot's rows")
    parser.add_argument("--engine", default=EMBEDDED, help="embedded, or the URI of a MongoDB")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "exports.json", help="JSON file")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


if __name__ == "__main__":
    main()
