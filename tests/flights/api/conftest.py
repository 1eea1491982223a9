from collections.abc import Iterator

import pymongo.monitoring
import pytest
from django.conf import LazySettings
from django.test import Client

from flights import store
from flights.keys.models import ApiKey
from tests.factories import a_row
from tests.flights.api.stored import close_slot, store_flights, store_rows


@pytest.fixture
def key(db: None) -> str:
    _, text = ApiKey.objects.create_key(name="a test")
    return text


@pytest.fixture
def api(documents: None, key: str) -> Client:
    """A client that shows a key, on an empty store."""
    return Client(headers={"authorization": f"Api-Key {key}"})


@pytest.fixture
def store_down(settings: LazySettings) -> Iterator[None]:
    settings.MONGODB_URI = "mongodb://127.0.0.1:9/nothing?serverSelectionTimeoutMS=200"
    yield
    store.close()


class Asked(pymongo.monitoring.CommandListener):
    """Notes the questions that the store is asked."""

    def __init__(self):
        self.questions = []

    def started(self, event):
        if event.command_name == "find":
            self.questions.append((event.command["find"], event.command["filter"], event.command.get("sort", {})))
        if event.command_name == "aggregate":
            self.questions.append((event.command["aggregate"], event.command["pipeline"][0]["$match"], {}))

    def succeeded(self, event):
        """Nothing to note."""

    def failed(self, event):
        """Nothing to note."""


@pytest.fixture
def asked(api):
    """What is asked of the store from now on, by a client of its own."""
    store_flights(50)
    store_rows(a_row())
    close_slot()
    store.ensure_collections()  # plans are about indexes: whatever ran before, they are there
    listener, known = Asked(), list(pymongo.monitoring._LISTENERS.command_listeners)
    store.close()
    pymongo.monitoring.register(listener)
    yield listener.questions
    store.close()
    pymongo.monitoring._LISTENERS.command_listeners[:] = known
