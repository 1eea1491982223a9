"""What a process serves to Prometheus: its own port, its own counts, and those of its children."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from flights import exposition
from flights.errors import MetricsNotServed
from flightsite.embedded import addresses
from tests.ingestion.state.reading import Page

ROOT = Path(__file__).parents[2]


def asked(port, path, method="GET", host="127.0.0.1"):
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def registry():
    made = CollectorRegistry()
    Counter("flightsite_served", "Served.", registry=made).inc(3)
    return made


@pytest.fixture
def port(settings, registry):
    settings.METRICS_PORT = addresses.free_ports(1)[0]
    exposition.serve(registry)
    return settings.METRICS_PORT


def test_the_counts_of_a_process_are_served_on_its_own_port(port):
    status, text = asked(port, "/metrics")
    assert (status, Page(text)("flightsite_served_total")) == (200, 3)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/healthz", "GET", 200), ("/", "GET", 404), ("/metrics/", "GET", 404), ("/metrics", "POST", 405)],
)
def test_there_is_health_and_nothing_else(port, path, method, status):
    assert asked(port, path, method)[0] == status


def test_without_a_port_nothing_is_served(registry, settings):
    settings.METRICS_PORT = None
    exposition.serve(registry)


def test_an_address_of_ipv6_is_listened_at_too(registry, settings):
    settings.METRICS_HOST, settings.METRICS_PORT = "::1", addresses.free_ports(1)[0]
    exposition.serve(registry)
    assert asked(settings.METRICS_PORT, "/healthz", host="::1")[0] == 200


def test_a_port_that_is_taken_is_an_error_that_names_the_setting(registry, settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.METRICS_PORT = taken.getsockname()[1]
        with pytest.raises(MetricsNotServed, match=f"METRICS_PORT: 127.0.0.1:{settings.METRICS_PORT} can't be"):
            exposition.serve(registry)


def test_a_client_that_says_nothing_keeps_nobody_else_waiting(port):
    with socket.create_connection(("127.0.0.1", port)):
        assert asked(port, "/healthz")[0] == 200


FAMILY = """
import os, sys, time, django
django.setup()
from flights import exposition
from streaming import metrics
exposition.serve(exposition.counters())
children = []
for amount in (3, 4):
    child = os.fork()
    if not child:
        metrics.MESSAGES.inc(amount)
        time.sleep(60)
    children.append(child)
metrics.MESSAGES.inc(1)
print(*children, flush=True)
time.sleep(60)
"""


@pytest.fixture
def family(tmp_path):
    """A process with two children, who all count; started as the Procfile starts such, on a folder with old counts."""
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "counter_1.db").write_bytes(b"of an earlier start")
    [port] = addresses.free_ports(1)
    environment = os.environ | {"METRICS_PORT": str(port), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts")}
    command = [ROOT / "bin" / "counted", sys.executable, "-W", "ignore", "-c", FAMILY]
    parent = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    children = [int(pid) for pid in parent.stdout.readline().split()]
    yield port, parent, children
    for pid in (parent.pid, *children):
        os.kill(pid, signal.SIGKILL)
    parent.communicate()


def within(seconds, condition):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def messages(port):
    return Page(asked(port, "/metrics")[1])("flightsite_consumer_messages_total")


def test_children_count_together_also_those_that_died(family):
    port, _, children = family
    assert within(20, lambda: messages(port) == 8)
    os.kill(children[0], signal.SIGKILL)
    assert messages(port) == 8


def test_children_that_outlive_their_parent_do_not_keep_its_port(family):
    port, parent, _ = family
    assert within(20, lambda: messages(port) == 8)
    parent.kill()
    assert within(10, lambda: addresses.is_free(port))
