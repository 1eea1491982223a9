from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import LazySettings

from flights.keys import limits
from flights.keys.models import ApiKey
from flights.keys.records import Caller, Limits, Scope
from tests.proxy import Proxy


@pytest.fixture
def counted(settings: LazySettings) -> Iterator[redis.Redis]:
    """The shared counters' server."""
    with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as server:
        yield server


@pytest.fixture
def caller() -> Callable[..., Caller]:
    """Makes a caller that no other test counts for."""

    def make(requests: int = 1000, rows: int = 1000) -> Caller:
        unsaved = ApiKey(name="a caller")
        ApiKey.objects.assign_key(unsaved)
        held = frozenset({Scope.READ})
        return Caller(unsaved.prefix, unsaved.name, held, Limits(requests, rows), None)

    return make


@pytest.fixture
def line(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The line to Redis, which can be cut; each test begins with a limiter that believes it is up."""
    monkeypatch.setattr(limits, "_down_until", 0.0)
    proxy = Proxy(urlsplit(settings.REDIS_URL).port)
    settings.REDIS_URL = f"redis://127.0.0.1:{proxy.port}/0"
    yield proxy
    proxy.close()
