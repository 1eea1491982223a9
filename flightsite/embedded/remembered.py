"""Pid files that name one process for sure: a pid alone may by now belong to a stranger."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil


def write(pid_file: Path, pid: int) -> None:
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(psutil.NoSuchProcess):  # it ended already: nothing to find again
        pid_file.write_text(f"{pid} {psutil.Process(pid).create_time()}")


def find(pid_file: Path) -> psutil.Process | None:
    """The very process that was written down, if it is still there."""
    try:
        pid, created = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(created)) < 1
        alive = process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return None
    return process if same and alive else None


def stop(process: psutil.Process, patience: float) -> None:
    """End the process and, since each of ours leads a group of its own, all it started."""
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        with suppress(psutil.TimeoutExpired):
            process.wait(patience)
    kill_group(process.pid)


def kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies is "permission"
        os.killpg(leader, signal.SIGKILL)
