"""`python -m bench.recovery`: seconds from the return of each dependency to normal work, after an outage."""

import argparse
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pymongo
from pymongo.errors import PyMongoError

from bench.servers import EMBEDDED, ROOT, Surroundings, surroundings, worker_command
from flightsite.embedded import addresses

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 120.0
SETTLE_SECONDS = 3.0
SLOW_PAGES = [
    "--faults",
    "slow=1.0",
    "--slow-seconds",
    "0.2",
    "--churn",
    "0",
    "--quota",
    "1000000",
    "--profile",
    "basic",
]
NAMES = ("mongodb", "kafka", "redis", "sql", "upstream")
EPILOG = """\
Starts everything on a temporary folder: servers, consumer, worker, web server, stand-in upstream. A server is
killed with SIGKILL and counts as returned when it answers again; the SQL ledger is locked by a second connection.
Waits that are planned (the next try of a step, five minutes as shipped) are told apart and not waited for.
"""

Count = Callable[[], int]
Came = Callable[[], bool]
Sign = Callable[[], Came]  # called at the return: what then says whether work goes on


@dataclass(frozen=True, slots=True)
class Scenario:
    cut: Callable[[], None]
    give_back: Callable[[], None]
    signs: Mapping[str, Sign]
    meanwhile: Callable[[], None] = lambda: None


def grows(count: Count) -> Sign:
    """More than there was at the return."""

    def begin() -> Came:
        before = count()
        return lambda: count() > before

    return begin


def answers(port: int, path: str, key: str = "") -> Sign:
    """HTTP 200."""

    def came() -> bool:
        connection = http.client.HTTPConnection(addresses.HOST, port, timeout=10)
        with closing(connection):
            connection.request("GET", path, headers={"Authorization": f"Api-Key {key}"})
            return connection.getresponse().status == http.client.OK

    return lambda: came


