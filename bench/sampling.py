"""Estimates from sampled pages beside those from first pages, against the truth: `python -m bench.sampling`

The world is the simulator's at one instant; its answer to one query is fetched whole, transformed as the pipeline does,
and then sampled many times as extraction does: the first page, and a systematic sample of the rest from starts that lie
evenly over all. `first pages` are as many pages from the beginning, expanded by the same formula. Bias and RMSE are in
percent of the truth; `held` is how often the interval of 95 % held it. A movement whose rows lie on several pages
counts once, as stored: `movements` is somewhat high for that (flights/indicators/estimates.py).
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import Any

from flights.indicators import estimates
from flights.indicators.answers import Frame, Stratum
from flights.reference.zones import zone_of
from ingestion.paging import STARTS, drawn
from ingestion.simulator.options import SimulatorOptions
from ingestion.simulator.simulator import Simulator
from ingestion.transforms import PageSource, transform_page

ROOT = Path(__file__).resolve().parent.parent
INSTANT = datetime(2026, 11, 24, 4, tzinfo=UTC)
Page = dict[str, Any]  # records by flight id


def main() -> None:
    given = _arguments()
    pages, rows = _world(given.seed, given.status)
    airline = Counter(_airline(record) for page in pages for record in page.values()).most_common(1)[0][0]
    results = []
    for name, number in _quantities(airline).items():
        made = [
            _estimate([0, *drawn(len(pages), given.pages, draw * STARTS // given.draws)], pages, rows, number, name)
            for draw in range(given.draws)
        ]
        first = _estimate(range(given.pages), pages, rows, number, name)
        results.append(_figures(name, made, first, _truth(pages, number, name)))
    told = {"query": given.status, "pages": len(pages), "rows": rows, "drawn": given.pages, "draws": given.draws}
    told |= {"largest airline": airline, "results": results}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(told, indent=1))
    print(text_of(told))


def text_of(told: dict[str, Any]) -> str:
    lines = [
        f"{told['query']}: {told['rows']} rows on {told['pages']} pages, {told['drawn']} fetched, {told['draws']} x",
        f"{'':>24} {'truth':>9} {'sampled: bias %':>15} {'RMSE %':>7} {'held %':>7} {'first pages: error %':>20}",
    ]
    lines += [
        f"{each['of']:>24} {each['truth']:>9.1f} {each['bias_percent']:>15.2f} {each['rmse_percent']:>7.2f} "
        f"{each['held_percent']:>7.1f} {each['first_pages_error_percent']:>20.1f}"
        for each in told["results"]
    ]
    return "\n".join(lines)


def _world(seed: int, status: str) -> tuple[list[Page], int]:
    """The records of every page of the query, and how many rows it has."""
    simulator = Simulator(SimulatorOptions(clock=INSTANT, seed=seed, churn=0.0, total_cap=None, quota=10**9))
    pages, total = [], 1
    while len(pages) * 100 < total:
        offset = str(len(pages) * 100)
        params = {"access_key": "0" * 32, "flight_status": status, "limit": "100", "offset": offset}
        body = simulator.handle("flights", params).body
        total = json.loads(body)["pagination"]["total"]
        source = PageSource(
            slot="2026-11-24T04Z", run="x.1", page=f"00.{len(pages):05}", collected_at=INSTANT, observed_at=INSTANT
        )
        pages.append({record.flight_id: record for record in transform_page(body, source, zone_of).records})
    return pages, total


def _airline(record: Any) -> str:
    return record.operating.airline_icao or record.operating.airline_iata or ""


def _quantities(airline: str) -> dict[str, Callable[[Any], float | None]]:
    return {
        "movements": lambda _record: 1.0,
        f"movements of {airline}": lambda record: float(_airline(record) == airline),
        "mean departure delay": lambda record: record.departure_delay_min,
    }


def _together(pages: Sequence[Page], numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The records of some pages, each on the first of them that has it."""
    seen: set[str] = set()
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for number in numbers:
        for key, record in pages[number].items():
            if key not in seen:
                seen.add(key)
                found[number][key] = record
    return found


def _truth(pages: Sequence[Page], number: Callable[[Any], float | None], name: str) -> float:
    records = {key: record for page in pages for key, record in page.items()}.values()
    told = [value for record in records if (value := number(record)) is not None]
    return fmean(told) if name.startswith("mean") else sum(told)


def _estimate(
    numbers: Sequence[int], pages: Sequence[Page], rows: int, number: Callable[[Any], float | None], name: str
) -> Any:
    sums: dict[str, float] = {}
    counts: dict[str, float] = {}
    for page, records in _together(pages, numbers).items():
        told = [value for record in records.values() if (value := number(record)) is not None]
        if told:
            sums[f"00.{page:05}"], counts[f"00.{page:05}"] = sum(told), len(told)
    sampling, received = "systematic sample of pages", len(numbers) * 100
    query = Stratum(
        query=0, sampling=sampling, pages_announced=len(pages), pages_fetched=len(numbers), rows_announced=rows,
        rows_received=received,
    )  # fmt: skip
    frame = Frame(
        sampling=sampling, pages_fetched=len(numbers), rows_announced=rows, rows_received=received, strata=(query,)
    )
    if name.startswith("mean"):
        return estimates.mean(name, sums, counts, frame, unit="min")
    return estimates.total(name, sums, frame, unit="movements")


def _figures(name: str, made: Sequence[Any], first: Any, truth: float) -> dict[str, Any]:
    errors = [each.estimate - truth for each in made]
    return {
        "of": name,
        "truth": truth,
        "bias_percent": fmean(errors) / truth * 100,
        "rmse_percent": sqrt(fmean(error**2 for error in errors)) / truth * 100,
        "held_percent": fmean(each.low <= truth <= each.high for each in made) * 100,
        "first_pages_error_percent": (first.estimate - truth) / truth * 100,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--status", default="active", help="the query: flight_status (default: active)")
    parser.add_argument("--pages", type=int, default=18, help="pages fetched (default: 18, what active gets of 26)")
    parser.add_argument("--draws", type=int, default=500, help="starts, evenly over all (default: 500)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "sampling.json", help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
