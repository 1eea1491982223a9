"""Embedded servers for a test run: those whose address nobody gave, on a folder of their own."""

import fcntl
import os
from pathlib import Path

from flightsite.embedded import remembered
from flightsite.embedded.stack import Stack

SETTINGS = {"mongodb": "MONGODB_URI", "kafka": "KAFKA_BOOTSTRAP_SERVERS", "redis": "REDIS_URL"}
PATIENCE_SECONDS = 10

_started: list[Stack] = []


def start_test_servers(folder: Path) -> dict[str, str]:
    """The three addresses, given or just started; callable before Django's settings load."""
    stop_abandoned(folder.parent.parent, f"flightsite-test-*/{folder.name}")
    stack = Stack(folder)
    _started.append(stack)
    own = stack.addresses
    addresses = {
        "MONGODB_URI": own.mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": own.kafka_bootstrap_servers,
        "REDIS_URL": own.redis_url,
    }
    given = {name: os.environ[name] for name in addresses if os.environ.get(name)}
    stack.start(name for name, setting in SETTINGS.items() if setting not in given)
    return addresses | given


def stop_test_servers() -> None:
    while _started:
        _started.pop().stop()


def stop_abandoned(where: Path, folders: str) -> None:
    """End servers of test runs that were killed: nobody holds their folder's lock any more."""
    for pid_file in where.glob(f"{folders}/*/server.pid"):
        with (pid_file.parents[1] / "servers.lock").open("a") as lock:
            if process := _is_mine_now(lock.fileno()) and remembered.find(pid_file):
                remembered.stop(process, PATIENCE_SECONDS)


def _is_mine_now(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
