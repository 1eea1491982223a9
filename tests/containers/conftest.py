"""The stack, brought up once from a clean build; skipped, with the reason, where there is no Docker engine."""

import json
import os
import time
from contextlib import ExitStack

import pytest

from tests.containers import standins
from tests.containers.engine import NoEngine, engine
from tests.containers.running import run
from tests.containers.stack import ROOT, Stack, images


@pytest.fixture(scope="session")
def docker():
    """The environment in which docker's commands find their engine."""
    with ExitStack() as closing:
        try:
            env = closing.enter_context(engine())
        except NoEngine as error:
            pytest.skip(f"NO CONTAINERS WERE TESTED: {error}")
        yield env


@pytest.fixture(scope="session")
def figures():
    """What was measured, told at the end."""
    told = {"seconds": {}, "back_after_a_kill": {}, "stopped": {}}
    yield told
    print(f"\n{json.dumps(told, indent=1)}")  # noqa: T201 - to be read


@pytest.fixture(scope="session")
def built(docker, figures):
    """The image, built anew from the first line to the last; the public ones, or their stand-ins."""
    public, without = images(), set()
    if os.environ.get("CONTAINERS_STANDINS"):
        without = standins.NOT_TO_BE_HAD
        print(f"\nSTAND-INS for all public images; not run at all: {', '.join(sorted(without))}")  # noqa: T201 - to be read
        standins.make_all(docker, public)
    words = [
        "docker",
        "build",
        "--no-cache",
        "--network",
        "host",
        "--build-arg",
        f"PYTHON_IMAGE={public['PYTHON_IMAGE']}",
    ]
    begun = time.monotonic()
    run([*words, "--tag", public["FLIGHTSITE_IMAGE"], str(ROOT)], env=docker, timeout=1800)
    figures["seconds"]["build"] = round(time.monotonic() - begun, 1)
    figures["image_bytes"] = json.loads(run(["docker", "inspect", public["FLIGHTSITE_IMAGE"]], env=docker))[0]["Size"]
    return without


@pytest.fixture(scope="session")
def stack(docker, built, figures, tmp_path_factory):
    """All that `docker compose --profile demo up` starts, with no key and nothing prepared."""
    stack = Stack(docker, tmp_path_factory.mktemp("compose"), built)
    begun = time.monotonic()
    try:
        stack.up()
        figures["seconds"]["up"] = round(time.monotonic() - begun, 1)
        yield stack
    finally:
        if os.environ.get("CONTAINERS_LOGS"):
            print(stack.compose("logs", "--no-color"))  # noqa: T201 - to be read
        stack.down()