class Bench:
    """The processes of one installation, and what tells from outside that they work."""

    def __init__(self, here: Surroundings, stack: ExitStack) -> None:
        self.here = here
        self.upstream_port = addresses.choose_ports().redis
        self.web_port = addresses.choose_ports().kafka
        told = {"AVIATIONSTACK_BASE_URL": f"http://{addresses.HOST}:{self.upstream_port}/v1"}
        here.environment.update(told)
        here.manage("prepare")
        self.key: str = (here.call("feeding.key") or {})["key"]
        self.upstream = self._start_upstream()
        stack.callback(lambda: self.upstream.kill())
        self._keep(stack, "consumer", [sys.executable, "manage.py", "consume"])
        self._keep(stack, "worker", worker_command())
        web = ["-m", "uvicorn", "flightsite.asgi:application", "--port", str(self.web_port), "--no-access-log"]
        self._keep(stack, "web", [sys.executable, *web])
        self._keep(stack, "feeder", [sys.executable, "-m", "bench.child", "feeding.observations", "{}"])
        self.documents: Any = pymongo.MongoClient(here.environment["MONGODB_URI"], serverSelectionTimeoutMS=1000)

    def observations(self) -> int:
        name = urlsplit(self.here.environment["MONGODB_URI"]).path.strip("/")
        return int(self.documents[name].observations.estimated_document_count())

    def asked(self, query: str) -> int:
        path = self.here.environment["DATABASE_URL"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as ledger:
            return int(ledger.execute(query).fetchone()[0] or 0)

    def pages(self) -> int:
        return self.asked("SELECT COUNT(*) FROM ingestion_upstreamrequest WHERE outcome = 'ok'")

    def tasks_done(self) -> int:
        return (self.here.folder / "worker.log").read_text(errors="replace").count("succeeded in")

    def kill(self, name: str) -> None:
        os.killpg(self.here.stack.pids[name], signal.SIGKILL)

    def revive(self) -> None:
        while not self.here.stack.revive():  # until the system has noticed the end of the process
            time.sleep(POLL_SECONDS)

    def server(self, name: str, signs: Mapping[str, Sign], meanwhile: Callable[[], None] = lambda: None) -> Scenario:
        ready = {"web says ready": answers(self.web_port, "/readyz")}
        return Scenario(lambda: self.kill(name), self.revive, {**signs, **ready}, meanwhile)

    def kill_upstream(self) -> None:
        self.upstream.kill()
        self.upstream.wait()

    def revive_upstream(self) -> None:
        self.upstream = self._start_upstream()

    def _start_upstream(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "ingestion.simulator", "--port", str(self.upstream_port), *SLOW_PAGES]
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(answers(self.upstream_port, "/_control")(), "the upstream")
        return process

    def _keep(self, stack: ExitStack, name: str, words: list[str]) -> None:
        stack.enter_context(self.here.running(words, name))


def wait_for(came: Came, what: str) -> float:
    """When it came, on the monotonic clock."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if came():
                return time.monotonic()
        except (OSError, http.client.HTTPException, PyMongoError, sqlite3.OperationalError):
            pass
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come within {PATIENCE_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


def recovery(scenario: Scenario, outage: float) -> dict[str, float]:
    """Seconds from the return to each sign of work."""
    scenario.cut()
    began = time.monotonic()
    scenario.meanwhile()
    time.sleep(max(0.0, began + outage - time.monotonic()))
    scenario.give_back()
    returned = time.monotonic()
    started = {name: sign() for name, sign in scenario.signs.items()}
    with ThreadPoolExecutor(len(started)) as pool:
        found = {name: pool.submit(wait_for, came, name) for name, came in started.items()}
    return {name: round(future.result() - returned, 2) for name, future in found.items()}


def measure(bench: Bench, name: str, repeat: int, outage: float) -> list[dict[str, float]]:
    found = []
    with ExitStack() as stack:
        for number in range(repeat):
            found.append(MEASURES[name](bench, stack, number, outage))
            _say(f"{name}, {number + 1}: " + ", ".join(f"{sign} {value} s" for sign, value in found[-1].items()))
            time.sleep(SETTLE_SECONDS)
    return found


def _mongodb(bench: Bench, _stack: ExitStack, _number: int, outage: float) -> dict[str, float]:
    wait_for(grows(bench.observations)(), "the consumer's work")
    signs = {
        "consumer writes": grows(bench.observations),
        "API answers": answers(bench.web_port, "/api/v1/flights", bench.key),
    }
    return recovery(bench.server("mongodb", signs), outage)


def _kafka(bench: Bench, stack: ExitStack, number: int, outage: float) -> dict[str, float]:
    """A run begins to publish while the broker is away."""
    wait_for(grows(bench.observations)(), "the consumer's work")
    run = (bench.here.call("feeding.transformed_run", number=number) or {})["run"]
    published = f"SELECT COUNT(*) FROM ingestion_run WHERE id = {run} AND state = 'published'"  # noqa: S608 - a number
    words = [sys.executable, "-m", "bench.child", "slots.step", json.dumps({"run": run, "name": "save_data"})]
    signs = {
        "consumer writes": grows(bench.observations),
        "save_data is published": lambda: lambda: bench.asked(published) == 1,
    }
    scenario = bench.server("kafka", signs, lambda: bench._keep(stack, f"save-{number}", words))  # noqa: SLF001
    return recovery(scenario, outage)


def _redis(bench: Bench, stack: ExitStack, number: int, outage: float) -> dict[str, float]:
    if number == 0:
        bench._keep(stack, "queue", [sys.executable, "-m", "bench.child", "feeding.queue", "{}"])  # noqa: SLF001
    wait_for(grows(bench.tasks_done)(), "the worker's work")
    return recovery(bench.server("redis", {"worker takes tasks": grows(bench.tasks_done)}), outage)


def _sql(bench: Bench, _stack: ExitStack, _number: int, outage: float) -> dict[str, float]:
    _long_run(bench)
    path = bench.here.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as other:
        signs = {
            "extraction goes on": grows(bench.pages),
            "API answers": answers(bench.web_port, "/api/v1/flights", bench.key),
        }
        lock = Scenario(
            lambda: other.execute("BEGIN EXCLUSIVE") and None, lambda: other.execute("ROLLBACK") and None, signs
        )
        return recovery(lock, outage)


def _upstream(bench: Bench, _stack: ExitStack, _number: int, outage: float) -> dict[str, float]:
    """Tries inside the step end before the outage does: what is left is a planned wait, which is cut short here."""
    run = _long_run(bench)
    bench.kill_upstream()
    time.sleep(outage)
    bench.revive_upstream()
    began = time.monotonic()
    wait_for(lambda: bench.asked(f"SELECT resumes_at IS NOT NULL FROM ingestion_run WHERE id = {run}") == 1, "a plan")  # noqa: S608
    more = grows(bench.pages)()
    told = bench.here.call("feeding.resume", run=run) or {}
    waited = time.monotonic() - began
    on = wait_for(more, "a page")
    return {
        "planned wait left at the return": round(told["planned_seconds"] + waited, 2),
        "from being due to the next page": round(on - told["queued_at"], 2),
    }


def _long_run(bench: Bench) -> int:
    run: int = (bench.here.call("feeding.long_run") or {})["run"]
    wait_for(grows(bench.pages)(), "the extraction's work")
    return run


MEASURES: dict[str, Callable[[Bench, ExitStack, int, float], dict[str, float]]] = {
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
        bench = Bench(here, stack)
        found = {name: measure(bench, name, given.repeat, given.outage) for name in given.parts}
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
