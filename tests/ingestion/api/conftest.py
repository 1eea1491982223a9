from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from flights.keys import services as keys
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion.models import Run

QUEUE = "celery"


@pytest.fixture
def queue(settings: LazySettings) -> Iterator[Callable[[], int]]:
    """The length of the worker's queue, with nobody reading it."""
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        server.delete(QUEUE)
        yield lambda: server.llen(QUEUE)
        server.delete(QUEUE)


@pytest.fixture
def ops(db: None, queue: Callable[[], int]) -> Client:
    """A client that shows the key `night shift`, which may operate only."""
    _, text = keys.create_key("night shift", may_read=False, may_operate=True)
    return Client(headers={"authorization": f"Api-Key {text}"})


@pytest.fixture
def place(ops: Client) -> Callable[..., HttpResponse]:
    """Places an order: `place("runs", reason="…")`, with a new idempotency key unless one is given."""

    def post(what: str, once: str | None = None, **body: Any) -> HttpResponse:
        headers = {"Idempotency-Key": once or str(uuid4())}
        return ops.post(f"/api/v1/ops/{what}", body, content_type="application/json", headers=headers)

    return post


@pytest.fixture
def present(settings: LazySettings) -> str:
    """The slot that can be collected now; a day long, so that no test crosses into the next."""
    settings.INGEST_SCHEDULE = "0 0 * * *"
    return slot_key(last_tick(settings.INGEST_SCHEDULE, utc_now()))


@pytest.fixture
def a_run(db: None) -> Callable[..., Run]:
    """Makes a run of the ledger."""

    def make(slot: str, requests: int = 0, **values: Any) -> Run:
        now = utc_now()
        run = Run.objects.create(slot=slot, trigger="schedule", started_at=now, opened_at=now, **values)
        for number in range(requests):
            run.requests.create(
                page=f"00.{number:05d}",
                sent_at=now,
                ended_at=now,
                purpose="schedule",
                status=200,
                outcome="ok",
                charged=1,
            )
        return run

    return make
