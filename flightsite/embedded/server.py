"""One server process on one folder: started once, found again after a crash, stopped for sure."""

import fcntl
import logging
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from flightsite.embedded import addresses, logs, remembered
from flightsite.embedded.errors import FolderInUse, PortTaken, StartFailed

logger = logging.getLogger(__name__)

START_SECONDS = 90.0
STOP_SECONDS = 20.0
KILL_SECONDS = 5.0
RELEASE_SECONDS = 1.0
POLL_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What differs from one kind of server to the next."""

    name: str
    folder: Path
    ports: tuple[int, ...]
    answers: Callable[[], bool]
    command: Callable[[], list[str]]  # called with the folder locked: it may fetch and format

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / "server.pid"


class Server:
    """A server process; its folder's lock is inherited by it, so held for just as long."""

    def __init__(self, plan: ServerPlan) -> None:
        self.plan = plan
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Return when the server answers; one that a dead parent left behind is stopped first."""
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        with (self.plan.folder / "server.lock").open("a") as lock:
            self._lock(lock)
            self._refuse_taken_ports()
            command = self.plan.command()
            logs.set_aside(self.plan.log)
            with logs.open_log(self.plan.log) as log:
                self._process = subprocess.Popen(  # noqa: S603  a command built here
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.plan.folder,
                    start_new_session=True,
                    pass_fds=[lock.fileno()],
                )
        remembered.write(self.plan.pid_file, self._process.pid)
        self._wait_until_it_answers(self._process)

    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Return when the process is gone and its ports are free again."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            logger.warning("%s did not stop in %.0f s: killed", self.plan.name, STOP_SECONDS)
            self._process.kill()
            self._process.wait(KILL_SECONDS)
        self._process = None
        self.plan.pid_file.unlink(missing_ok=True)
        _wait(lambda: all(map(addresses.is_free, self.plan.ports)), KILL_SECONDS)

    def _lock(self, lock: TextIO) -> None:
        if _try_lock(lock):
            return
        if (orphan := remembered.find(self.plan.pid_file)) is None:
            raise FolderInUse(f"another program holds {lock.name}: stop it, or use another folder")
        logger.warning("stopping %s (pid %d), left by an earlier run", self.plan.name, orphan.pid)
        remembered.stop(orphan, STOP_SECONDS)
        if not _wait(lambda: _try_lock(lock), KILL_SECONDS):
            raise FolderInUse(f"pid {orphan.pid} still holds {lock.name} after a kill")

    def _refuse_taken_ports(self) -> None:
        for port in self.plan.ports:
            if not _wait(partial(addresses.is_free, port), RELEASE_SECONDS):
                kept = self.plan.folder.parent / addresses.FILE_NAME
                raise PortTaken(
                    f"port {port}, kept for {self.plan.name} in {kept}, is used by another program:"
                    " stop that program, or delete the file to get new ports."
                )

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        def settled() -> bool:
            return process.poll() is not None or self.plan.answers()

        answered = _wait(settled, START_SECONDS) and process.poll() is None
        if answered:
            return
        code = process.poll()
        what = f"did not answer in {START_SECONDS:.0f} s" if code is None else f"ended with {code}"
        self.stop()
        raise StartFailed(f"{self.plan.name} {what}; {self.plan.log} ends:\n{logs.tail(self.plan.log)}")


def _try_lock(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true in time; asked at least once."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True
