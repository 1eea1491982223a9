"""The demo's own processes: each with a log, a pid file and a group of its own."""

import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flightsite.demo.options import ROOT
from flightsite.embedded import logs, remembered

STOP_SECONDS = 10.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a demo keeps what is about its processes and not about flights."""

    data_dir: Path

    def log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        return self.data_dir / "run" / f"{name}.pid"


@dataclass(slots=True)
class AppProcess:
    """One line of the Procfile while it runs; started again, ever later, if it keeps ending."""

    name: str
    command: str
    environment: Mapping[str, str] = field(repr=False)
    folders: Folders
    pause: float = FIRST_PAUSE
    _process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _due: float | None = None
    _asked: bool = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        return self.folders.log(self.name)

    def start(self) -> None:
        self._process = spawn(self.command, self.environment, self.log)
        remembered.write(self.folders.pid_file(self.name), self._process.pid)
        self._started, self._due, self._asked = time.monotonic(), None, False

    def end_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def revive(self) -> str | None:
        """One look at a process that should be up; what happened, if anything did."""
        code, now = self.end_code(), time.monotonic()
        if code is None:
            return None
        if self._due is None:
            if now - self._started > STEADY_SECONDS:
                self.pause = FIRST_PAUSE
            self._due = now + self.pause
            pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
            return f"{self.name} ended with {code} (see {self.log}); starts again in {pause:.0f} s"
        if now < self._due:
            return None
        self.start()
        return f"{self.name} is started again, pid {self.pid}"

    def ask_to_stop(self) -> None:
        """For several to end side by side; `stop` each of them afterwards."""
        if self._process is not None and not self._asked:
            self._process.terminate()
            self._asked = True

    def stop(self) -> None:
        if self._process is not None:
            self.ask_to_stop()
            see_off(self._process)
            self._process = None
        self.folders.pid_file(self.name).unlink(missing_ok=True)


def spawn(command: str, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with logs.open_log(log) as output:
        return subprocess.Popen(  # noqa: S603  lines of our own Procfile
            ["/bin/sh", "-c", f"exec {command}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], patience: float = STOP_SECONDS) -> None:
    """SIGTERM to the leader, who knows how to end its workers; SIGKILL to whatever is left."""
    process.terminate()
    see_off(process, patience)


def see_off(process: subprocess.Popen[bytes], patience: float = STOP_SECONDS) -> None:
    """Wait for the end of one that was asked to stop; SIGKILL to whatever is left."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    remembered.kill_group(process.pid)
    process.wait(patience)


def set_logs_aside(folders: Folders) -> None:
    for log in list(folders.data_dir.glob("logs/*.log")):
        logs.set_aside(log)


def stop_leftovers(folders: Folders) -> list[str]:
    """End what a demo that was itself killed has left behind; their names."""
    names = []
    for pid_file in sorted(folders.data_dir.glob("run/*.pid")):
        if process := remembered.find(pid_file):
            names.append(f"{pid_file.stem} (pid {process.pid})")
            remembered.stop(process, STOP_SECONDS)
        pid_file.unlink(missing_ok=True)
    return names
