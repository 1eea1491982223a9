"""The exporter as a process: started by its command, scraped over HTTP, ended by SIGTERM."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from flightsite.embedded import addresses
from tests.environment import CANARY_KEY
from tests.flights.test_exposition import asked, within
from tests.ingestion.state.reading import Page

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-W", "ignore", "manage.py", "exporter"]
LOADED = """
import sys, django
django.setup()
import ingestion.management.commands.exporter
print([name for name in ("pyarrow", "pandas", "numpy") if name in sys.modules])
"""


def answers(port):
    try:
        return asked(port, "/healthz")[0] == 200
    except OSError:
        return False


@pytest.fixture
def start(tmp_path):
    """Starts an exporter with these settings beside the test's own; gives its port and the process."""
    started = []

    def begin(**environment):
        [port] = addresses.free_ports(1)
        told = os.environ | {"METRICS_PORT": str(port), "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(COMMAND, cwd=ROOT, env=told | environment, stdout=log, stderr=log)
        started.append(process)
        assert within(30, lambda: answers(port) or process.poll() is not None)
        return port, process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def test_it_is_scraped_and_ends_soon_after_it_is_asked_to(start, documents, tmp_path):
    port, process = start()
    status, text = asked(port, "/metrics")
    page = Page(text)
    assert (status, page("flightsite_dependency_up", dependency="mongodb")) == (200, 1)
    assert page("flightsite_exporter_collect_failed", part="slots") == 0
    assert CANARY_KEY not in text
    began = time.monotonic()
    process.terminate()
    assert process.wait(10) == 0
    assert time.monotonic() - began < 2
    assert "exporter stopped" in (tmp_path / "log").read_text()


def test_with_nothing_up_it_answers_in_time_and_ends_in_time(start, tmp_path):
    nowhere = {
        "MONGODB_URI": "mongodb://nobody:hunter2@127.0.0.1:9/x",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "REDIS_URL": "redis://:hunter2@127.0.0.1:9/0",
        "DATABASE_URL": "postgres://nobody:hunter2@127.0.0.1:9/x",
    }
    port, process = start(**nowhere)
    began = time.monotonic()
    page = Page(asked(port, "/metrics")[1])
    assert time.monotonic() - began < 8
    assert set(page.labelled("flightsite_dependency_up", "dependency").values()) == {0}
    assert page("flightsite_due_slot_timestamp_seconds") is not None
    assert page("flightsite_build_info", **page.families["flightsite_build_info"].samples[0].labels) == 1
    threading.Thread(target=asked, args=(port, "/metrics"), daemon=True).start()
    process.terminate()
    assert process.wait(3) == 0
    assert "hunter2" not in page.text + (tmp_path / "log").read_text()


def test_servers_that_take_connections_and_say_nothing_keep_no_scrape_waiting(start):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        port, process = start(
            MONGODB_URI=f"mongodb://{address}/x", KAFKA_BOOTSTRAP_SERVERS=address, REDIS_URL=f"redis://{address}/0"
        )
        for _ in range(2):
            began = time.monotonic()
            page = Page(asked(port, "/metrics")[1])
            assert time.monotonic() - began < 8
            up = page.labelled("flightsite_dependency_up", "dependency")
            assert up == {"sql": 1, "mongodb": 0, "kafka": 0, "redis": 0}
        process.terminate()
        assert process.wait(3) == 0


def test_a_port_that_is_taken_ends_it_with_words_that_name_the_setting(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.METRICS_PORT = taken.getsockname()[1]
        with pytest.raises(CommandError, match="METRICS_PORT"):
            call_command("exporter")


def test_it_loads_no_parquet():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", LOADED], cwd=ROOT, capture_output=True, text=True)
    assert json.loads(done.stdout) == [], done.stderr
