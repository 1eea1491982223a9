"""Log files of child processes that never grow without end."""

import os
from pathlib import Path
from typing import BinaryIO

CAP_BYTES = 5_000_000
TAIL_BYTES = 100_000


def open_log(path: Path) -> BinaryIO:
    """A file to hand to a child; appending, so that `cap` may shorten it under the child's feet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def set_aside(path: Path) -> None:
    """Keep an earlier run's log as `NAME.1`, so that a new one tells of its own run only."""
    if path.exists():
        path.replace(path.with_name(path.name + ".1"))


def cap(path: Path, limit: int = CAP_BYTES) -> None:
    """Keep what a too large log ends with as `NAME.1` and empty the log in place."""
    if not path.exists() or path.stat().st_size <= limit:
        return
    with path.open("rb") as log:
        log.seek(-limit, os.SEEK_END)
        path.with_name(path.name + ".1").write_bytes(log.read())
    os.truncate(path, 0)


def tail(path: Path, lines: int = 15) -> str:
    """The last lines, for a person who must find out why a process ended."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - TAIL_BYTES))
        text = log.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])
