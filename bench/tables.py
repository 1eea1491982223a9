"""Figures as a short text."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

STEPS = ("extraction", "transformation", "save_data", "consumer")
RATIOS = (
    ("guarded", "unguarded"),
    ("ours", "unguarded"),
    ("ours", "guarded"),
    ("consumer", "guarded"),
    ("ours", "foreknown"),
    ("consumer", "foreknown"),
)
SLOT_NAMES = ("first slot", "second slot")


def text_of(figures: Mapping[str, Any]) -> str:
    lines = [f"engine: {figures['engine']}"]
    if slots := figures.get("slots"):
        lines += _slot_lines(slots)
    if writes := figures.get("writes"):
        lines += _write_lines(writes)
    if gaps := figures.get("gaps_ms"):
        lines += ["", f"hand-over of {len(gaps)} steps: median {median(gaps):.0f} ms, max {max(gaps):.0f} ms"]
    return "\n".join(lines)


def _slot_lines(slots: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["", f"{'rows':>8} {'step':<15} {'rows/s':>8} {'µs/row':>8} {'peak MB':>8} {'growth MB':>9}"]
    for rows in sorted({slot["rows"] for slot in slots}):
        same = [slot for slot in slots if slot["rows"] == rows]
        lines += [_step_line(rows, name, [slot["steps"].get(name) for slot in same]) for name in STEPS]
        costs = [slot["after_archive_us_a_row"] for slot in same if slot["after_archive_us_a_row"]]
        if costs:
            lines.append(f"{rows:>8} {'after archive':<15} {1e6 / median(costs):8.0f} {median(costs):8.0f}")
    return lines


def _step_line(rows: int, name: str, all_told: Sequence[Mapping[str, Any] | None]) -> str:
    told = [each for each in all_told if each]
    if not told:
        return f"{rows:>8} {name:<15} not within the limit"
    if name == "consumer" and not all(each["state"] for each in told):
        most = max(told, key=lambda each: each["messages"])
        return f"{rows:>8} {name:<15} {most['messages']} messages in {most['seconds']:.0f} s, then cut off"
    seconds = median(each["seconds"] for each in told)
    peak = max(each["peak_mb"] or 0 for each in told)
    growth = max((each["peak_mb"] or 0) - (each["before_mb"] or 0) for each in told)
    return f"{rows:>8} {name:<15} {rows / seconds:8.0f} {seconds / rows * 1e6:8.0f} {peak:8.0f} {growth:9.0f}"


def _write_lines(writes: Mapping[str, Any]) -> list[str]:
    middle = {
        way: [median(each) for each in (*zip(*rounds, strict=True), [sum(both) for both in rounds])]
        for way, rounds in writes["ways"].items()
    }
    records = writes["records"]
    rates = {
        way: [records / first, records / second, 2 * records / both] for way, (first, second, both) in middle.items()
    }
    heads = (*SLOT_NAMES, "both")
    lines = ["", f"{records} records a slot, records/s", f"{'':<26}" + "".join(f"{head:>13}" for head in heads)]
    lines += [f"{way:<26}" + "".join(f"{rate:13.0f}" for rate in each) for way, each in rates.items()]
    for one, other in RATIOS:
        ratios = (a / b for a, b in zip(rates[one], rates[other], strict=True))
        lines.append(f"{f'{one} : {other}':<26}" + "".join(f"{ratio:13.2f}" for ratio in ratios))
    return lines
