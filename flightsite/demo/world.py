"""Where flights come from in this run, and so which folder keeps them: sources never mix."""

import hashlib
import os
import secrets
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flightsite.collection import ALL_FLIGHTS
from flightsite.demo.errors import DemoError
from flightsite.demo.options import ROOT, Options
from flightsite.embedded.addresses import HOST, Addresses

UPSTREAM_URL = "https://api.aviationstack.com/v1"
SERVER_SETTINGS = {
    "mongodb": "MONGODB_URI",
    "kafka": "KAFKA_BOOTSTRAP_SERVERS",
    "redis": "REDIS_URL",
}
DIGEST_LENGTH = 8


@dataclass(frozen=True, slots=True)
class World:
    folder: Path
    upstream_url: str
    simulator_port: int | None  # None: the upstream is not ours to start
    simulator_arguments: str = ""


def choose(options: Options, environ: Mapping[str, str], simulator_port: int) -> World:
    base_url = setting(environ, "AVIATIONSTACK_BASE_URL")
    if base_url or is_set(environ, "AVIATIONSTACK_ACCESS_KEY"):
        if options.recorded:
            raise DemoError(
                "--recorded needs the simulator: unset AVIATIONSTACK_ACCESS_KEY and"
                " AVIATIONSTACK_BASE_URL, or leave --recorded out."
            )
        url = (base_url or UPSTREAM_URL).rstrip("/")
        return World(options.data_dir / f"upstream-{_digest(url.encode())}", url, None)
    url = f"http://{HOST}:{simulator_port}/v1"
    if options.recorded is None:
        return World(options.data_dir, url, simulator_port)
    folder = options.data_dir / f"recorded-{digest_of_files(options.recorded)}"
    arguments = f" --recorded {shlex.quote(str(options.recorded))}"
    return World(folder, url, simulator_port, arguments)


def digest_of_files(folder: Path) -> str:
    """Changes with any file's name or content, so that other recordings get other data."""
    parts = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts += [
            str(file.relative_to(folder)).encode(),
            hashlib.sha256(file.read_bytes()).digest(),
        ]
    return _digest(b"\0".join(parts))


def child_environment(
    world: World, options: Options, environ: Mapping[str, str], addresses: Addresses, port: int
) -> dict[str, str]:
    """What every process of the demo is told; what the person has set wins."""
    defaults = {
        "MONGODB_URI": addresses.mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": addresses.kafka_bootstrap_servers,
        "REDIS_URL": addresses.redis_url,
        "DATABASE_URL": f"sqlite:///{world.folder / 'db.sqlite3'}",
        "DJANGO_DEBUG": "1",
        "DJANGO_SECRET_KEY": kept_secret(options.data_dir / "secret-key"),
    }
    if options.recorded is not None:
        defaults["COLLECTION_PLAN"] = ALL_FLIGHTS  # recordings are replayed whole, in their order
    if world.simulator_port:
        defaults["AVIATIONSTACK_ACCESS_KEY"] = secrets.token_hex(16)
    ours = {
        "FLIGHTSITE_DATA_DIR": str(world.folder),
        "AVIATIONSTACK_BASE_URL": world.upstream_url,
        "WEB_PORT": str(port),
        "SIMULATOR_PORT": str(world.simulator_port or 0),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]),
    }
    missing = {name: value for name, value in defaults.items() if not is_set(environ, name)}
    told = {**environ, **missing, **ours}
    for name in ours:
        told.pop(f"{name}_FILE", None)
    told.pop("PROMETHEUS_MULTIPROC_DIR", None)  # the Procfile gives each process that needs one its own
    return told


def is_set(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def setting(environ: Mapping[str, str], name: str) -> str:
    """A value given as itself or as the path of a file that holds it; empty when not given."""
    if not environ.get(name) and (path := environ.get(f"{name}_FILE")):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise DemoError(f"{name}_FILE: {error}") from error
    return environ.get(name, "")


def kept_secret(path: Path) -> str:
    """A random secret that only its owner may read, the same at every start."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
