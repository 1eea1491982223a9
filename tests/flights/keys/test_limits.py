from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from flights.keys import counters, limits
from flights.keys.records import Limits, Refusal

CLIENTS = 50


def by_many(work, times):
    """What `work` answers to 50 clients at once, each asking so often."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(lambda _: work(), range(CLIENTS * times)))


def admitted(caller, *, needs_rows=True):
    return limits.admit(caller, needs_rows=needs_rows)


def test_50_parallel_clients_get_exactly_the_requests_of_a_minute(caller):
    one = caller(requests=120)
    answers = by_many(lambda: admitted(one), 5)
    assert Counter(answer.refused for answer in answers) == {None: 120, Refusal.REQUESTS: 130}
    left = sorted(answer.requests_left for answer in answers if answer.refused is None)
    assert left == list(range(120))


def test_50_parallel_clients_get_exactly_the_rows_of_the_day(caller):
    one = caller(rows=1000)
    standing = admitted(one)
    answers = by_many(lambda: limits.take(one, 7, standing), 5)
    assert Counter(answer.refused for answer in answers) == {None: 142, Refusal.ROWS: 108}
    assert {answer.rows_left for answer in answers if answer.refused} == {1000 - 142 * 7}


def test_the_last_rows_may_be_taken_to_the_last(caller):
    one = caller(rows=10)
    standing = limits.take(one, 8, admitted(one))
    assert limits.take(one, 3, standing).refused is Refusal.ROWS
    assert limits.take(one, 2, standing).rows_left == 0


def test_a_request_is_refused_when_no_row_is_left_unless_it_needs_none(caller):
    one = caller(rows=1)
    limits.take(one, 1, admitted(one))
    assert admitted(one).refused is Refusal.ROWS
    assert admitted(one, needs_rows=False).refused is None


def test_a_refused_request_is_not_counted(caller, counted):
    one = caller(requests=2)
    for _ in range(5):
        admitted(one)
    assert counted.llen(f"flightsite:{{{one.prefix}}}:requests") == 2


def test_a_request_leaves_the_window_after_60_seconds(caller, counted):
    one = caller(requests=2)
    for _ in range(2):
        admitted(one)
    name = f"flightsite:{{{one.prefix}}}:requests"
    counted.lset(name, -1, int(counted.lindex(name, -1)) - 60_000)
    assert [admitted(one).refused for _ in range(2)] == [None, Refusal.REQUESTS]


def test_the_wait_is_until_the_oldest_request_leaves_the_window(caller, counted):
    one = caller(requests=2)
    for _ in range(2):
        admitted(one)
    name = f"flightsite:{{{one.prefix}}}:requests"
    counted.lset(name, -1, int(counted.lindex(name, -1)) - 50_000)
    assert 0 < admitted(one).requests_wait <= 10_000


def test_a_narrowed_limit_waits_until_enough_requests_have_left(caller, counted):
    one = caller(requests=3)
    for _ in range(3):
        admitted(one)
    name = f"flightsite:{{{one.prefix}}}:requests"
    counted.lset(name, 2, int(counted.lindex(name, 2)) - 50_000)
    refused = counters.admit(one.prefix, Limits(1, 10), needs_rows=False)
    assert refused.refused is Refusal.REQUESTS
    assert refused.requests_wait > 10_000


def test_rows_of_another_day_do_not_count(caller, counted):
    one = caller(rows=10)
    limits.take(one, 10, admitted(one))
    name = counters.rows_name(one.prefix)
    counted.hset(name, "day", int(counted.hget(name, "day")) - 1)
    assert admitted(one).rows_left == 10
    assert limits.take(one, 10, admitted(one)).rows_left == 0


def test_what_is_counted_expires_by_itself(caller, counted):
    one = caller()
    limits.take(one, 1, admitted(one))
    assert 0 < counted.pttl(f"flightsite:{{{one.prefix}}}:requests") <= 60_000
    assert 0 < counted.pttl(counters.rows_name(one.prefix)) <= 24 * 3600 * 1000


def test_each_key_has_limits_of_its_own(caller):
    one, other = caller(requests=1), caller(requests=1)
    assert [admitted(each).refused for each in (one, other, one)] == [None, None, Refusal.REQUESTS]


@effort(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(budget=st.integers(1, 60), sizes=st.lists(st.integers(1, 30), max_size=12))
def test_whatever_is_asked_no_more_rows_than_the_budget_are_given(caller, budget, sizes):
    one = caller(rows=budget)
    standing = admitted(one)
    left = budget
    for size in sizes:
        taken = limits.take(one, size, standing)
        assert (taken.refused is None) == (size <= left)
        left -= size if taken.refused is None else 0
        assert taken.rows_left == left


@pytest.mark.parametrize("is_refusing", [True, False])
def test_without_redis_one_process_allows_a_tenth_and_no_more(caller, line, settings, is_refusing):
    one = caller(requests=40, rows=200)
    line.black_hole()
    if is_refusing:
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
    answers = [admitted(one) for _ in range(6)]
    assert [answer.refused for answer in answers] == [None] * 4 + [Refusal.REQUESTS] * 2
    assert all(answer.is_local for answer in answers)
    assert limits.take(one, 20, answers[0]).rows_left == 0
    assert limits.take(one, 1, answers[0]).refused is Refusal.ROWS


def test_without_redis_50_parallel_clients_get_exactly_the_tenth(caller, line):
    line.black_hole()
    one = caller(requests=300)
    answers = by_many(lambda: admitted(one), 2)
    assert Counter(answer.refused for answer in answers) == {None: 30, Refusal.REQUESTS: 70}


def test_while_redis_is_down_it_is_not_asked_at_every_request(caller, line):
    line.black_hole()
    admitted(caller())
    line.mend()
    assert admitted(caller()).is_local


def test_when_redis_is_back_all_processes_count_as_one_again(caller, line, monkeypatch):
    line.black_hole()
    one = caller()
    assert admitted(one).is_local
    line.mend()
    monkeypatch.setattr(limits, "_down_until", 0.0)
    assert not admitted(one).is_local
