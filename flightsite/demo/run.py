"""Brings the whole system up, keeps it up, takes it down."""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from honcho.environ import parse_procfile  # type: ignore[import-untyped]

from flightsite.demo import processes, report, steps, world
from flightsite.demo.errors import DemoError
from flightsite.demo.options import LAST_PORT, ROOT, Options
from flightsite.demo.processes import AppProcess, Folders
from flightsite.demo.steps import Progress
from flightsite.embedded import addresses, fetch, logs
from flightsite.embedded.errors import EmbeddedServerError
from flightsite.embedded.stack import Stack

STOP_ORDER = ("web", "exporter", "beat", "worker", "consumer", "simulator")
METRICS_OFFSETS = {"exporter": 2, "worker": 3, "beat": 4, "consumer": 5}
LOOK_SECONDS = 0.5
SERVER_LOOK_SECONDS = 5.0


class Demo:
    """One demo on one data folder, which the caller holds the lock of."""

    def __init__(self, options: Options, environ: Mapping[str, str], progress: Progress) -> None:
        self.options = options
        self.progress = progress
        self.port = web_port(options.port)
        self.metrics_ports, simulator_port = other_ports(options.port)
        self.world = world.choose(options, environ, simulator_port)
        self.needed = {name for name, setting in world.SERVER_SETTINGS.items() if not world.is_set(environ, setting)}
        self.stack = Stack(self.world.folder)
        self.environment = world.child_environment(self.world, options, environ, self.stack.addresses, self.port)
        self.environment |= {f"{name.upper()}_METRICS_PORT": str(port) for name, port in self.metrics_ports.items()}
        progress.hidden.append(world.setting(self.environment, "AVIATIONSTACK_ACCESS_KEY"))
        self.folders = Folders(options.data_dir)
        self.apps = self._processes()
        self.running: dict[str, AppProcess] = {}
        self.state: dict[str, Any] = {}
        self.answers: list[dict[str, Any]] = []
        progress.watch = self._refuse_ended

    @property
    def pids(self) -> dict[str, int]:
        apps = {name: app.pid for name, app in self.running.items() if app.pid}
        return {"demo": os.getpid(), **self.stack.pids, **apps}

    def bring_up(self) -> dict[str, Any]:
        """Start everything, as much side by side as is safe; what the first collection brought."""
        for name in processes.stop_leftovers(self.folders):
            self.progress.say(f"stopped {name}, left by an earlier demo that was killed")
        processes.set_logs_aside(self.folders)
        if self.world.simulator_port:
            self._start("simulator")  # it needs no server, so it loads beside them
        self._start_servers()
        self._start("web", "worker")
        with self.progress.step("prepare", "databases, indexes, topics and an API key"):
            access = self._manage("prepare", "--demo-access", "--json", log="prepare")
        self._start("consumer", "beat", "exporter")
        with self.progress.step("answer", f"web server answers on port {self.port}"):
            self._wait_for_answers()
        with self.progress.step("ingest", "the current slot is collected, stored and closed"):
            ingest = self._manage("ingest", "--queue", "--json")
        self.state = self._describe(access)
        with self.progress.step("answers", "the analysts' questions are answered"):
            self.answers = self._wait_for_indicators(ingest["slot"])
        self._write_state()
        return ingest

    def stay_up(self) -> None:
        """Until asked to stop: start again what ends, keep logs small."""
        next_look = 0.0
        while not self.progress.asked_to_stop.wait(LOOK_SECONDS):
            happened = [what for app in self.running.values() if (what := app.revive())]
            if time.monotonic() > next_look:
                happened += self._look_after_servers()
                next_look = time.monotonic() + SERVER_LOOK_SECONDS
            for what in happened:
                self.progress.say(what)
            if happened:
                self._write_state()

    def shut_down(self) -> None:
        self.progress.say("stopping ...")
        report.remove_state(self.options.data_dir)
        apps = [self.running[name] for name in STOP_ORDER if name in self.running]
        for app in apps:
            if app.name != "simulator":  # whoever asks it may still finish
                app.ask_to_stop()
        for app in apps:
            app.stop()
        self.stack.stop()

    def _processes(self) -> dict[str, AppProcess]:
        lines = parse_procfile((ROOT / "Procfile").read_text()).processes
        lines["simulator"] += self.world.simulator_arguments
        return {name: AppProcess(name, lines[name], self.environment, self.folders) for name in STOP_ORDER}

    def _start(self, *names: str) -> None:
        self.progress.check_interrupt()
        for name in names:
            self.running[name] = self.apps[name]
            self.apps[name].start()

    def _start_servers(self) -> None:
        if not self.needed:
            return
        if "kafka" in self.needed and not fetch.is_done():
            self.progress.say("fetching Apache Kafka from Maven Central (45 MB, only this once) ...")
            with self.progress.step("fetch", "Apache Kafka is fetched, verified and made to start fast"):
                self._fetch_kafka()
        with self.progress.step("servers", f"embedded servers: {', '.join(sorted(self.needed))}"):
            self.stack.start(self.needed)

    def _fetch_kafka(self) -> None:
        words = [sys.executable, "-m", "flightsite.embedded.fetch"]
        try:
            steps.run_to_end(words, self.environment, self.progress)
        except DemoError as error:
            raise DemoError("Apache Kafka could not be fetched, for the reason above.") from error

    def _manage(self, *words: str, log: str | None = None) -> dict[str, Any]:
        output = steps.run_to_end(
            [sys.executable, "manage.py", *words],
            self.environment,
            self.progress,
            log=self.folders.log(log) if log else None,
        )
        return steps.last_json(output, f"manage.py {words[0]}")

    def _wait_for_answers(self) -> None:
        checks = [("web", self.port, "/healthz"), ("exporter", self.metrics_ports["exporter"], "/healthz")]
        if self.world.simulator_port:
            checks.append(("simulator", self.world.simulator_port, "/_control"))
        for name, port, path in checks:
            process = self.running[name]
            steps.wait_until_it_answers(process, port, path, self.progress)

    def _wait_for_indicators(self, slot: str) -> list[dict[str, Any]]:
        """The slot's answers as the API gives them, once the consumer has computed them all."""
        day, hour = slot.removesuffix("Z").split("T")
        path = f"/api/v1/slots/{day}/{hour}/indicators"
        found: list[dict[str, Any]] = []

        def are_computed() -> bool:
            found[:] = steps.get_json(self.port, path, self.state["api_key"])["data"]
            return all(answer["computed_at"] for answer in found)

        if not self.progress.wait_for(are_computed, steps.ANSWER_SECONDS):
            raise DemoError(f"GET {path} has no answers after {steps.ANSWER_SECONDS:.0f} s: see the consumer's log")
        return found

    def _refuse_ended(self) -> None:
        for name, process in self.running.items():
            if (code := process.end_code()) is not None:
                ending = logs.tail(process.log)
                raise DemoError(f"{name} ended with {code}; {process.log} ends:\n{ending}")

    def _look_after_servers(self) -> list[str]:
        for path in [*self.stack.logs, *(process.log for process in self.running.values())]:
            logs.cap(path)
        try:
            return [f"{name} is started again" for name in self.stack.revive()]
        except EmbeddedServerError as error:
            return [str(error)]

    def _describe(self, access: Mapping[str, Any]) -> dict[str, Any]:
        names = ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "REDIS_URL", "DATABASE_URL")
        return {
            "base_url": f"http://{addresses.HOST}:{self.port}",
            "metrics": {
                name: f"http://{addresses.HOST}:{port}/metrics"
                for name, port in {"web": self.port, **self.metrics_ports}.items()
            },
            **{name: access[name] for name in ("api_key", "admin_user", "admin_password")},
            **{name.lower(): world.setting(self.environment, name) for name in names},
            "upstream_url": self.world.upstream_url,
        }

    def _write_state(self) -> None:
        self.state["pids"] = self.pids
        report.write_state(self.options.data_dir, self.state)


def other_ports(web: int) -> tuple[dict[str, int], int]:
    """Where the metrics of each other process are served, and the simulator's port.

    Two to five above web's port, as the Procfile has them, so that Prometheus finds them; any free one for those taken.
    """
    simulator, *free = addresses.free_ports(1 + len(METRICS_OFFSETS))
    wanted = {name: web + offset if web else 0 for name, offset in METRICS_OFFSETS.items()}
    chosen = {
        name: port if 0 < port <= LAST_PORT and addresses.is_free(port) else other
        for (name, port), other in zip(wanted.items(), free, strict=True)
    }
    return chosen, simulator


def web_port(asked: int) -> int:
    if asked == 0:
        return addresses.choose_ports().kafka
    if not addresses.is_free(asked):
        raise DemoError(
            f"port {asked} is in use: stop what listens there, or choose another with --port N"
            " (--port 0 takes any free one)."
        )
    return asked
