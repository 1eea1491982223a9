"""Kafka's jars: fetched once for a user, checked against the lock file, then used offline."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flightsite.embedded.errors import JarsUnavailable

if TYPE_CHECKING:
    from jgo.maven import MavenContext

LOCK_FILE = Path(__file__).with_name("kafka-4.3.1.lock")
PARALLEL_DOWNLOADS = 6


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock file."""

    coordinate: str
    sha256: str
    size: int

    def is_intact(self, path: Path) -> bool:
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def read_lock(lock_file: Path = LOCK_FILE) -> list[Jar]:
    lines = (line.split() for line in lock_file.read_text().splitlines() if line[:1] != "#")
    return [Jar(parts[0], parts[1].removeprefix("sha256:"), int(parts[2])) for parts in lines]


def classpath(cache: Path, lock_file: Path = LOCK_FILE) -> str:
    """The class path of a whole, verified set of jars; only the first call needs the network."""
    saved = _saved(cache, lock_file)
    if found := _saved_classpath(saved):
        return found
    cache.mkdir(parents=True, exist_ok=True)
    with _exclusive(cache / "fetch.lock"):
        if found := _saved_classpath(saved):
            return found
        context, pool = maven(cache), ThreadPoolExecutor(PARALLEL_DOWNLOADS)
        try:
            paths = list(pool.map(lambda jar: fetch(jar, context), read_lock(lock_file)))
        finally:
            pool.shutdown(cancel_futures=True)  # after a first failure the others are not tried
        text = os.pathsep.join(str(path) for path in paths)
        part = saved.with_suffix(".part")
        part.write_text(text)
        part.replace(saved)
    return text


def digest(lock_file: Path = LOCK_FILE) -> str:
    return hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]


def are_here(cache: Path) -> bool:
    return _saved_classpath(_saved(cache, LOCK_FILE)) is not None


def maven(cache: Path) -> "MavenContext":
    """Maven Central, as jgo reaches it, in front of a cache of our own."""
    from jgo.maven import MavenContext  # noqa: PLC0415  only a first start pays for this import

    return MavenContext(repo_cache=cache / "jars", local_repos=[], timeout=30)


def fetch(jar: Jar, context: "MavenContext") -> Path:
    """One verified jar; a damaged copy is deleted and fetched once more, never used."""
    path = _resolve(jar, context)
    if jar.is_intact(path):
        return path
    path.unlink(missing_ok=True)
    path = _resolve(jar, context)
    if jar.is_intact(path):
        return path
    path.unlink(missing_ok=True)
    raise JarsUnavailable(
        f"{jar.coordinate} came twice with a size or hash that is not the one in {LOCK_FILE.name}:"
        " something between here and Maven Central changes downloads."
    )


def _resolve(jar: Jar, context: "MavenContext") -> Path:
    group, artifact, version, *classifier = jar.coordinate.split(":")
    component = context.project(group, artifact).at_version(version)
    try:
        return component.artifact(*classifier).resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo's own are Runtime
        raise JarsUnavailable(
            f"Kafka's jars are not here yet and {jar.coordinate} could not be fetched from Maven"
            " Central: connect to the internet once, or set KAFKA_BOOTSTRAP_SERVERS to a broker."
        ) from error


def _saved_classpath(saved: Path) -> str | None:
    try:
        text = saved.read_text()
    except FileNotFoundError:
        return None
    return text if all(Path(path).is_file() for path in text.split(os.pathsep)) else None


def _saved(cache: Path, lock_file: Path) -> Path:
    return cache / f"classpath-{digest(lock_file)}.txt"


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
