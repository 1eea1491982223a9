"""`python -m bench.recovery`: seconds from the return of each dependency to normal work, after an outage."""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.outage import Installation, Scenario, answers, grows, recovery, wait_for
from bench.servers import EMBEDDED, ROOT, surroundings

SETTLE_SECONDS = 3.0
NAMES = ("mongodb", "kafka", "redis", "sql", "upstream")
EPILOG = """\
Starts everything on a temporary folder: servers, consumer, worker, web server, stand-in upstream. A server is
killed with SIGKILL and counts as returned when it answers again; the SQL ledger is locked by a second connection.
Waits that are planned (the next try of a step, five minutes as shipped) are told apart and not waited for.
"""


def measure(there: Installation, name: str, repeat: int, outage: float) -> list[dict[str, float]]:
    found = []
    with ExitStack() as stack:
        for number in range(repeat):
            found.append(MEASURES[name](there, stack, number, outage))
            _say(f"{name}, {number + 1}: " + ", ".join(f"{sign} {value} s" for sign, value in found[-1].items()))
            time.sleep(SETTLE_SECONDS)
    return found


def _mongodb(there: Installation, _stack: ExitStack, _number: int, outage: float) -> dict[str, float]:
    wait_for(grows(there.observations)(), "the consumer's work")
    signs = {
        "consumer writes": grows(there.observations),
        "API answers": answers(there.web_port, "/api/v1/flights", there.key),
    }
    return recovery(there.server("mongodb", signs), outage)


def _kafka(there: Installation, stack: ExitStack, number: int, outage: float) -> dict[str, float]:
    """A run begins to publish while the broker is away."""
    wait_for(grows(there.observations)(), "the consumer's work")
    run = (there.here.call("feeding.transformed_run", number=number) or {})["run"]
    published = f"SELECT COUNT(*) FROM ingestion_run WHERE id = {run} AND state = 'published'"  # noqa: S608 - a number
    words = [sys.executable, "-m", "bench.child", "slots.step", json.dumps({"run": run, "name": "save_data"})]
    signs = {
        "consumer writes": grows(there.observations),
        "save_data is published": lambda: lambda: there.asked(published) == 1,
    }
    scenario = there.server("kafka", signs, lambda: there.keep(stack, f"save-{number}", words))
    return recovery(scenario, outage)


def _redis(there: Installation, stack: ExitStack, number: int, outage: float) -> dict[str, float]:
    if number == 0:
        there.keep(stack, "queue", [sys.executable, "-m", "bench.child", "feeding.queue", "{}"])
    wait_for(grows(there.tasks_done)(), "the worker's work")
    return recovery(there.server("redis", {"worker takes tasks": grows(there.tasks_done)}), outage)


def _sql(there: Installation, _stack: ExitStack, _number: int, outage: float) -> dict[str, float]:
    _long_run(there)
    path = there.here.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as other:
        signs = {
            "extraction goes on": grows(there.pages),
            "API answers": answers(there.web_port, "/api/v1/flights", there.key),
        }
        lock = Scenario(
            lambda: other.execute("BEGIN EXCLUSIVE") and None, lambda: other.execute("ROLLBACK") and None, signs
        )
        return recovery(lock, outage)


def _upstream(there: Installation, _stack: ExitStack, _number: int, outage: float) -> dict[str, float]:
    """Tries inside the step end before the outage does: what is left is a planned wait, which is cut short here."""
    run = _long_run(there)
    there.kill_upstream()
    time.sleep(outage)
    there.revive_upstream()
    began = time.monotonic()
    wait_for(lambda: there.asked(f"SELECT resumes_at IS NOT NULL FROM ingestion_run WHERE id = {run}") == 1, "a plan")  # noqa: S608
    more = grows(there.pages)()
    told = there.here.call("feeding.resume", run=run) or {}
    waited = time.monotonic() - began
    on = wait_for(more, "a page")
    return {
        "planned wait left at the return": round(told["planned_seconds"] + waited, 2),
        "from being due to the next page": round(on - told["queued_at"], 2),
    }


def _long_run(there: Installation) -> int:
    run: int = (there.here.call("feeding.long_run") or {})["run"]
    wait_for(grows(there.pages)(), "the extraction's work")
    return run


MEASURES: dict[str, Callable[[Installation, ExitStack, int, float], dict[str, float]]] = {
    "mongodb": _mongodb,
    "kafka": _kafka,
    "redis": _redis,
    "sql": _sql,
    "upstream": _upstream,
}


def main() -> None:
    given = _parse()
    began, load = datetime.now(UTC), os.getloadavg()[0]
    with surroundings(EMBEDDED) as here, ExitStack() as stack:
        there = Installation(here, stack)
        found = {name: measure(there, name, given.repeat, given.outage) for name in given.parts}
    figures = {
        "began": began.isoformat(timespec="seconds"),
        "outage_seconds": given.outage,
        "load_before_and_after": [load, os.getloadavg()[0]],
        "seconds": found,
    }
    given.json_out.parent.mkdir(parents=True, exist_ok=True)
    given.json_out.write_text(json.dumps(figures, indent=1))
    for name, rounds in found.items():
        for sign in rounds[0]:
            values = [each[sign] for each in rounds]
            print(f"{name:<9} {sign:<34} median {median(values):6.2f} s  max {max(values):6.2f} s", flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.recovery",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--parts", type=lambda text: text.split(","), default=list(NAMES), help=f"default: {','.join(NAMES)}")
    add("--repeat", type=int, default=3, help="outages of each, at most 5 (default: 3)")
    add("--outage", type=float, default=10.0, metavar="SECONDS", help="how long each lasts (default: 10)")
    add("--json-out", type=Path, default=ROOT / "bench" / "results" / "recovery.json", help="JSON file")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
