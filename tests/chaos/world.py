"""An installation of its own: real servers behind proxies, real processes, all of which may be hurt."""

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from flightsite.demo.processes import spawn
from flightsite.embedded import addresses, kafka, mongodb, redis
from flightsite.embedded.server import Server, ServerPlan
from ingestion.simulator.options import SimulatorOptions
from ingestion.simulator.server import SimulatorServer
from tests.environment import CANARY_KEY
from tests.proxy import HOST, Proxy

ROOT = Path(__file__).resolve().parents[2]
INSTALLATION = Path(__file__).parent / "installation"  # on its own path: to import `tests` starts a test run's servers
ROWS = 300  # what the upstream announces: three pages a query, two queries a slot
DATABASE = "chaos"
CONSUME = "python manage.py consume"
COMMANDS = {
    "worker": "celery -A flightsite worker --concurrency 1 --loglevel INFO --without-gossip --without-mingle",
    "beat": "celery -A flightsite beat --schedule {folder}/beat --pidfile=",
    "consumer-1": CONSUME,
    "consumer-2": CONSUME,
}


class World:
    """Everything that one installation is made of, each part by name; `mend` makes it whole again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._closing = ExitStack()
        ports = addresses.choose_ports()
        self.upstream = self._closing.enter_context(SimulatorServer(_options()))
        self.lines = {
            "mongodb": Proxy(ports.mongodb),
            "mongodb of consumer-1": Proxy(ports.mongodb),
            "kafka": Proxy(ports.kafka),
            "redis": Proxy(ports.redis),
            "upstream": Proxy(urlsplit(self.upstream.root_url).port),
        }
        for line in self.lines.values():
            self._closing.callback(line.close)
        here = addresses.Addresses(ports)
        self.servers = {
            "mongodb": Server(_mongodb_plan(here, folder)),
            "kafka": Server(kafka.plan(here, folder, advertised_port=self.lines["kafka"].port)),
            "redis": Server(redis.plan(here, folder)),
        }
        self.mongodb_uri = f"mongodb://{HOST}:{ports.mongodb}/{DATABASE}?directConnection=true"
        self.sql = folder / "db.sqlite3"
        self.environment = os.environ | self._addresses()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.gave_up: list[str] = []  # processes that ended by themselves

    def start(self) -> None:
        for server in self.servers.values():
            self._closing.callback(server.stop)
            server.start()
        self._closing.callback(self._end_processes)
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=self.environment, check=True)
        self._driver = subprocess.Popen(
            [sys.executable, INSTALLATION / "chaos_driver.py"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._closing.callback(self._end_driver)
        self.mend()

    def close(self) -> None:
        self._closing.close()

    def open_run(self, slot: str) -> str:
        """Open the run of a slot; beat's next look starts it. Returns the run's key."""
        print(slot, file=self._driver.stdin, flush=True)
        return self._driver.stdout.readline().strip()

    def begin(self, name: str) -> None:
        command = COMMANDS.get(name, CONSUME).format(folder=self.folder)
        environment = self.environment | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        if name == "consumer-1":
            environment["MONGODB_URI"] = self._through(self.lines["mongodb of consumer-1"])
        self.processes[name] = spawn(command, environment, self.log(name))

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def kill(self, name: str) -> None:
        """SIGKILL: a server, a process with all its children, or only the child that works."""
        if name in self.servers:
            os.kill(self.servers[name].pid, signal.SIGKILL)
            return
        leader = self.processes[name.removesuffix("-child")]
        if name.endswith("-child"):
            for child in _children(leader):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            return
        _signal_group(leader, signal.SIGKILL)
        leader.wait()

    def signal(self, name: str, number: int) -> None:
        if name in self.servers:
            os.kill(self.servers[name].pid, number)
        else:
            _signal_group(self.processes[name], number)

    def limit(self, name: str, size: int) -> None:
        """No file of a process and its children may grow beyond so many bytes: to them the disk is full."""
        leader = self.processes[name]
        for pid in (leader.pid, *(child.pid for child in _children(leader))):
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def mend(self) -> None:
        """Start what has ended, let go on what was stopped, open every line."""
        for line in self.lines.values():
            line.mend()
        self.upstream.simulator.control({"faults": {"slow": 1.0}, "slow_seconds": 0.15})
        for server in self.servers.values():
            if server.has_ended():
                server.start()
            os.kill(server.pid, signal.SIGCONT)
        self.supervise()
        for name in COMMANDS:
            _signal_group(self.processes[name], signal.SIGCONT)
            self.limit(name, resource.RLIM_INFINITY)

    def supervise(self) -> None:
        """Start what has ended, as whoever runs processes does; one that ended by itself is told of."""
        for name in COMMANDS:
            process = self.processes.get(name)
            ended = None if process is None else process.poll()
            if process is None or ended is not None:
                self.begin(name)
            if ended is not None and ended >= 0:
                self.gave_up.append(f"{name} with exit code {ended}")

    def _end_driver(self) -> None:
        self._driver.communicate(timeout=10)

    def _end_processes(self) -> None:
        for process in self.processes.values():
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def _through(self, line: Proxy) -> str:
        options = "directConnection=true&serverSelectionTimeoutMS=2000&socketTimeoutMS=10000"
        return f"mongodb://{HOST}:{line.port}/{DATABASE}?{options}"

    def _addresses(self) -> dict[str, str]:
        port = {name: line.port for name, line in self.lines.items()}
        return {
            "DJANGO_SETTINGS_MODULE": "chaos_settings",
            "PYTHONPATH": f"{INSTALLATION}:{ROOT}",
            "FLIGHTSITE_DATA_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.sql}",
            "MONGODB_URI": self._through(self.lines["mongodb"]),
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{port['kafka']}",
            "REDIS_URL": f"redis://{HOST}:{port['redis']}/0",
            "AVIATIONSTACK_BASE_URL": f"http://{HOST}:{port['upstream']}/v1",
            "AVIATIONSTACK_ACCESS_KEY": CANARY_KEY,
            "AVIATIONSTACK_MONTHLY_REQUESTS": "100000",
        }


def _mongodb_plan(here: addresses.Addresses, folder: Path) -> ServerPlan:
    """The embedded engine, or the one that CHAOS_MONGODB_COMMAND starts (`{port}` and `{folder}` are filled in)."""
    embedded = mongodb.plan(here, folder)
    command = os.environ.get("CHAOS_MONGODB_COMMAND")
    if not command:
        return embedded
    told = command.format(port=here.ports.mongodb, folder=embedded.folder / "data")
    return replace(embedded, command=lambda: ["/bin/sh", "-c", f"exec {told}"])


def _options() -> SimulatorOptions:
    return SimulatorOptions(access_key=CANARY_KEY, quota=100_000, total_cap=ROWS, churn=0.3)


def _children(leader: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(leader.pid).children(recursive=True)
    return []


def _signal_group(leader: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, number)


def wait_until(condition, seconds: float, pause: float = 0.02):
    """What the condition gives once it is true; None when time ran out."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(pause)
    return found or None
