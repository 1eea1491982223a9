"""One installation for all rounds: started once, hurt in each, mended after each."""

from contextlib import closing

import pytest

from tests.chaos.observer import Observer
from tests.chaos.watch import Watch
from tests.chaos.world import World
from tests.proxy import HOST


@pytest.fixture(scope="package")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("world"))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="package")
def observer(world):
    with closing(Observer(world.sql, world.mongodb_uri, f"{HOST}:{world.lines['kafka'].port}")) as made:
        yield made


@pytest.fixture(scope="package")
def watch(observer):
    made = Watch(observer)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="package")
def quiet_store(collections):
    """The test run's own documents, emptied: here the undisturbed run writes."""
    collections()
