"""An installation of real processes that loses one dependency at a time, and what tells from outside that it works."""

import http.client
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
from typing import Any
from urllib.parse import urlsplit

import pymongo
from pymongo.errors import PyMongoError

from bench.servers import ROOT, Surroundings, worker_command
from flightsite.embedded import addresses

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 120.0
SLOW_PAGES = ["--faults", "slow=1.0", "--slow-seconds", "0.2", "--churn", "0", "--total-cap", "0", "--quota", "1000000"]

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


class Installation:
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
        self.keep(stack, "consumer", [sys.executable, "manage.py", "consume"])
        self.keep(stack, "worker", worker_command())
        web = ["-m", "uvicorn", "flightsite.asgi:application", "--port", str(self.web_port), "--no-access-log"]
        self.keep(stack, "web", [sys.executable, *web])
        self.keep(stack, "feeder", [sys.executable, "-m", "bench.child", "feeding.observations", "{}"])
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

    def keep(self, stack: ExitStack, name: str, words: list[str]) -> None:
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
