"""Where the embedded servers of a data folder listen: chosen once, then kept.

Read at every start of every process, so the standard library only.
"""

import fcntl
import json
import random
import socket
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

HOST = "127.0.0.1"
PORT_RANGE = range(20000, 30000)  # below the ephemeral ports of Linux, macOS and Windows
FILE_NAME = "embedded.json"
_chance = random.SystemRandom()  # test tools seed the common one: two runs would choose the same ports


@dataclass(frozen=True, slots=True)
class Ports:
    mongodb: int
    kafka: int
    kafka_controller: int
    redis: int


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses in the form that the settings of the same names take."""

    ports: Ports

    @property
    def mongodb_uri(self) -> str:
        options = "directConnection=true&serverSelectionTimeoutMS=3000"
        return f"mongodb://{HOST}:{self.ports.mongodb}/flightsite?{options}"

    @property
    def kafka_bootstrap_servers(self) -> str:
        return f"{HOST}:{self.ports.kafka}"

    @property
    def redis_url(self) -> str:
        return f"redis://{HOST}:{self.ports.redis}/0"


def reserve(data_dir: Path) -> Addresses:
    """The addresses kept in a data folder; the first caller chooses them for all later ones."""
    kept = data_dir / FILE_NAME
    try:
        return _read(kept)
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return _read(kept)
        except FileNotFoundError:
            addresses = Addresses(choose_ports())
            part = kept.with_suffix(".part")
            part.write_text(json.dumps(asdict(addresses.ports)))
            part.replace(kept)
            return addresses


def choose_ports() -> Ports:
    """Four different ports that nothing listens on now."""
    return Ports(*free_ports(4))


def free_ports(count: int) -> list[int]:
    """So many different ports that nothing listens on now."""
    with ExitStack() as held:
        return [_hold_free_port(held) for _ in range(count)]


def is_free(port: int) -> bool:
    """Whether a server could listen there: a port whose last owner just ended counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _hold_free_port(held: ExitStack) -> int:
    while True:
        port = _chance.choice(PORT_RANGE)
        probe = held.enter_context(socket.socket())
        try:
            probe.bind((HOST, port))
        except OSError:
            continue
        return port


def _read(kept: Path) -> Addresses:
    text = kept.read_text()
    try:
        return Addresses(Ports(**{name: int(port) for name, port in json.loads(text).items()}))
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{kept} is not readable: delete it to get new ports") from error
