"""python -m flightsite.embedded.fetch: get Kafka's jars once, and teach the JDK to start it fast.

A process of its own, so that it can be stopped in the middle of a download.
"""

import logging
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from flightsite.embedded import addresses, jars, kafka
from flightsite.embedded.errors import EmbeddedServerError
from flightsite.embedded.server import Server

logger = logging.getLogger("flightsite.embedded.fetch")


def is_done() -> bool:
    return jars.are_here(kafka.cache_dir()) and kafka.class_cache().exists()


def fetch() -> None:
    """Jars are needed; the class cache is a gain, so that a failure to make it is only told."""
    jars.classpath(kafka.cache_dir())
    try:
        make_class_cache()
    except (EmbeddedServerError, subprocess.CalledProcessError) as error:
        kafka.class_cache().touch()  # empty: not tried again at every start
        logger.warning("Kafka will start more slowly, its class cache could not be made: %s", error)


def make_class_cache() -> None:
    """Record what a broker loads, on a folder thrown away, then write it down for the JDK."""
    with tempfile.TemporaryDirectory(prefix="flightsite-kafka-") as folder:
        recording = f"-XX:AOTConfiguration={folder}/recording"
        own = addresses.Addresses(addresses.choose_ports())
        broker = Server(kafka.plan(own, Path(folder), ["-XX:AOTMode=record", recording]))
        try:
            broker.start()
        finally:
            broker.stop()
        written = kafka.cache_dir() / f"{Path(folder).name}.part"
        words = kafka.java("-XX:AOTMode=create", recording, f"-XX:AOTCache={written}")
        subprocess.run(words, check=True, capture_output=True)  # noqa: S603  a command built here
    for stale in kafka.cache_dir().glob("*.aot"):
        stale.unlink(missing_ok=True)
    written.replace(kafka.class_cache())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("jgo").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # no broker stays
    try:
        fetch()
    except EmbeddedServerError as problem:
        sys.exit(str(problem))
