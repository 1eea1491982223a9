"""SIGTERM ends every process within ten seconds, in the midst of its work, and hands the work back."""

import http.client
import threading
import time

import pytest
import redis

from flights import store
from flightsite.embedded import addresses
from tests.end_to_end.conftest import until

SECONDS = 10
DOWN = "127.0.0.1:9"


def seconds_to_end(process):
    """How long it takes from SIGTERM to the end."""
    began = time.monotonic()
    process.terminate()
    process.wait(60)
    took = time.monotonic() - began
    print(f"{process.args}: {took:.1f} s")  # noqa: T201 - a figure for who looks at a red test
    return took


def second_pages(upstream):
    """How often the second page was asked for, in the whole session."""
    return upstream.simulator.state()["by_endpoint_and_offset"].get("flights+100", 0)


def observations():
    return store.collection(store.OBSERVATIONS).count_documents({})


@pytest.fixture
def queue(system):
    connection = redis.Redis.from_url(system.environment["REDIS_URL"])
    connection.flushdb()
    yield connection
    connection.flushdb()
    connection.close()


@pytest.fixture
def hanging(upstream):
    """An upstream that takes the second page's request and never answers."""
    before = second_pages(upstream)
    upstream.simulator.control({"at_offset": {"100": "hang"}})
    yield lambda: until(lambda: second_pages(upstream) > before, "the request")
    upstream.simulator.control({"at_offset": {}})


def everything_adds_up(system):
    assert "1 slots, all add up" in system.manage("audit")


def ports():
    """Free ones, for those that must have one."""
    web, exporter = map(str, addresses.free_ports(2))
    return {"WEB_PORT": web, "EXPORTER_METRICS_PORT": exporter}


@pytest.mark.parametrize("name", ["beat", "consumer", "exporter", "simulator", "web", "worker"])
def test_an_idle_process_ends_in_time(system, queue, name):
    process = system.start_line(name, SIMULATOR_PORT="0", **ports())
    until(lambda: len(system.told_by(name)) > 0 or name == "simulator", f"a word of {name}")
    time.sleep(3)  # past its start: what is asked is the end of an idle process, not of one that still loads
    assert process.poll() is None
    assert seconds_to_end(process) < SECONDS


@pytest.mark.parametrize("name", ["beat", "consumer", "exporter", "web", "worker"])
def test_a_process_that_waits_for_its_servers_ends_in_time(system, name):
    away = {"KAFKA_BOOTSTRAP_SERVERS": DOWN, "REDIS_URL": f"redis://{DOWN}/0", "MONGODB_URI": f"mongodb://{DOWN}/none"}
    process = system.start_line(name, **ports(), **away)
    time.sleep(6)  # into its waiting: a process that never found its servers says little to wait for
    assert process.poll() is None
    assert seconds_to_end(process) < SECONDS


def test_a_worker_whose_upstream_hangs_ends_in_time_and_the_next_one_goes_on(system, queue, upstream, hanging):
    worker = system.start_line("worker")
    ingest = system.start("manage.py", "ingest", "--queue", "--no-wait")
    hanging()
    assert seconds_to_end(worker) < SECONDS
    assert ingest.wait(30) == 0
    upstream.simulator.control({"at_offset": {}})
    system.start_line("worker")
    system.start_line("consumer")
    until(lambda: store.collection(store.SLOTS).find_one({"closed_at": {"$ne": None}}), "the slot's closing")
    everything_adds_up(system)


def test_an_ingest_whose_upstream_hangs_ends_in_time_and_the_next_one_goes_on(system, upstream, hanging):
    ingest = system.start("manage.py", "ingest", "--no-wait")
    hanging()
    assert seconds_to_end(ingest) < SECONDS
    upstream.simulator.control({"at_offset": {}})
    system.start_line("consumer")
    system.manage("ingest")
    everything_adds_up(system)


@pytest.mark.parametrize("trouble", ["none", "silent"])
def test_a_consumer_in_the_midst_of_a_slot_ends_in_time_and_the_next_one_goes_on(system, wire, trouble, settings):
    system.manage("ingest", "--no-wait")
    consumer = system.start("manage.py", "consume", "--batch-messages", "40")
    until(lambda: observations() > 100, "some observations")
    if trouble == "silent":
        wire.black_hole()
        time.sleep(1)  # until it waits for an answer that does not come
    assert seconds_to_end(consumer) < SECONDS
    assert consumer.returncode == 0
    system.environment["MONGODB_URI"] = settings.MONGODB_URI
    system.start_line("consumer")
    system.manage("ingest")
    everything_adds_up(system)


def test_a_consumer_that_holds_its_batch_ends_in_time(system):
    system.manage("ingest", "--no-wait")
    consumer = system.start_line("consumer", MONGODB_URI=f"mongodb://{DOWN}/none")
    until(lambda: "batch held" in system.told_by("consumer"), "a held batch")
    assert seconds_to_end(consumer) < SECONDS
    assert consumer.returncode == 0


def test_a_web_server_whose_request_waits_for_a_silent_store_ends_in_time(system, wire):
    port = addresses.choose_ports().kafka
    web = system.start_line("web", WEB_PORT=str(port))
    until(lambda: answers(port, "/readyz"), "an answer")
    wire.black_hole()
    threading.Thread(target=answers, args=(port, "/metrics"), daemon=True).start()
    time.sleep(1)  # until the request waits for an answer that does not come
    assert seconds_to_end(web) < SECONDS


def answers(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
