"""The real processes, driven as a person would: by commands and signals."""

import json
import os
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from honcho.environ import parse_procfile

from flightsite.demo import processes
from flightsite.embedded import logs
from flightsite.embedded.addresses import choose_ports, free_ports
from tests.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90
METRICS_PORTS = ("WORKER_METRICS_PORT", "BEAT_METRICS_PORT", "CONSUMER_METRICS_PORT")


def until(condition, what):
    """Wait for something that other processes bring about."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE_SECONDS} s"
        time.sleep(0.05)
    return found


def is_up(base_url):
    try:
        return httpx.get(f"{base_url}/healthz").status_code == 200
    except httpx.HTTPError:
        return False


class System:
    """Processes of one installation: they share the test's servers and have a SQL database of their own."""

    def __init__(self, folder, upstream):
        self.folder = folder
        self.environment = os.environ | {
            "FLIGHTSITE_DATA_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "AVIATIONSTACK_BASE_URL": upstream.base_url,
            "SLOT_MAX_PAGES": "26",  # on whatever day of the month
            **dict.fromkeys(METRICS_PORTS, ""),
            "REDIS_URL": urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path="/7")),
        }
        self.started = []

    def manage(self, *words):
        """Run a command to its end; its output of both kinds. A failure shows all of it."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        self.log(done.stdout + done.stderr)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *words):
        """Start a process that stays; its output goes to the log."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def start_line(self, name, **environment):
        """Start a process by its line of the Procfile, as honcho and the demo do."""
        line = parse_procfile((ROOT / "Procfile").read_text()).processes[name]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        process = processes.spawn(line, self.environment | {"PATH": path} | environment, self.folder / f"{name}.log")
        self.started.append(process)
        return process

    def told_by(self, name):
        return logs.tail(self.folder / f"{name}.log", 200)

    def serve(self):
        """Start the web server; its address once it answers."""
        port = choose_ports().kafka
        self.start("-m", "uvicorn", "flightsite.asgi:application", "--port", str(port), "--no-access-log")
        base_url = f"http://127.0.0.1:{port}"
        until(lambda: is_up(base_url), "the web server")
        return base_url

    def export(self):
        """Start the exporter; its address once it answers."""
        port = str(free_ports(1)[0])
        self.start_line("exporter", EXPORTER_METRICS_PORT=port)
        base_url = f"http://127.0.0.1:{port}"
        until(lambda: is_up(base_url), "the exporter")
        return base_url

    @property
    def said(self):
        """Everything that the processes have said so far."""
        return (self.folder / "log").read_text()

    def log(self, text):
        with (self.folder / "log").open("a") as log:
            log.write(text)

    def stop(self):
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait(PATIENCE_SECONDS)


OWN_SETTINGS = """
from flightsite.settings import *
KAFKA_OBSERVED_TOPIC = "test.{own}.observed"
KAFKA_DEAD_LETTER_TOPIC = "test.{own}.dead-letter"
KAFKA_CONSUMER = {{"group.id": "test.{own}"}}
"""


@pytest.fixture
def system(tmp_path, documents, upstream, settings):
    """With topics of its own: runs of two tests have the same name, and one would read the other's messages.

    The settings stand outside of tests/, whose import starts servers.
    """
    made, own = System(tmp_path, upstream), uuid.uuid4().hex[:8]
    (tmp_path / "own_settings.py").write_text(OWN_SETTINGS.format(own=own))
    made.environment |= {"DJANGO_SETTINGS_MODULE": "own_settings", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    settings.KAFKA_OBSERVED_TOPIC = f"test.{own}.observed"
    settings.KAFKA_DEAD_LETTER_TOPIC = f"test.{own}.dead-letter"
    made.manage("prepare")
    yield made
    made.stop()


@contextmanager
def behind_a_line(system, name):
    """The server of this setting behind a line that can be told to misbehave, for the processes started after this."""
    found = urlsplit(system.environment[name])
    line = Proxy(found.port, host=found.hostname)
    system.environment[name] = urlunsplit(found._replace(netloc=f"127.0.0.1:{line.port}"))
    yield line
    line.close()


@pytest.fixture
def wire(system):
    with behind_a_line(system, "MONGODB_URI") as line:
        yield line


@pytest.fixture
def queue_line(system):
    with behind_a_line(system, "REDIS_URL") as line:
        yield line


@dataclass(frozen=True)
class Site:
    """The web server of an installation, and what lets a person in."""

    base_url: str
    api_key: str
    admin_user: str
    admin_password: str


@pytest.fixture
def site(system):
    return Site(system.serve(), **json.loads(system.manage("prepare", "--demo-access", "--json")))
