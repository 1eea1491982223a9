"""Keys, plans and quota."""

from http import HTTPStatus

import httpx
import pytest

from ingestion.simulator.accounts import Accounts
from tests.ingestion.simulator.conftest import KEY


def test_too_large_a_limit_is_refused_and_charged(serve):
    asker = serve(quota=10)
    answer = asker.get(limit=101)
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert answer.headers["x-quota-remaining"] == "9"


def test_basic_reaches_three_months_back(shared):
    assert shared.get(flight_date="2026-08-30").status_code == 200
    assert shared.get(flight_date="2026-07-01").status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("profile", ["free-docs", "free-strict", "free-2026-01"])
def test_a_free_plan_gets_flights_but_no_dates(serve, profile):
    asker = serve(profile=profile)
    assert asker.get().status_code == 200
    assert asker.get(flight_date="2026-11-24").status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("profile", "plain", "search"),
    [("free-docs", 200, 200), ("free-strict", 403, 403), ("free-2026-01", 200, 403)],
)
def test_a_free_plan_may_or_may_not_read_airports(serve, profile, plain, search):
    asker = serve(profile=profile)
    statuses = [asker.get("airports").status_code, asker.get("airports", search="a").status_code]
    assert statuses == [plain, search]


def test_a_key_can_have_a_plan_of_its_own(serve):
    asker = serve(key_profiles={KEY: "free-strict"})
    assert asker.get("airports").status_code == HTTPStatus.FORBIDDEN
    assert asker.get("airports", access_key="f" * 32).status_code == 200


def test_an_exhausted_quota_is_a_429_and_is_not_charged(serve):
    asker = serve(quota=1)
    statuses = [asker.get().status_code for _ in range(3)]
    assert statuses == [200, 429, 429]
    assert asker.state()["charged"] == 1
    assert asker.get().json()["error"]["code"] == "usage_limit_reached"


def test_a_quota_can_be_overdrawn(serve):
    assert serve(quota=-5).get().status_code == 429


def test_the_quota_left_can_be_set_while_running(serve):
    asker = serve()
    asker.get()
    asker.control(quota_remaining=2)
    headers = asker.get().headers
    assert (headers["x-quota-remaining"], headers["x-quota-limit"]) == ("1", "10000")


def test_too_many_requests_in_a_second_are_refused_uncharged(serve):
    asker = serve(rate_limit=2)
    with httpx.Client() as client:
        url, params = f"{asker.server.base_url}/flights", {"access_key": KEY, "limit": "1"}
        statuses = [client.get(url, params=params).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert asker.state()["charged"] == 2


def test_after_a_second_a_request_may_come_again():
    account = Accounts("basic", 10).account(KEY)
    refused = [account.is_too_fast(at, per_second=1) for at in (5.0, 5.5, 6.1)]
    assert refused == [False, True, False]


@pytest.mark.parametrize(("key", "code"), [("A" * 32, "invalid_access_key"), ("", "invalid_access_key")])
def test_a_key_of_the_wrong_form_is_stopped_at_the_load_balancer(shared, key, code):
    answer = shared.get(access_key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
    assert "x-quota-remaining" not in answer.headers


def test_without_a_key_the_service_says_so(shared):
    answer = httpx.get(f"{shared.server.base_url}/flights")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "missing_access_key")


def test_only_the_one_key_is_accepted_where_one_is_given(serve):
    asker = serve(access_key=KEY)
    assert asker.get().status_code == 200
    answer = asker.get(access_key="e" * 32)
    assert answer.status_code == 401
    assert "x-apilayer-transaction-id" in answer.headers
