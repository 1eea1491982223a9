import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.request import Request
from rest_framework.response import Response

from flights.api import metering
from flights.api.problems import ApiError
from flights.keys import limits, services
from flights.keys.models import ApiKey
from flights.times import utc_now
from tests.flights.api.stored import close_slot, store_flights
from tests.proxy import Proxy

FLIGHTS = "/api/v1/flights?flight_date=2026-11-24"


@pytest.fixture
def client_with(documents, db):
    def make(**values):
        return Client(headers={"authorization": f"Api-Key {services.create_key('a test', **values)[1]}"})

    return make


def numbers(answer, name="RateLimit"):
    """The parameters in order, as whole numbers."""
    return [int(number) for number in re.findall(r"=(\d+)", answer.headers[name])]


def test_every_answer_says_the_limits_and_what_is_left(client_with):
    store_flights(3)
    answer = client_with(requests_a_minute=60, rows_a_day=500).get(FLIGHTS)
    assert answer.headers["RateLimit-Policy"] == '"requests";q=60;w=60, "rows";q=500;w=86400;qu="rows"'
    requests_left, requests_wait, rows_left, rows_wait = numbers(answer)
    assert (requests_left, rows_left) == (59, 497)
    assert 0 < requests_wait <= 60
    assert 0 < rows_wait <= 24 * 3600
    assert "X-RateLimit-Counted" not in answer.headers


@pytest.mark.parametrize(("url", "status"), [("/api/v1/slots/2026-11-24/04", 404), (f"{FLIGHTS}&limit=0", 400)])
def test_an_error_counts_as_a_request_and_costs_no_row(client_with, url, status):
    answer = client_with(requests_a_minute=60, rows_a_day=500).get(url)
    assert (answer.status_code, numbers(answer)[0], numbers(answer)[2]) == (status, 59, 500)


@pytest.mark.parametrize(
    ("url", "rows"),
    [
        (f"{FLIGHTS}&limit=2", 2),
        (FLIGHTS, 3),
        ("/api/v1/flights/2026-11-24T0000-LYS-CDG-AF0", 1),
        ("/api/v1/slots?from=2026-11-24&to=2026-11-24", 1),
        ("/api/v1/slots/2026-11-24/04", 1),
        ("/api/v1/", 0),
    ],
)
def test_a_page_costs_its_rows_and_another_answer_one(client_with, url, rows):
    store_flights(3)
    close_slot()
    answer = client_with(rows_a_day=500).get(url)
    assert (answer.status_code, numbers(answer)[2]) == (200, 500 - rows)


def test_a_question_without_a_body_costs_no_row(client_with):
    store_flights(3)
    answer = client_with(rows_a_day=500).head(FLIGHTS)
    assert (answer.status_code, numbers(answer)[2]) == (200, 500)


def test_beyond_its_requests_a_key_is_told_when_to_go_on(client_with):
    api = client_with(requests_a_minute=1)
    assert api.get("/api/v1/").status_code == 200
    answer = api.get("/api/v1/")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (429, "urn:flightsite:problem:throttled")
    assert problem["detail"] == "This key may ask 1 times in any 60 seconds, and has."
    assert problem["hint"].startswith(f"Go on in {answer.headers['Retry-After']} s")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert numbers(answer)[:2] == [0, int(answer.headers["Retry-After"])]


def test_a_page_that_the_budget_does_not_hold_says_how_much_it_holds(client_with):
    store_flights(5)
    api = client_with(rows_a_day=3)
    answer = api.get(FLIGHTS)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (429, "urn:flightsite:problem:rows-used-up")
    assert problem["detail"] == "This answer has 5 rows, 3 are left of this key's 3 of today."
    assert problem["hint"].startswith("Ask for fewer rows (limit=3), or go on at 00:00 UTC")
    assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600
    assert api.get(f"{FLIGHTS}&limit=3").json()["meta"]["count"] == 3


def test_with_its_rows_used_up_a_key_still_finds_the_way(client_with):
    store_flights(3)
    api = client_with(rows_a_day=3)
    assert api.get(FLIGHTS).status_code == 200
    answer = api.get(FLIGHTS)
    assert (answer.status_code, answer.json()["title"]) == (429, "The day's rows are used up")
    assert answer.json()["detail"] == "No row is left of this key's 3 of today."
    assert api.get("/api/v1/").status_code == 200


