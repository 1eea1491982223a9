"""Worker, beat and consumer as the Procfile starts them: what each tells of itself, and their heartbeats."""

import os
import signal
import socket
import time

import httpx
import psutil
import pytest

from flights import store
from flightsite.embedded import addresses
from ingestion import heartbeats
from ingestion.heartbeats import BEAT, WORKER
from tests.end_to_end.conftest import until
from tests.ingestion.state.reading import Page


@pytest.fixture
def ports(system):
    """A free port of each process."""
    names = ("worker", "beat", "consumer", "exporter")
    found = dict(zip(names, addresses.free_ports(len(names)), strict=True))
    system.environment |= {f"{name.upper()}_METRICS_PORT": str(port) for name, port in found.items()}
    return found


@pytest.fixture
def busy_beat(system):
    """Beat sends a task every second, not every minute."""
    with (system.folder / "own_settings.py").open("a") as own:
        own.write('CELERY_BEAT_SCHEDULE["watch-slots"]["schedule"] = 1\n')


@pytest.fixture
def queue(system, settings):
    settings.REDIS_URL = system.environment["REDIS_URL"]
    with heartbeats.connected(1.0) as client:
        client.flushdb()
        yield client
        client.flushdb()


def page_of(port):
    try:
        return Page(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text)
    except httpx.HTTPError:
        return None


def told(port, name, **labels):
    """One value of a page; 0 where neither is there yet."""
    page = page_of(port)
    return (page and page(name, **labels)) or 0


def closed():
    return store.collection(store.SLOTS).find_one({"closed_at": {"$ne": None}})


def test_each_process_tells_what_it_counts_and_only_that(system, upstream, queue, ports, settings):
    for name in ("worker", "consumer", "exporter"):
        system.start_line(name)
    system.manage("ingest", "--queue")
    until(closed, "the slot's closing")
    worker = page_of(ports["worker"])
    requests = worker("flightsite_upstream_requests_total", outcome="ok")
    rows = worker.labelled("flightsite_rows_total", "fate")
    assert sum(rows.values()) == 100 * requests > 0
    assert worker("flightsite_step_seconds_count", step="extraction", outcome="done") == 1
    assert worker("flightsite_store_command_seconds_count", command="find", outcome="ok") > 0
    messages = rows["published"] + settings.KAFKA_PARTITIONS  # with the end of the slot in each
    until(lambda: told(ports["consumer"], "flightsite_consumer_messages_total") == messages, "the last batch's commit")
    consumer = page_of(ports["consumer"])
    assert consumer("flightsite_slots_closed_total", state="complete") == 1
    assert consumer("flightsite_published_to_queryable_seconds_count") == rows["published"]
    assert consumer("flightsite_observations_written_total") > 0
    assert consumer("flightsite_rows_total", fate="published") is None
    assert worker("flightsite_consumer_messages_total") == 0
    assert told(ports["exporter"], "flightsite_upstream_requests_used") == requests
    assert told(ports["exporter"], "flightsite_worker_heartbeat_timestamp_seconds") > time.time() - 60


def test_beat_and_worker_leave_their_heartbeats(system, busy_beat, upstream, queue, ports):
    began = time.time()
    system.start_line("beat")
    until(lambda: BEAT in heartbeats.read(queue), "beat's heartbeat")
    assert WORKER not in heartbeats.read(queue)
    system.start_line("worker")
    until(lambda: WORKER in heartbeats.read(queue), "the worker's heartbeat")
    assert all(began < instant < time.time() for instant in heartbeats.read(queue).values())
    assert page_of(ports["beat"])("process_start_time_seconds") > began - 60


def test_a_worker_whose_child_is_replaced_counts_on_and_a_new_worker_begins_anew(system, upstream, queue, ports):
    worker = system.start_line("worker")
    system.start_line("consumer")
    system.manage("ingest", "--queue")
    before = told(ports["worker"], "flightsite_upstream_requests_total", outcome="ok")
    [child] = psutil.Process(worker.pid).children()
    child.kill()
    until(lambda: [each.pid for each in psutil.Process(worker.pid).children()] not in ([], [child.pid]), "a new child")
    assert told(ports["worker"], "flightsite_upstream_requests_total", outcome="ok") == before > 0
    worker.terminate()
    worker.wait(30)
    system.start_line("worker")
    until(lambda: page_of(ports["worker"]), "the new worker")
    assert told(ports["worker"], "flightsite_upstream_requests_total", outcome="ok") == 0


def test_a_worker_that_was_killed_can_be_started_again_at_once_on_its_port(system, queue, ports):
    worker = system.start_line("worker")
    until(lambda: page_of(ports["worker"]), "the worker")
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(30)
    again = system.start_line("worker")
    until(lambda: page_of(ports["worker"]), "the second worker")
    assert again.poll() is None


@pytest.mark.parametrize("name", ["worker", "beat", "consumer", "exporter"])
def test_a_port_that_is_taken_ends_the_process_and_names_the_setting(system, queue, ports, name):
    with socket.create_server(("127.0.0.1", ports[name])):
        assert system.start_line(name).wait(60) == 1
    assert f"METRICS_PORT: 127.0.0.1:{ports[name]} can't be listened at" in system.told_by(name)


def test_a_worker_without_a_folder_for_its_childrens_counts_says_so(system, queue, ports):
    environment = {"METRICS_PORT": str(ports["worker"])}
    system.environment |= environment
    worker = system.start("-m", "celery", "-A", "flightsite", "worker", "--concurrency", "1")
    assert worker.wait(60) == 1
    assert "PROMETHEUS_MULTIPROC_DIR" in system.said


def test_beat_goes_on_when_its_queue_is_back(system, busy_beat, queue, queue_line, ports):
    beat = system.start_line("beat")
    until(lambda: BEAT in heartbeats.read(queue), "beat's heartbeat")
    queue_line.black_hole()
    time.sleep(3)
    assert (beat.poll(), page_of(ports["beat"]) is None) == (None, False)
    queue.delete("flightsite:heartbeat:beat")
    queue_line.mend()
    until(lambda: BEAT in heartbeats.read(queue), "beat's next heartbeat")
