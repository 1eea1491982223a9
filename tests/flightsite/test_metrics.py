import subprocess
import sys
import tomllib

import pytest
from django.conf import settings

from flights import services
from flights.times import utc_now
from streaming.consumer import Received
from streaming.events import observed_message
from streaming.services import handle_batch
from tests.factories import a_record
from tests.flights.api.test_reconstructed import TOLD
from tests.flights.test_services import a_summary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents")]


def sample(page, name):
    """The value of one line of the page."""
    return next(line.rpartition(" ")[2] for line in page.splitlines() if line.startswith(name))


def read(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return answer.content.decode()


def close_a_slot(now):
    services.apply_records([a_record()])
    services.end_partition(a_summary(), 0, 1, now)


def test_the_state_of_slots_and_runs_is_told(client, run):
    close_a_slot(utc_now())
    page = read(client)
    assert sample(page, 'flightsite_slots{state="complete"}') == "1.0"
    assert sample(page, 'flightsite_last_slot_rows{what="stored"}') == "1.0"
    assert float(sample(page, "flightsite_last_slot_closed_age_seconds")) < 60
    assert sample(page, 'flightsite_runs{state="open"}') == "1.0"
    assert sample(page, "flightsite_upstream_requests_used") == "0.0"


def test_a_reconstructed_slot_is_none_that_was_closed_in_time(client):
    summary = a_summary(backfill=True, shortfall="a day is missing", reconstruction=TOLD)
    services.end_partition(summary, 0, 1, utc_now())
    page = read(client)
    states = [sample(page, f'flightsite_slots{{state="{state}"}}') for state in ("backfilled", "partial")]
    assert (states, "flightsite_last_slot_closed_age_seconds" in page) == (["1.0", "0.0"], False)


def test_before_the_first_slot_there_is_no_age(client):
    page = read(client)
    assert "flightsite_last_slot_closed_age_seconds" not in page
    assert sample(page, "flightsite_store_up") == "1.0"


def test_a_store_that_is_down_is_a_metric_not_an_error(client, down):
    down("mongodb")
    assert sample(read(client), "flightsite_store_up") == "0.0"


def test_the_pipelines_own_counters_are_there(client):
    page = read(client)
    assert "flightsite_consumer_messages_total" in page
    assert "django_http_requests_before_middlewares_total" in page


def test_processes_that_share_a_folder_are_counted_together(client, tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    code = "from prometheus_client import Counter; Counter('flightsite_other', 'Another process.').inc(3)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert sample(read(client), "flightsite_other_total") == "3.0"


def test_only_reading_is_allowed(client):
    assert client.post("/metrics").status_code == 405


def test_open_dead_letters_are_told_by_reason(client):
    message = Received("flights.observed", 0, 1, b"{", observed_message(a_record()).headers)
    handle_batch([message])
    assert sample(read(client), 'flightsite_dead_letters_open{reason="not-json"}') == "1.0"


def test_the_version_of_the_package_is_the_projects():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION
