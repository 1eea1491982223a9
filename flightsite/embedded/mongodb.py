"""SecantusDB for the MongoDB wire protocol: GPL, so a process of its own and never an import."""

import sysconfig
from pathlib import Path

from flightsite.embedded import readiness
from flightsite.embedded.addresses import HOST, Addresses
from flightsite.embedded.errors import StartFailed
from flightsite.embedded.server import ServerPlan

CACHE_SIZE = "128M"  # small documents, and the whole demo must fit in 1 GB


def plan(addresses: Addresses, data_dir: Path) -> ServerPlan:
    folder = data_dir.resolve() / "mongodb"
    port = addresses.ports.mongodb
    options = {
        "--host": HOST,
        "--port": str(port),
        "--storage-path": str(folder / "data"),
        "--cache-size": CACHE_SIZE,
        "--log-level": "WARNING",
    }
    words = [word for pair in options.items() for word in pair]
    return ServerPlan(
        name="mongodb",
        folder=folder,
        ports=(port,),
        answers=lambda: readiness.mongodb_answers(port),
        # kill -9 loses nothing; standalone: without an oplog, which nobody reads and whose pruning halts everything
        command=lambda: [str(_program()), *words, "--sync-on-commit", "--standalone"],
    )


def _program() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "secantusd-py"
    if not program.exists():
        raise StartFailed(
            "secantusdb is not installed (it has wheels for Python 3.10 to 3.13):"
            " pip install -r requirements-dev.txt, or set MONGODB_URI to a server."
        )
    return program
