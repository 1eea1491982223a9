"""Stand-ins for public images, where these can't be pulled: `CONTAINERS_STANDINS=1`.

Each has the public image's name, ports, volumes, user's rights and health command, so that docker-compose.yml is run as
it is. All are Debian's packages on a system made by debootstrap; Kafka is the project's own jars. Nothing of it ships.
"""

import os
import shutil
import tempfile
from pathlib import Path

from flightsite.embedded import jars, kafka
from tests.containers.running import run

HERE = Path(__file__).parent / "standins"
ROOT = Path(__file__).parents[2]
BASE = "flightsite-standin/debian:bookworm"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NAMES = {
    "mongo": "MONGODB_IMAGE",
    "kafka": "KAFKA_IMAGE",
    "valkey": "VALKEY_IMAGE",
    "postgres": "POSTGRES_IMAGE",
    "prometheus": "PROMETHEUS_IMAGE",
    "alertmanager": "ALERTMANAGER_IMAGE",
}
NOT_TO_BE_HAD = {"grafana"}  # Debian has none


def make_all(env: dict[str, str], images: dict[str, str]) -> None:
    """Make those that are missing; `images` are the public names by the variables of docker-compose.yml."""
    present = set(run(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"], env=env).split())
    if BASE not in present:
        _make_base(env)
    run(["docker", "tag", BASE, images["PYTHON_IMAGE"]], env=env)
    for name, variable in NAMES.items():
        if images[variable] not in present:
            _build(env, name, images[variable])


def _make_base(env: dict[str, str]) -> None:
    """Debian with Python, and with what this machine trusts: pip asks through whatever stands before the registry."""
    with tempfile.TemporaryDirectory(prefix="flightsite-debian-") as made:
        packages = "--include=ca-certificates,python3,python3-venv"
        run(["debootstrap", "--variant=minbase", packages, "bookworm", made], env=env, timeout=1800)
        shutil.copy(CERTIFICATES, Path(made) / CERTIFICATES.relative_to("/"))
        archive = f"{made}.tar"
        try:
            run(["tar", "--directory", made, "--create", "--file", archive, "."])
            trusted = f"ENV PIP_CERT={CERTIFICATES}"
            run(["docker", "import", "--change", trusted, archive, BASE], env=env)
        finally:
            Path(archive).unlink(missing_ok=True)


def _build(env: dict[str, str], name: str, image: str) -> None:
    with tempfile.TemporaryDirectory(prefix="flightsite-standin-") as context:
        shutil.copytree(HERE / name, context, dirs_exist_ok=True)
        if name == "kafka":
            _copy_jars(Path(context) / "jars")
        pin = f"SECANTUSDB={_pin_of('secantusdb')}"
        words = ["docker", "build", "--network", "host", "--build-arg", pin, "--tag", image, context]
        run(words, env=env, timeout=1800)


def _copy_jars(to: Path) -> None:
    to.mkdir()
    for jar in jars.classpath(kafka.cache_dir()).split(os.pathsep):
        shutil.copy(jar, to)


def _pin_of(name: str) -> str:
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    return next(line.split()[0] for line in lines if line.startswith(f"{name}=="))
