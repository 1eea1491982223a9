"""All indicators of a slot: seconds on one core, and memory. `python -m bench.indicators [--sizes 25000,250000]`

Each measurement runs in a process of its own. Documents are made off the clock, a thousand at a time, as a cursor
hands them out; the clock covers making movements of them (`see`) and answering every indicator. It is the
processor's: the seconds that one core works, whatever else the machine does. `wall` is told beside it.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, TypeVar

import airportsdata

from bench import memory
from flights.indicators.answers import Frame
from flights.indicators.registry import REGISTRY, answer
from flights.indicators.seeing import see
from flights.indicators.seen import Seen
from flights.records import Aircraft
from flights.reference.entities import AircraftType, Airline, Airport, Continent, Miss

ROOT = Path(__file__).resolve().parent.parent
SIZES = (25_000, 250_000)
BATCH = 1_000
ROWS_PER_PAGE = 100
SEED = 20_261_124
OBSERVED = datetime(2026, 11, 24, 4, 0, 9, tzinfo=UTC)
AIRLINES, TYPES, BUSY_AIRPORTS = 400, 90, 3_500
STATUSES = ("active",) * 35 + ("landed",) * 30 + ("scheduled",) * 30 + ("cancelled",) * 3 + ("diverted", "unknown")
MAKERS = ("Airbus", "Boeing", "Embraer", "ATR", "Bombardier", None)

Document = dict[str, Any]
Made = TypeVar("Made")


class Tables:
    """A reference as the resolver is: one lookup by code. Continents are rough; only their number matters here."""

    def __init__(self) -> None:
        self.airports = {code: _airport(told) for code, told in airportsdata.load("IATA").items()}
        self.airlines = {each.code: each for each in map(_airline, range(AIRLINES))}
        self.types = {each.code: each for each in map(_type, range(TYPES))}

    def airport(self, iata: str | None, icao: str | None) -> Airport | Miss:  # noqa: ARG002
        return self.airports.get(iata, Miss.UNKNOWN) if iata else Miss.NOTHING

    def airline(self, iata: str | None, icao: str | None, name: str | None = None) -> Airline | Miss:  # noqa: ARG002
        return self.airlines.get(icao, Miss.UNKNOWN) if icao else Miss.NOTHING

    def aircraft(self, told: Aircraft | None) -> AircraftType | Miss:
        return self.types.get(told.icao, Miss.UNKNOWN) if told and told.icao else Miss.NOTHING


class Drawn:
    """Documents in which few airports, airlines and types are busy and many are not."""

    def __init__(self, tables: Tables) -> None:
        self._draws = Random(SEED)  # noqa: S311  made-up flights, no secret depends on it
        choice = partial(_busy_first, self._draws)
        self._airport = choice([*self._draws.sample(list(tables.airports.values()), BUSY_AIRPORTS), None])
        self._airline = choice([*tables.airlines.values(), None])
        self._type = choice([*tables.types.values()])

    def batches(self, movements: int) -> Iterator[list[Document]]:
        for start in range(0, movements, BATCH):
            yield [self._document(number) for number in range(start, min(start + BATCH, movements))]

    def _document(self, number: int) -> Document:
        draws, airline = self._draws, self._airline()
        status = draws.choice(STATUSES)
        flight_id = f"2026-11-24T{number % 1_440:04d}-{number}"
        return {
            "_id": f"2026-11-24T04Z|{flight_id}",
            "flight_id": flight_id,
            "page": f"00.{number // ROWS_PER_PAGE:05d}",
            "status": status,
            "operating": {
                "airline_iata": None,
                "airline_icao": airline.code if airline else "QQQ",
                "airline_name": None,
            },
            "departure": self._end(is_past=status in {"active", "landed"}),
            "arrival": self._end(is_past=status == "landed"),
            "aircraft": self._aircraft(),
            "live": self._live() if status == "active" else None,
            "observed_at": OBSERVED,
            "marketed_as": ["DL8300"] * draws.choice((0, 0, 0, 1, 3)),
            "departure_delay_min": draws.randrange(-15, 90) if status in {"active", "landed"} else None,
            "arrival_delay_min": draws.randrange(-15, 90) if status == "landed" else None,
        }

    def _end(self, *, is_past: bool) -> Document:
        airport = self._airport()
        actual = {"local": "2026-11-24T06:21:00+00:00", "utc": OBSERVED, "quality": "ok"} if is_past else None
        return {"iata": airport.iata if airport else "QQQ", "icao": airport.icao if airport else None, "actual": actual}

    def _aircraft(self) -> Document | None:
        if self._draws.random() < 0.4:
            return None
        return {"registration": "F-GKXS", "iata": None, "icao": self._type().code, "icao24": "3944F2"}

    def _live(self) -> Document | None:
        if self._draws.random() < 0.3:
            return None
        updated = OBSERVED - timedelta(minutes=self._draws.randrange(80))
        speed = self._draws.uniform(200, 950)
        return {
            "updated": updated,
            "latitude": 46.1,
            "longitude": 4.2,
            "speed_horizontal_kmh": speed,
            "is_ground": False,
        }


def measure(movements: int, *, sampled: bool) -> dict[str, Any]:
    """Seconds of seeing and of answering, by indicator, and the peak memory of this process."""
    tables = Tables()
    drawn = Drawn(tables)
    before, clock = memory.resident_mb(), Clock()
    seen: list[Seen] = []
    for batch in drawn.batches(movements):
        seen += clock.timed("see", partial(_seen, batch, tables))
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


def _seen(batch: Sequence[Document], tables: Tables) -> list[Seen]:
    return [see(document, tables) for document in batch]


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
    lines = [
        f"{'movements':>10} {'estimates':>10} {'seconds':>8} {'see':>7} {'answers':>8} {'µs each':>8} {'wall':>7} {'peak MB':>8}"
    ]
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
    pages = movements // ROWS_PER_PAGE
    sampling = "systematic sample of pages" if sampled else "all pages announced"
    announced = movements * 4 if sampled else movements
    return Frame(sampling=sampling, pages_fetched=pages, rows_announced=announced, rows_received=movements)


def _busy_first(draws: Random, things: Sequence[Any]) -> Callable[[], Any]:
    """Draws by Zipf's law: the n-th is drawn 1/n times as often as the first."""
    weights = list(accumulate(1 / (place + 5) for place in range(len(things))))
    return lambda: draws.choices(things, cum_weights=weights)[0]


