"""An installation for many rounds: started once, hurt in each, mended after each."""

from contextlib import ExitStack, closing

import pytest

from tests.chaos.observer import Observer
from tests.chaos.rounds import batch_of
from tests.chaos.watch import Watch
from tests.chaos.world import World
from tests.proxy import HOST


class Installation:
    """The present one: another for each batch of rounds, since all that one holds is looked at again and again."""

    def __init__(self, folders, empty_quiet_store):
        self._folders, self._empty = folders, empty_quiet_store
        self._closing, self._batch = ExitStack(), object()

    def turn_to(self, batch):
        if batch == self._batch:
            return
        self.close()
        self._empty()
        self._batch = batch
        self.world = self._closing.enter_context(closing(World(self._folders.mktemp("world"))))
        self.world.start()
        kafka = f"{HOST}:{self.world.lines['kafka'].port}"
        self.observer = self._closing.enter_context(closing(Observer(self.world.sql, self.world.mongodb_uri, kafka)))
        self.watch = Watch(self.observer)
        self.watch.start()
        self._closing.callback(self.watch.stop)

    def close(self):
        self._closing.close()
        self._batch = object()


@pytest.fixture(scope="package")
def installations(tmp_path_factory, collections):
    with closing(Installation(tmp_path_factory, collections)) as present:
        yield present


@pytest.fixture
def installation(installations, request):
    """The installation of this test; the test run's own documents, its quiet store, are emptied for each."""
    called = getattr(request.node, "callspec", None)
    installations.turn_to(batch_of(called.params["seed"]) if called else request.node.name)
    return installations


@pytest.fixture
def world(installation):
    return installation.world


@pytest.fixture
def observer(installation):
    return installation.observer


@pytest.fixture
def watch(installation):
    return installation.watch


@pytest.fixture
def quiet_store(installation):
    """Here the undisturbed run writes."""