@pytest.fixture
def asked(db, rf):
    """A request that was admitted, of a key with a budget of 10 rows."""
    request = Request(rf.get("/file"))
    metering.admit(request, services.create_key("a file", rows_a_day=10)[0].caller, needs_rows=True)
    return request


def test_a_file_is_charged_batch_by_batch_until_the_budget_is_used_up(asked):
    for _ in range(2):
        metering.charge(asked, 4)
    with pytest.raises(ApiError) as refused:
        metering.charge(asked, 4)
    assert (refused.value.status, refused.value.kind) == (429, metering.USED_UP)
    metering.charge(asked, 2)
    assert asked.auth.standing.rows_left == 0


def test_what_was_charged_by_hand_is_not_charged_again(asked):
    metering.charge(asked, 4)
    settled = metering.settle(asked, Response({"data": [1, 2, 3]}))
    assert numbers(settled)[2] == 6


def test_50_parallel_clients_get_exactly_the_rows_of_one_key(client_with, monkeypatch):
    """The store and the counters are the real ones; the key stays accepted: SQL is this thread's transaction only."""
    monkeypatch.setattr(services, "REMEMBERED_SECONDS", 600.0)
    store_flights(10)
    api = client_with(requests_a_minute=100_000, rows_a_day=333)
    assert api.get("/api/v1/").status_code == 200

    def ask(_number):
        answer = Client(**api.defaults).get(FLIGHTS)
        return answer.json()["meta"]["count"] if answer.status_code == 200 else answer.status_code

    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(ask, range(100)))
    assert (answers.count(10), answers.count(429)) == (33, 67)


def test_a_key_without_the_scope_is_told_which_it_needs(client_with):
    answer = client_with(may_read=False, may_operate=True).get(FLIGHTS)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs a key with the scope read; this key has: ops."
    assert "RateLimit" in answer.headers


def test_the_hot_path_asks_sql_nothing(client_with, django_assert_num_queries):
    store_flights(3)
    api = client_with()
    with django_assert_num_queries(2):  # the key, and that it was used
        assert api.get(FLIGHTS).status_code == 200
    with django_assert_num_queries(0):
        assert api.get(FLIGHTS).status_code == 200


def test_a_use_is_noted(client_with):
    before = utc_now() - timedelta(seconds=1)
    client_with().get("/api/v1/")
    assert ApiKey.objects.get().last_used > before


def test_without_redis_reading_goes_on_and_says_how_it_is_counted(client_with, settings, monkeypatch):
    store_flights(3)
    monkeypatch.setattr(limits, "_down_until", 0.0)
    settings.REDIS_URL = "redis://nobody:hunter2@127.0.0.1:9/0"
    api = client_with(requests_a_minute=30, rows_a_day=60)
    answers = [api.get(FLIGHTS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[0].headers["X-RateLimit-Counted"] == "by one process alone"
    assert answers[0].headers["RateLimit-Policy"] == '"requests";q=3;w=60, "rows";q=6;w=86400;qu="rows"'
    assert b"hunter2" not in answers[3].content


def test_a_redis_that_swallows_everything_is_found_out_within_a_request(client_with, settings, monkeypatch):
    store_flights(1)
    monkeypatch.setattr(limits, "_down_until", 0.0)
    port = int(settings.REDIS_URL.rpartition(":")[2].partition("/")[0])
    proxy = Proxy(port)
    settings.REDIS_URL = f"redis://127.0.0.1:{proxy.port}/0"
    proxy.black_hole()
    answer = client_with().get(FLIGHTS)
    proxy.close()
    assert (answer.status_code, answer.headers["X-RateLimit-Counted"]) == (200, "by one process alone")


def test_a_file_costs_its_rows_a_part_its_share_and_what_is_known_none(client_with, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    store_flights(10)
    client, url = client_with(requests_a_minute=60, rows_a_day=17), "/api/v1/days/2026-11-24/flights.csv"

    def left(**headers):
        with closing(client.get(url, headers=headers)) as answer:
            return answer.status_code, numbers(answer)[2]

    with closing(client.head(url)) as head:
        size, etag = head.headers["Content-Length"], head.headers["ETag"]
    assert left() == (200, 7)
    assert left(if_none_match=etag) == (304, 7)
    assert left(range=f"bytes={int(size) - int(size) // 2}-") == (206, 2)
    assert left() == (429, 2)
