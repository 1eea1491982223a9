"""Parts of a slot's way, each called in a process of its own (bench/child.py)."""

from typing import Any

from django.conf import settings

from bench import reading
from flights import store
from flights.times import utc_now
from ingestion import services
from ingestion.models import Run, RunState, Step
from streaming.topics import ensure_topics


def prepare() -> dict[str, Any]:
    store.ensure_collections()
    ensure_topics()
    return {}


def skip_waiting() -> dict[str, Any]:
    reading.skip_waiting()
    return {}


def empty() -> dict[str, Any]:
    """Collections as new, with their indexes."""
    for name in store.INDEXES:
        store.collection(name).drop()
    store.ensure_collections()
    return {}


def drop_database() -> dict[str, Any]:
    store.database().client.drop_database(settings.MONGODB_DATABASE)
    return {}


def open_run(slot: str) -> dict[str, Any]:
    run, _ = services.open_run(slot, "bench", utc_now())
    return {"run": run.pk}


def step(run: int, name: str) -> dict[str, Any]:
    """One step as the worker does it. Raises RuntimeError when it did not succeed."""
    services.perform_step(run, Step(name))
    now = Run.objects.get(pk=run)
    if now.step == name and now.state != RunState.PUBLISHED:
        raise RuntimeError(f"{name} did not succeed: {now.error}")
    return {}


def consumer(slot: str, limit: float) -> dict[str, Any]:
    """The consumer from its first poll until the slot is closed, and what the slot then says."""
    last, document = -1, {}

    def is_closed(messages: int) -> bool:
        nonlocal last, document
        was_full = messages - last == settings.CONSUMER_BATCH_MESSAGES
        last = messages
        if not was_full:  # the ends of a slot come last: in a batch that is not full, or just before an empty one
            document = store.find_one(store.SLOTS, slot) or {}
        return document.get("closed_at") is not None

    messages, seconds = reading.consume_until(is_closed, limit)
    counts = document.get("counts") or {}
    return {"seconds": seconds, "messages": messages, "state": document.get("state"), "counts": counts}
