"""docker-compose.yml as it is, under a project name and on ports of its own."""

import json
import os
import re
import signal
import time
import uuid
from pathlib import Path

import yaml

from tests.containers.running import run, succeeds, wait_until

ROOT = Path(__file__).parents[2]
PORTS = {
    "WEB_PORT": "28100-28102",
    "KAFKA_PORT": 28110,
    "PROMETHEUS_PORT": 28111,
    "ALERTMANAGER_PORT": 28112,
    "GRAFANA_PORT": 28113,
}
HEALTHY_SECONDS = 180


def images() -> dict[str, str]:
    """The default of each variable that names an image."""
    text = "".join((ROOT / each).read_text() for each in ("docker-compose.yml", "ops/kafka.compose.yml"))
    return dict(re.findall(r"\$\{(\w+_IMAGE):-([^}]+)\}", text))


class Stack:
    """All services but those left out; `seconds` says how long each thing took."""

    def __init__(self, env: dict[str, str], folder: Path, without: set[str]) -> None:
        self.project = f"flightsite-test-{uuid.uuid4().hex[:6]}"
        self._without = without
        self.seconds: dict[str, float] = {}
        told = {**PORTS, "COMPOSE_PROJECT_NAME": self.project, "SLOT_MAX_PAGES": 5, "WORKER_CONCURRENCY": 1}
        env_file = folder / "env"
        env_file.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
        self.env = env | {name: str(value) for name, value in told.items()}
        self._words = [*_compose(env), "--env-file", str(env_file), "--project-directory", str(ROOT)]
        self._words += ["--file", str(ROOT / "docker-compose.yml"), "--profile", "demo"]

    def compose(self, *words: str, timeout: float = 900) -> str:
        return run([*self._words, *words], env=self.env, cwd=ROOT, timeout=timeout)

    @property
    def services(self) -> list[str]:
        return [name for name in yaml.safe_load(self.compose("config"))["services"] if name not in self._without]

    def up(self, *more: str) -> None:
        self.compose("up", "--detach", "--no-build", *more, *self.services)

    def down(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")

    def containers(self, service: str) -> list[str]:
        labels = [f"label=com.docker.compose.{name}" for name in (f"project={self.project}", f"service={service}")]
        filters = [word for label in labels for word in ("--filter", label)]
        return run(["docker", "ps", "--all", "--quiet", "--no-trunc", *filters], env=self.env).split()

    def inspect(self, container: str) -> dict:
        return json.loads(run(["docker", "inspect", container], env=self.env))[0]

    def is_healthy(self, service: str) -> bool:
        states = [self.inspect(container)["State"] for container in self.containers(service)]
        return bool(states) and all(state.get("Health", {}).get("Status") == "healthy" for state in states)

    def kill(self, service: str) -> None:
        """End a container's first process as the kernel would: `docker kill` would count as asked for."""
        [container] = self.containers(service)
        os.kill(self.inspect(container)["State"]["Pid"], signal.SIGKILL)

    def wait_until_back(self, service: str, before: str) -> float:
        def is_back() -> bool:
            [container] = self.containers(service)
            return self.inspect(container)["State"]["StartedAt"] != before and self.is_healthy(service)

        return wait_until(is_back, HEALTHY_SECONDS, f"{service} is back and healthy")

    def started_at(self, service: str) -> str:
        [container] = self.containers(service)
        return self.inspect(container)["State"]["StartedAt"]

    def stop(self, service: str) -> tuple[float, list[int]]:
        """The seconds that `docker stop` took, and the exit codes."""
        containers, begun = self.containers(service), time.monotonic()
        run(["docker", "stop", *containers], env=self.env)
        taken = time.monotonic() - begun
        return taken, [self.inspect(container)["State"]["ExitCode"] for container in containers]

    def manage(self, *words: str, service: str = "web") -> str:
        """What a command of the project says in a running container."""
        container = self.containers(service)[0]
        return run(["docker", "exec", container, "python", "manage.py", *words], env=self.env)

    def port(self, service: str, port: int) -> int:
        return int(run(["docker", "port", self.containers(service)[0], f"{port}/tcp"], env=self.env).split(":")[-1])

    def memory(self) -> dict[str, str]:
        told = run(["docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"], env=self.env)
        mine = [line.split() for line in told.splitlines() if line.startswith(self.project)]
        return {re.sub(r"[-_]\d+$", "", words[0])[len(self.project) + 1 :]: words[1] for words in mine}


def _compose(env: dict[str, str]) -> list[str]:
    return ["docker", "compose"] if succeeds("docker", "compose", "version", env=env) else ["docker-compose"]
