"""The access key appears nowhere: it is a canary in every test, and this looks for it."""

import re
from datetime import timedelta

import pytest

from flights import store
from flights.times import utc_now
from tests.end_to_end.conftest import until
from tests.environment import CANARY_KEY

# What each fault is to the client; every one gets a run of its own, so that none is passed over.
OUTCOMES = {
    "401": "KeyRefused",
    "403": "PlanRefused",
    "429-rate": "RateLimited",
    "429-quota": "QuotaExhausted",
    "500": "UpstreamUnavailable",
    "php-error-as-code": "UpstreamUnavailable",
    "html": "UpstreamUnavailable",
    "truncated": "UpstreamUnavailable",
    "reset": "UpstreamUnavailable",
    "error-200": "UnusableAnswer",
    "truncated-json": "UnusableAnswer",
}


def closed():
    return store.collection(store.SLOTS).find_one({"closed_at": {"$ne": None}})


def documents_text():
    return "".join(str(each) for name in store.INDEXES for each in store.collection(name).find({}))


def fail_with(system, upstream, kind, days_ago):
    """Fetch a past day from an upstream that fails three times in this way, then refuses: the rate is waited for."""
    upstream.simulator.control({"next": [kind] * 3, "faults": {"401": 1.0}})
    day = str(utc_now().date() - timedelta(days=days_ago))
    process = system.start("manage.py", "backfill", "--from", day, "--to", day, "--max-pages", "1")
    assert process.wait() == 1
    upstream.simulator.control({"next": [], "faults": {}, "quota_remaining": 10_000})


@pytest.mark.django_db
def test_the_key_is_in_no_log_no_error_no_database_no_metric(system, upstream, client, monkeypatch):
    counted = system.folder / "metrics"
    counted.mkdir()
    system.environment["PROMETHEUS_MULTIPROC_DIR"] = str(counted)
    system.start("manage.py", "consume")
    for days_ago, kind in enumerate(OUTCOMES, start=1):
        fail_with(system, upstream, kind, days_ago)
    system.manage("ingest")
    until(closed, "the slot's closing")
    kept = b"".join(file.read_bytes() for file in system.folder.rglob("*") if file.is_file())
    assert b"page 00.00000" in kept
    assert CANARY_KEY.encode() not in kept
    assert CANARY_KEY not in documents_text()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(counted))
    metrics = client.get("/metrics").content.decode()
    met = set(re.findall(r'flightsite_upstream_requests_total\{outcome="(\w+)"\}', metrics))
    assert met == {"ok", *OUTCOMES.values()}
    assert CANARY_KEY not in metrics
