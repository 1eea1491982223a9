"""What web tells of itself: requests and limits, of all its processes, with labels that visitors can't multiply."""

import subprocess
import sys
import tomllib

import pytest
from django.conf import settings

from tests.ingestion.state.reading import Page

pytestmark = pytest.mark.django_db


def read(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return Page(answer.content.decode())


def views(page):
    return set(page.labelled("django_http_responses_total_by_status_view_method", "view"))


def test_requests_and_limits_are_counted(client):
    page = read(client)
    assert page("django_http_requests_before_middlewares_total") >= 1
    assert page("flightsite_api_limits_local_total") is not None
    assert page.families["flightsite_api_refused"].type == "counter"


def test_the_state_of_the_stores_is_the_exporters(client):
    page = read(client)
    assert [name for name in ("flightsite_slots", "flightsite_runs") if name in page.families] == []


def test_the_store_down_is_no_matter(client, down):
    down("mongodb")
    read(client)


def test_requests_to_addresses_that_are_none_make_no_labels(client):
    client.get("/api/v1/nothing")
    client.get("/elsewhere")
    before = read(client)
    for number in range(20):
        client.get(f"/api/v1/nothing-{number}/{number}")
        client.get(f"/elsewhere-{number}")
        client.get(f"/admin/elsewhere-{number}/")
        client.get(f"/api/v1/flights/{number}")
        client.generic(f"METHOD{number}", "/readyz")
    after = read(client)
    made = " ".join(views(after) - views(before))
    assert not [number for number in range(20) if f"-{number}" in made]
    assert "METHOD" not in after.text


def test_latency_has_buckets_where_the_api_answers_and_where_files_are_made(client):
    client.get("/healthz")
    page = read(client)
    asked = {"view": "flightsite.health.healthz", "method": "GET"}
    name = "django_http_requests_latency_seconds_by_view_method"
    all_of_them = page(f"{name}_bucket", le="300.0", **asked)
    assert all_of_them == page(f"{name}_count", **asked) >= 1
    assert 0 <= page(f"{name}_bucket", le="0.025", **asked) <= all_of_them


def test_processes_that_share_a_folder_are_counted_together(client, tmp_path, settings):
    settings.METRICS_FOLDER = tmp_path
    code = "from prometheus_client import Counter; Counter('flightsite_other', 'Another process.').inc(3)"
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert read(client)("flightsite_other_total") == 3


def test_only_reading_is_allowed(client):
    assert client.post("/metrics").status_code == 405


def test_the_version_of_the_package_is_the_projects():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION
