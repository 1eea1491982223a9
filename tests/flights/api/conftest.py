from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from flights import store
from flights.keys.models import ApiKey


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
