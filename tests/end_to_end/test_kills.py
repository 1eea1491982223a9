"""A process that is killed at any moment leaves what an undisturbed one would have left."""

import threading
from contextlib import closing

import pytest

from flights import store
from streaming.consumer import BatchConsumer
from streaming.services import handle_batch
from tests.end_to_end.conftest import until


@pytest.fixture
def slow_consumer(system):
    """A consumer that writes little at a time, so that a kill finds it in the middle."""
    return lambda: system.start("manage.py", "consume", "--batch-messages", "40")


def everything():
    names = (store.FLIGHTS, store.OBSERVATIONS, store.SLOTS)
    found = {name: {each["_id"]: each for each in store.collection(name).find({})} for name in names}
    for slot in found[store.SLOTS].values():
        for told_at in ("opened_at", "changed_at", "closed_at"):
            slot.pop(told_at)
    return found


def differences(left, right):
    """What is not the same, a line each: a plain comparison of so much takes pytest minutes to explain."""
    found = []
    for name, documents in left.items():
        for key in sorted(documents.keys() | right[name].keys()):
            one, other = documents.get(key), right[name].get(key)
            if one != other:
                found.append(f"{name} {key}: {one} != {other}")
    return found[:20]


def observations():
    return store.collection(store.OBSERVATIONS).count_documents({})


def closed():
    return store.collection(store.SLOTS).find_one({"closed_at": {"$ne": None}})


def read_all_undisturbed(settings):
    """What one quiet reader makes of the same messages."""
    for name in (store.FLIGHTS, store.OBSERVATIONS, store.SLOTS):
        store.collection(name).delete_many({})
    settings.KAFKA_CONSUMER = {"group.id": "undisturbed"}
    with closing(BatchConsumer()) as consumer:
        until(lambda: consumer.consume_batch(handle_batch, threading.Event()) and closed(), "the slot's closing")


def test_a_consumer_killed_in_mid_slot_leaves_the_documents_of_an_undisturbed_run(system, slow_consumer, settings):
    system.manage("ingest", "--no-wait")
    for share in (100, 500, 900):
        victim = slow_consumer()
        until(lambda share=share: observations() > share, f"{share} observations")
        victim.kill()
        victim.wait()
        assert closed() is None
    survivor = slow_consumer()
    until(closed, "the slot's closing")
    survivor.terminate()  # it may still be reading again what the others had not committed
    survivor.wait()
    disturbed = everything()
    assert "1 slots, all add up" in system.manage("audit")
    read_all_undisturbed(settings)
    assert differences(disturbed, everything()) == []


def test_an_ingest_killed_while_it_fetches_goes_on_and_buys_nothing_twice(system, upstream):
    upstream.simulator.control({"faults": {"slow": 0.5}, "slow_seconds": 0.3})
    victim = system.start("manage.py", "ingest", "--no-wait")
    until(lambda: store.collection(store.PAGES).count_documents({}) >= 5, "five pages")
    victim.kill()
    victim.wait()
    upstream.simulator.control({"faults": {}})
    system.start("manage.py", "consume")
    system.manage("ingest")
    assert "all add up" in system.manage("audit")
    assert store.collection(store.PAGES).count_documents({"status": "usable"}) == 26


def test_a_consumer_asked_to_stop_ends_in_time_and_leaves_its_group(system, slow_consumer):
    system.manage("ingest", "--no-wait")
    consumer = slow_consumer()
    until(lambda: observations() > 0, "the first batch")
    consumer.terminate()
    assert consumer.wait(10) == 0
