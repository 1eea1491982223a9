"""What a bench runs on: servers, data folder and databases of its own, gone when it ends."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flightsite.embedded.stack import Stack

ROOT = Path(__file__).parents[1]
EMBEDDED = "embedded"
LARGE_ALLOWANCE = "5000000"  # requests a month: a slot may then take every page that the bench serves
DROP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The environment of every process that a bench starts, and the folder for what it writes."""

    environment: dict[str, str]
    folder: Path
    stack: Stack

    def call(self, part: str, *, within: float | None = None, **arguments: Any) -> dict[str, Any] | None:
        """Run `bench.<part>` in a fresh process; its answer, or None when it took longer."""
        words = [sys.executable, "-m", "bench.child", part, json.dumps(arguments)]
        try:
            done = subprocess.run(
                words, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, check=True, timeout=within
            )
        except subprocess.TimeoutExpired:
            return None
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def manage(self, *words: str) -> None:
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, check=True)

    @contextmanager
    def running(self, words: Sequence[str], log: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process beside the bench, asked to stop at the end."""
        with (self.folder / f"{log}.log").open("wb") as errors:
            process = subprocess.Popen(
                words, cwd=ROOT, env=self.environment | environment, stdout=subprocess.PIPE, stderr=errors
            )
            try:
                yield process
            finally:
                process.terminate()
                process.communicate()

    @contextmanager
    def documents_apart(self, name: str) -> Iterator["Surroundings"]:
        """The same surroundings with a new MongoDB database: nothing there, indexes and topics in place."""
        uri = urlsplit(self.environment["MONGODB_URI"])
        told = {"MONGODB_URI": urlunsplit(uri._replace(path=f"{uri.path}_{name}"))}
        there = replace(self, environment=self.environment | told)
        there.call("slots.prepare")
        yield there
        with suppress(subprocess.CalledProcessError):  # an engine that is slow to drop is no reason to lose figures
            there.call("slots.drop_database", within=DROP_SECONDS)

    @contextmanager
    def upstream(self, pages: Path) -> Iterator["Surroundings"]:
        """The same surroundings with an upstream that serves these pages."""
        with self.running([sys.executable, "-m", "bench.pages", str(pages)], "pages") as server:
            port = int(server.stdout.readline()) if server.stdout else 0
            told = {"AVIATIONSTACK_BASE_URL": f"http://127.0.0.1:{port}/v1"}
            yield replace(self, environment=self.environment | told)


def worker_command() -> list[str]:
    """How the Procfile starts the worker."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    line = next(line.removeprefix("worker:") for line in lines if line.startswith("worker:"))
    return ["/bin/sh", "-c", f"exec {line}"]


@contextmanager
def surroundings(engine: str) -> Iterator[Surroundings]:
    """Servers on a temporary folder; `engine` is "embedded" or the URI of a MongoDB that somebody else runs."""
    folder = Path(tempfile.mkdtemp(prefix="flightsite-bench-"))
    try:
        with Stack(folder / "servers") as stack:
            stack.start(name for name in ("mongodb", "kafka", "redis") if name != "mongodb" or engine == EMBEDDED)
            uri = stack.addresses.mongodb_uri if engine == EMBEDDED else engine
            here = Surroundings(_environment(stack, uri, folder), folder, stack)
            here.manage("migrate", "--verbosity", "0")
            yield here
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(stack: Stack, uri: str, folder: Path) -> dict[str, str]:
    database = f"/flightsite_bench_{os.getpid()}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "flightsite.settings",
        "DJANGO_DEBUG": "1",
        "FLIGHTSITE_DATA_DIR": str(folder / "data"),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "MONGODB_URI": urlunsplit(urlsplit(uri)._replace(path=database)),
        "KAFKA_BOOTSTRAP_SERVERS": stack.addresses.kafka_bootstrap_servers,
        "REDIS_URL": stack.addresses.redis_url,
        "AVIATIONSTACK_ACCESS_KEY": "0" * 32,
        "AVIATIONSTACK_BASE_URL": "http://127.0.0.1:9/v1",
        "AVIATIONSTACK_MONTHLY_REQUESTS": LARGE_ALLOWANCE,
        "WORKER_METRICS_PORT": "",  # not served
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }
