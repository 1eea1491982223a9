"""Fixtures that every test may use; the servers behind them are started by tests/environment.py."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from flights import store
from flights.times import utc_now
from ingestion import services
from ingestion.models import Run
from ingestion.simulator.options import SimulatorOptions
from ingestion.simulator.server import SimulatorServer
from streaming.topics import ensure_topics
from tests.environment import CANARY_KEY, DATABASE, MONGODB_IS_OURS

SLOT = "2026-11-24T04Z"


@pytest.fixture(scope="session")
def collections(django_db_setup: None) -> Iterator[Callable[[], None]]:
    """Makes the collections once, after Django has emptied the test database; hands out what empties them."""
    store.ensure_collections()

    def empty() -> None:
        for name in store.INDEXES:
            if not name.startswith("reference_"):  # never changed, only added to
                store.collection(name).delete_many({})

    yield empty
    if not MONGODB_IS_OURS:
        store.database().client.drop_database(DATABASE)
    store.close()


@pytest.fixture
def documents(collections: Callable[[], None]) -> None:
    """An empty MongoDB database with its indexes."""
    collections()


@pytest.fixture
def topics(settings: Any) -> None:
    """Topics of this test's own, and a consumer group of its own."""
    own = uuid.uuid4().hex[:8]
    settings.KAFKA_OBSERVED_TOPIC = f"test.{own}.observed"
    settings.KAFKA_DEAD_LETTER_TOPIC = f"test.{own}.dead-letter"
    settings.KAFKA_PARTITIONS = 3
    settings.KAFKA_CONSUMER = {"group.id": f"test.{own}", "session.timeout.ms": 6000}
    ensure_topics()


@pytest.fixture(scope="session")
def stand_in() -> Iterator[SimulatorServer]:
    """One stand-in upstream at a fixed clock for the whole session; use `upstream`, which resets it."""
    clock = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    with SimulatorServer(SimulatorOptions(clock=clock, churn=0.0, access_key=CANARY_KEY)) as server:
        yield server


@pytest.fixture
def upstream(stand_in: SimulatorServer, settings: Any) -> SimulatorServer:
    """The stand-in without faults; a slot takes three pages of it."""
    stand_in.simulator.control({"faults": {}, "next": [], "at_offset": {}, "quota_remaining": 10_000, "churn": 0.0})
    settings.AVIATIONSTACK = {"access_key": CANARY_KEY, "base_url": stand_in.base_url, "monthly_requests": 10_000}
    settings.QUOTA = {**settings.QUOTA, "slot_max_pages": 3}
    return stand_in


@pytest.fixture
def down(settings: Any) -> Iterator[Callable[[str], None]]:
    """Makes one dependency unreachable for this test: `down("mongodb")` or `down("kafka")`."""

    def cut(name: str) -> None:
        if name == "mongodb":
            store.close()
            settings.MONGODB_URI = "mongodb://nobody:hunter2@127.0.0.1:9/?serverSelectionTimeoutMS=200"
        else:
            settings.KAFKA_BOOTSTRAP_SERVERS = "127.0.0.1:9"
            settings.KAFKA_PRODUCER = {"delivery.timeout.ms": 700, "linger.ms": 1}

    yield cut
    store.close()


@pytest.fixture
def login_refused(settings: Any) -> Iterator[None]:
    """MongoDB is asked with a user that it does not know: it refuses, as one with a changed password would."""
    settings.MONGODB_URI = settings.MONGODB_URI.replace("://", "://nobody:hunter2@", 1)
    yield
    store.close()


@pytest.fixture
def run(db: None, documents: None, upstream: SimulatorServer) -> Run:
    """A run of three pages against the stand-in, with nothing done yet."""
    return services.open_run(SLOT, "test", utc_now())[0]