def _in_a_process(size: int, *, sampled: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.indicators", "--measure", str(size), *(["--sampled"] if sampled else [])]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    measured: dict[str, Any] = json.loads(told.splitlines()[-1])
    print(f"  {size} movements: {measured['seconds']:.2f} s", file=sys.stderr, flush=True)
    return measured


def _airport(told: Mapping[str, Any]) -> Airport:
    return Airport(
        code=told["iata"],
        iata=told["iata"],
        icao=told["icao"] or None,
        name=told["name"],
        city=told["city"],
        country=told["country"],
        continent=_rough_continent(told["lat"], told["lon"]),
        latitude=told["lat"],
        longitude=told["lon"],
        zone=told["tz"],
    )


def _rough_continent(latitude: float, longitude: float) -> Continent:
    if longitude < -30:
        return Continent.NORTH_AMERICA if latitude > 12 else Continent.SOUTH_AMERICA
    if longitude < 40:
        return Continent.EUROPE if latitude > 36 else Continent.AFRICA
    return Continent.ASIA if latitude > 0 else Continent.OCEANIA


def _airline(number: int) -> Airline:
    code = f"A{number:03d}"
    return Airline(code=code, iata=None, icao=code, name=f"Airline {number}", callsign=None, country=f"C{number % 60}")


def _type(number: int) -> AircraftType:
    return AircraftType(code=f"T{number:03d}", manufacturer=MAKERS[number % len(MAKERS)], model=f"Model {number}")


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
