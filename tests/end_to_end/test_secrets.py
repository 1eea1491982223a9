"""The access key appears nowhere: it is a canary in every test, and this looks for it after every kind of failure."""

import re
from datetime import timedelta
from itertools import chain

import httpx
import pytest
from django.conf import settings

from flights import store
from flights.times import utc_now
from streaming.events import Message
from streaming.producer import observation_producer
from tests.end_to_end import canaries
from tests.end_to_end.conftest import until
from tests.end_to_end.echoing import KINDS, echoing

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
# An answer, an error for each reason, and addresses that are none.
ASKED = [
    "/api/v1/",
    "/api/v1/flights",
    "/api/v1/flights?limit=0&colour=red",
    "/api/v1/flights/2026-11-24T0615-LYS-CDG-AF7641",
    "/api/v1/slots",
    "/api/v1/nothing",
    "/api/schema/",
    "/readyz",
    "/metrics",
]
SHOWN = ["ingestion/run", "ingestion/upstreamrequest", "flights/slot", "flights/flight", "streaming/deadletter"]


def closed():
    return store.collection(store.SLOTS).find_one({"closed_at": {"$ne": None}})


def letters():
    return store.collection(store.DEAD_LETTERS).find_one({"reason": "no-type"})


def backfill(system, days_ago):
    """Fetch one page of a past day; the command's exit code."""
    day = str(utc_now().date() - timedelta(days=days_ago))
    return system.start("manage.py", "backfill", "--from", day, "--to", day, "--max-pages", "1").wait()


def fail_with(system, upstream, kind, days_ago):
    """Fetch a past day from an upstream that fails three times in this way, then refuses: the rate is waited for."""
    upstream.simulator.control({"next": [kind] * 3, "faults": {"401": 1.0}})
    assert backfill(system, days_ago) == 1
    upstream.simulator.control({"next": [], "faults": {}, "quota_remaining": 10_000})


def everywhere(system, site):
    """All that the installation keeps, says and shows."""
    return chain(
        canaries.files(system.folder),
        canaries.documents(),
        canaries.messages(settings.KAFKA_OBSERVED_TOPIC),
        canaries.messages(settings.KAFKA_DEAD_LETTER_TOPIC),
        canaries.admin_pages(site.base_url, site.admin_user, site.admin_password),
        canaries.answers(site.base_url, site.api_key, ASKED),
    )


@pytest.fixture
def counting(system):
    """The processes count together, so that one of them can tell what all have met."""
    (system.folder / "metrics").mkdir()
    system.environment["PROMETHEUS_MULTIPROC_DIR"] = str(system.folder / "metrics")


@pytest.fixture
def refused_message():
    """A message in the topic that is none of ours, so that there is a dead letter."""
    with observation_producer() as producer:
        producer.send([Message(b"key", b"not ours", [])])


def test_the_key_is_nowhere_after_every_failure_of_the_upstream(system, upstream, counting, refused_message, site):
    system.start("manage.py", "consume")
    for days_ago, kind in enumerate(OUTCOMES, start=1):
        fail_with(system, upstream, kind, days_ago)
    system.manage("ingest")
    until(lambda: closed() and letters(), "the slot's closing and a dead letter")
    found = list(everywhere(system, site))
    assert canaries.leaks(iter(found)) == []
    assert "page 00.00000" in system.said
    reached = " ".join(place for place, _ in found)
    assert [name for name in SHOWN if not re.search(rf"/admin/{name}/[^/ ]+/change/", reached)] == []
    metrics = httpx.get(f"{site.base_url}/metrics").text
    met = set(re.findall(r'flightsite_upstream_requests_total\{outcome="(\w+)"\}', metrics))
    assert met == {"ok", *OUTCOMES.values()}


def test_a_key_that_the_upstream_hands_back_is_nowhere_either(system, site):
    with echoing() as upstream:
        system.environment["AVIATIONSTACK_BASE_URL"] = upstream.base_url
        system.start("manage.py", "consume")
        for days_ago, upstream.kind in enumerate(KINDS, start=1):
            assert backfill(system, days_ago) == (0 if upstream.kind == "rows" else 1)
    until(closed, "the day's closing")
    found = list(everywhere(system, site))
    assert canaries.leaks(iter(found)) == []
    assert sum("[access key]" in text for _, text in found) > 10
