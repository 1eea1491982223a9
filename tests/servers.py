"""Embedded servers for a test run: those whose address nobody gave, on a folder of their own."""

import os
from pathlib import Path

from flightsite.embedded.stack import Stack

SETTINGS = {"mongodb": "MONGODB_URI", "kafka": "KAFKA_BOOTSTRAP_SERVERS", "redis": "REDIS_URL"}

_started: list[Stack] = []


def start_test_servers(folder: Path) -> dict[str, str]:
    """The three addresses, given or just started; callable before Django's settings load."""
    given = {name: os.environ.get(setting, "") for name, setting in SETTINGS.items()}
    missing = [name for name, address in given.items() if not address]
    if missing:
        stack = Stack(folder)
        _started.append(stack)
        stack.start(missing)
        own = stack.addresses
        started = {
            "mongodb": own.mongodb_uri,
            "kafka": own.kafka_bootstrap_servers,
            "redis": own.redis_url,
        }
        given |= {name: started[name] for name in missing}
    return {SETTINGS[name]: address for name, address in given.items()}


def stop_test_servers() -> None:
    while _started:
        _started.pop().stop()
