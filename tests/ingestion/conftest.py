import threading
from contextlib import closing

import pytest
import redis
from django.conf import settings
from kombu.exceptions import OperationalError

from flights import store
from ingestion import fields
from ingestion.errors import InvalidRow
from ingestion.steps import Context
from streaming.consumer import BatchConsumer
from streaming.services import handle_batch
from tests.conftest import SLOT
from tests.ingestion import misread


@pytest.fixture
def context():
    lines = []
    return Context(tell=lines.append, hold=lambda: None)


@pytest.fixture
def broken_gates(monkeypatch):
    """A transform with a fault: it refuses every row whose gate is B2, B3 or B4. `mend()` mends it."""
    text = fields.text

    def faulty(told):
        if told in ("B2", "B3", "B4"):
            raise InvalidRow("bad-gate", f"gate {told!r}")
        return text(told)

    monkeypatch.setattr(fields, "text", faulty)
    return lambda: monkeypatch.setattr(fields, "text", text)


@pytest.fixture
def consume():
    """Consume until the slot is closed at a revision."""

    def until(revision, slot=SLOT):
        with closing(BatchConsumer()) as consumer:
            while (store.find_one(store.SLOTS, slot) or {}).get("revision", -1) < revision:
                consumer.consume_batch(handle_batch, threading.Event())
        return store.find_one(store.SLOTS, slot)

    return until


@pytest.fixture
def queue(documents):
    """The length of Celery's queue, from empty to empty."""
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.delete("celery")
        yield lambda: server.llen("celery")
        server.delete("celery")


@pytest.fixture
def refusing_queue(monkeypatch):
    """Redis does not take tasks."""

    def refuse(*args, **kwargs):
        raise OperationalError("Error 111 connecting to redis:6379. Connection refused.")

    monkeypatch.setattr("kombu.messaging.Producer.publish", refuse)


@pytest.fixture
def misread_run(monkeypatch, consume):
    """A slot that was read wrongly; the bug is mended since."""
    misread.misread(monkeypatch)
    run = misread.a_run()
    consume(0)
    misread.mend(monkeypatch)
    return run
