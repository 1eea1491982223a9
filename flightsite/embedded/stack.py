"""The embedded servers of one data folder, started and stopped together."""

import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TextIO

from flightsite.embedded import addresses, kafka, mongodb, redis
from flightsite.embedded.errors import DiskFull, FolderInUse
from flightsite.embedded.server import Server, ServerPlan

logger = logging.getLogger(__name__)

PLANS: dict[str, Callable[[addresses.Addresses, Path], ServerPlan]] = {
    "mongodb": mongodb.plan,
    "kafka": kafka.plan,
    "redis": redis.plan,
}
NEEDED_FREE_BYTES = 300_000_000


class Stack:
    """Owns a data folder's servers: a second owner is refused while the first one lives."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.addresses = addresses.reserve(self.data_dir)
        self._servers: dict[str, Server] = {}
        self._owner_lock: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def pids(self) -> dict[str, int]:
        return {name: server.pid for name, server in self._servers.items() if server.pid}

    @property
    def logs(self) -> list[Path]:
        return [server.plan.log for server in self._servers.values()]

    def start(self, needed: Iterable[str] = PLANS) -> None:
        """Start the needed servers side by side; if one fails, none is left running."""
        refuse_full_disk(self.data_dir)
        self._own_folder()
        servers = {name: Server(PLANS[name](self.addresses, self.data_dir)) for name in needed}
        self._servers |= servers
        try:
            _side_by_side([server.start for server in servers.values()])
        except BaseException:
            self.stop()
            raise

    def revive(self) -> list[str]:
        """Start again what has ended by itself; the names of those."""
        ended = [name for name, server in self._servers.items() if server.has_ended()]
        _side_by_side([self._servers[name].start for name in ended])
        return ended

    def stop(self) -> None:
        """Works without threads: a test run calls it while its interpreter is going down."""
        for server in self._servers.values():
            server.ask_to_stop()
        for server in self._servers.values():
            server.stop()
        if self._owner_lock is not None:
            self._owner_lock.close()
            self._owner_lock = None

    def _own_folder(self) -> None:
        if self._owner_lock is not None:
            return
        lock = (self.data_dir / "servers.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            owner = lock.read().strip() or "another process"
            lock.close()
            raise FolderInUse(
                f"process {owner} already runs servers on {self.data_dir}:"
                " stop it, or use another data folder (FLIGHTSITE_DATA_DIR)."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._owner_lock = lock


def refuse_full_disk(folder: Path, needed: int = NEEDED_FREE_BYTES) -> None:
    """A broker that meets a full disk shuts itself down: better not to start it."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(
            f"only {free // 1_000_000} MB are free on the disk of {folder} and the servers need"
            f" {needed // 1_000_000} MB: free some space, or set FLIGHTSITE_DATA_DIR elsewhere."
        )


def _side_by_side(calls: list[Callable[[], None]]) -> None:
    """Run all to their end, then raise the first error if there was one."""
    if not calls:
        return
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
    for future in futures:
        future.result()
