"""Orders and limits with many clients at once, against a web server of its own with a SQL database on disk."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
import redis

from tests.end_to_end.conftest import System, until

CLIENTS = 20
WHY = "twenty clients ask at once"
ADDRESS = "/api/v1/ops/runs"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Its address, and the text of a key that may operate."""
    system = System(tmp_path_factory.mktemp("site"), SimpleNamespace(base_url="http://127.0.0.1:9/v1"))
    system.environment["INGEST_SCHEDULE"] = "0 0 1 1 *"  # one present slot, whenever the test runs
    system.manage("migrate")
    made = json.loads(system.manage("api_key", "create", "many", "--scope", "ops", "--json"))
    yield SimpleNamespace(
        url=system.serve(), key=made["api_key"], redis_url=system.environment["REDIS_URL"], manage=system.manage
    )
    system.stop()


@pytest.fixture
def a_key(site):
    """Makes a key by the command; what it prints."""

    def make(*words):
        return json.loads(site.manage("api_key", "create", "another", "--scope", "ops", "--json", *words))

    return make


def asked(site, key):
    return httpx.get(site.url + ADDRESS, headers={"authorization": f"Api-Key {key}"}, timeout=60).status_code


@pytest.fixture
def queue(site):
    with redis.Redis.from_url(site.redis_url) as server:
        server.delete("celery")
        yield lambda: server.llen("celery")
        server.delete("celery")


@pytest.fixture
def orders(site):
    """Places as many orders at once as there are bodies and idempotency keys."""

    def place(sent):
        once, body = sent
        headers = {"authorization": f"Api-Key {site.key}", "Idempotency-Key": once}
        return httpx.post(site.url + ADDRESS, json=body, headers=headers, timeout=60)

    def at_once(wanted):
        with ThreadPoolExecutor(CLIENTS) as clients:
            return list(clients.map(place, wanted))

    return at_once


def test_one_order_sent_by_many_at_once_is_placed_once(orders, queue):
    answers = orders([("one-order", {"reason": WHY})] * CLIENTS)
    assert Counter(answer.status_code for answer in answers) == {202: CLIENTS}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert (answers[0].json()["data"]["started"][0]["outcome"], queue()) == ("opened", 1)


def test_two_orders_under_one_key_at_once_are_one_order_and_a_contradiction(orders, queue):
    bodies = [{"reason": f"{WHY}: {number % 2}"} for number in range(CLIENTS)]
    answers = orders([("contradiction", body) for body in bodies])
    assert Counter(answer.status_code for answer in answers) == {202: CLIENTS // 2, 422: CLIENTS // 2}


def test_many_orders_for_one_slot_open_it_once(orders, queue):
    answers = orders([(f"many-orders-{number}", {"reason": WHY}) for number in range(CLIENTS)])
    outcomes = Counter(answer.json()["data"]["started"][0]["outcome"] for answer in answers)
    assert outcomes["opened"] <= 1
    assert outcomes["opened"] + outcomes["under way"] == CLIENTS
    assert queue() == outcomes["opened"]


def test_50_connections_together_get_exactly_the_requests_of_their_key(site, a_key):
    key = a_key("--requests", "40")["api_key"]
    with ThreadPoolExecutor(50) as clients:
        answers = Counter(clients.map(lambda _: asked(site, key), range(100)))
    assert answers == {200: 40, 429: 60}


def test_a_key_revoked_by_another_process_is_refused(site, a_key):
    made = a_key()
    assert asked(site, made["api_key"]) == 200
    site.manage("api_key", "revoke", made["prefix"])
    until(lambda: asked(site, made["api_key"]) == 401, "the refusal")
