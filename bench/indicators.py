"""All indicators of a slot: seconds on one core, and memory. `python -m bench.indicators [--sizes 25000,250000]`

Each measurement runs in a process of its own. Documents are made off the clock from the packaged reference, a
thousand at a time, as a cursor hands them out; the clock covers making movements of them (`see`) and answering every
indicator. It is the processor's: the seconds that one core works, whatever else the machine does. `wall` is told too.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import msgspec

from bench import memory, observed
from flights.indicators.answers import Frame
from flights.indicators.registry import REGISTRY, answer
from flights.indicators.seeing import see
from flights.indicators.seen import Seen
from flights.reference.packaged import packaged_tables
from flights.reference.resolver import Reference

ROOT = Path(__file__).resolve().parent.parent
SIZES = (25_000, 250_000)

Made = TypeVar("Made")


def measure(movements: int, *, sampled: bool) -> dict[str, Any]:
    """Seconds of seeing and of answering, by indicator, and the peak memory of this process."""
    tables = packaged_tables()
    reference, drawn = Reference("packaged", **msgspec.structs.asdict(tables)), observed.Drawn(tables)
    before, clock = memory.resident_mb(), Clock()
    seen: list[Seen] = []
    for batch in drawn.batches(movements):
        seen += clock.timed("see", partial(_seen, batch, reference))
    frame = _frame(movements, sampled=sampled)
    for name, indicator in REGISTRY.items():
        clock.timed(name, partial(answer, indicator, seen, frame))
    return {
        "movements": movements,
        "sampled": sampled,
        "seconds": sum(clock.parts.values()),
        "wall_seconds": clock.wall,
        "parts": dict(clock.parts),
        "before_mb": before,
        "peak_mb": memory.peak_mb(),
    }


def _seen(batch: Sequence[observed.Document], reference: Reference) -> list[Seen]:
    return [see(document, reference) for document in batch]


def main() -> None:
    given = _arguments()
    if given.measure:
        print(json.dumps(measure(given.measure, sampled=given.sampled)), flush=True)
        return
    runs = [
        _in_a_process(size, sampled=sampled)
        for size in given.sizes
        for sampled in (False, True)
        for _ in range(given.rounds)
    ]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({"runs": runs}, indent=1))
    print(text_of(runs))


def text_of(runs: Sequence[Mapping[str, Any]]) -> str:
    """One line a size, then the dearest parts and how cost grows with size."""
    heads = (("movements", 10), ("estimates", 10), ("seconds", 8), ("see", 7), ("answers", 8), ("µs each", 8))
    lines = [" ".join(f"{head:>{width}}" for head, width in (*heads, ("wall", 7), ("peak MB", 8)))]
    groups: dict[tuple[int, bool], list[Mapping[str, Any]]] = {}
    for run in runs:
        groups.setdefault((run["movements"], run["sampled"]), []).append(run)
    lines += [_line(size, same, sampled=sampled) for (size, sampled), same in groups.items()]
    plain = {size: median(run["seconds"] for run in same) for (size, sampled), same in groups.items() if not sampled}
    least, most = min(plain), max(plain)
    lines.append(f"{most} : {least} movements = {most / least:.0f}, seconds = {plain[most] / plain[least]:.1f}")
    parts = groups[(least, False)][0]["parts"]
    dearest = sorted(parts.items(), key=lambda part: -part[1])[:5]
    return "\n".join([*lines, "dearest: " + ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in dearest)])


def _line(size: int, same: Sequence[Mapping[str, Any]], *, sampled: bool) -> str:
    seconds, seeing = median(run["seconds"] for run in same), median(run["parts"]["see"] for run in same)
    wall, peak = median(run["wall_seconds"] for run in same), max(run["peak_mb"] or 0 for run in same)
    figures = (
        f"{seconds:8.2f} {seeing:7.2f} {seconds - seeing:8.2f} {seconds / size * 1e6:8.1f} {wall:7.2f} {peak:8.0f}"
    )
    return f"{size:>10} {'made' if sampled else 'none':>10} {figures}"


class Clock:
    """Seconds of the processor by part, and of the wall in all."""

    def __init__(self) -> None:
        self.parts: defaultdict[str, float] = defaultdict(float)
        self.wall = 0.0

    def timed(self, name: str, work: Callable[[], Made]) -> Made:
        wall, processor = time.perf_counter(), time.process_time()
        made = work()
        self.parts[name] += time.process_time() - processor
        self.wall += time.perf_counter() - wall
        return made


def _frame(movements: int, *, sampled: bool) -> Frame:
    pages = movements // observed.ROWS_PER_PAGE
    sampling = "systematic sample of pages" if sampled else "all pages announced"
    announced = movements * 4 if sampled else movements
    return Frame(sampling=sampling, pages_fetched=pages, rows_announced=announced, rows_received=movements)


def _in_a_process(size: int, *, sampled: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.indicators", "--measure", str(size), *(["--sampled"] if sampled else [])]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    measured: dict[str, Any] = json.loads(told.splitlines()[-1])
    print(f"  {size} movements: {measured['seconds']:.2f} s", file=sys.stderr, flush=True)
    return measured


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=lambda text: [int(each) for each in text.split(",")], default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "indicators.json", help="JSON file")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--sampled", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
