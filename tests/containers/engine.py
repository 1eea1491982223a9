"""The Docker engine: the one that answers, or one of this test's own where that is asked for.

`CONTAINERS_DOCKERD=1` starts `dockerd` (as root) with its data, socket and pid file below `CONTAINERS_FOLDER`, which
keeps its images for the next time, or below a folder that goes with the test.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.containers.running import succeeds, wait_until


class NoEngine(Exception):
    """Why there is none."""


@contextmanager
def engine() -> Iterator[dict[str, str]]:
    """The environment for docker's commands; raises NoEngine."""
    env = {**os.environ, "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "0"), "COMPOSE_INTERACTIVE_NO_CLI": "1"}
    if not shutil.which("docker"):
        raise NoEngine("there is no `docker` on the path")
    if not os.environ.get("CONTAINERS_DOCKERD"):
        if not succeeds("docker", "version", env=env):
            raise NoEngine("no Docker engine answers (CONTAINERS_DOCKERD=1, as root, starts one for this test)")
        yield env
        return
    with _folder() as folder, _dockerd(folder, env) as own:
        yield own


@contextmanager
def _folder() -> Iterator[Path]:
    if kept := os.environ.get("CONTAINERS_FOLDER"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept)
        return
    made = Path(tempfile.mkdtemp(prefix="flightsite-dockerd-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _dockerd(folder: Path, env: dict[str, str]) -> Iterator[dict[str, str]]:
    program = shutil.which("dockerd") or "/usr/sbin/dockerd"
    if not Path(program).exists() or os.geteuid() != 0:
        raise NoEngine("CONTAINERS_DOCKERD=1 needs `dockerd` and root")
    socket = f"unix://{folder}/docker.sock"
    places = ["--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "docker.pid"]
    with (folder / "dockerd.log").open("ab") as log:
        daemon = subprocess.Popen(
            [program, *map(str, places), "-H", socket], stdout=log, stderr=log, start_new_session=True
        )
    own = env | {"DOCKER_HOST": socket}
    try:
        wait_until(lambda: succeeds("docker", "version", env=own) or daemon.poll() is not None, 60, "dockerd answers")
        if daemon.poll() is not None:
            raise NoEngine(f"dockerd ended with {daemon.returncode}: see {folder}/dockerd.log")
        yield own
    finally:
        with suppress(ProcessLookupError):
            os.kill(daemon.pid, signal.SIGTERM)
        daemon.wait(60)
        for left in (folder / "exec" / "netns").glob("*"):  # dockerd leaves the machine's own network mounted there
            succeeds("umount", str(left), env=env)
