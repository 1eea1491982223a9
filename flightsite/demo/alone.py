"""One demo on a data folder at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flightsite.demo.errors import DemoError


@contextmanager
def only_demo_on(data_dir: Path) -> Iterator[None]:
    """Refuse while another process is in here; its end, however it comes, lets the next one in."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise DemoError(
                f"another one, process {lock.read().strip()}, already runs on {data_dir}:"
                " stop it, or give this one another folder with --data-dir."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
