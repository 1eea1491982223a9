from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import BadDays
from ingestion.plan import (
    PageRequest,
    days_to_fetch,
    next_pages,
    pages_a_slot,
    remaining_requests,
    sampling_rule,
    slots_a_month,
    slots_until,
)


def keys(pages):
    return [page.key for page in pages]


def test_a_page_knows_its_offset_and_a_key_that_sorts():
    page = PageRequest(query=1, number=12, params={})
    assert (page.offset, page.key) == (1200, "01.00012")


@pytest.mark.parametrize(
    ("schedule", "slots"),
    [("0 */2 * * *", 372), ("0 0 * * *", 31), ("30 4 1 * *", 1), ("* * * * *", 44_640), ("0 0 29 2 *", 0)],
)
def test_a_schedule_is_counted_over_a_month_of_31_days(schedule, slots):
    assert slots_a_month(schedule) == slots


@pytest.mark.parametrize(
    ("requests", "schedule", "pages"),
    [(10_000, "0 */2 * * *", 26), (100, "0 */2 * * *", 1), (744, "0 */2 * * *", 2), (50, "0 0 29 2 *", 50)],
)
def test_the_allowance_is_shared_among_the_slots_of_a_month(requests, schedule, pages):
    assert pages_a_slot(requests, schedule) == pages


@pytest.mark.parametrize(
    ("used", "told", "left"),
    [(40, None, 60), (40, 70, 60), (40, 50, 50), (100, None, 0), (140, None, 0), (40, -688, 0), (40, 0, 0)],
)
def test_what_is_left_is_the_smaller_of_both_counts_and_never_negative(used, told, left):
    assert remaining_requests(100, used, told) == left


@pytest.mark.parametrize(
    ("announced", "pages"),
    [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3), (443_995, 5), (None, 5)],
)
def test_a_query_is_read_up_to_its_last_announced_page_or_the_slots_share(announced, pages):
    assert len(list(next_pages([{}], 5, {0: announced}))) == pages


def test_what_a_short_query_leaves_goes_to_the_next_one():
    assert keys(next_pages([{"a": "1"}, {"b": "2"}], 4, {0: 150, 1: 900})) == [
        "00.00000",
        "00.00001",
        "01.00000",
        "01.00001",
    ]


def test_a_page_carries_the_parameters_of_its_query():
    assert [page.params for page in next_pages([{"a": "1"}, {"b": "2"}], 2, {0: 1})] == [{"a": "1"}, {"b": "2"}]


def test_the_announced_total_is_read_anew_after_each_page():
    announced: dict[int, int | None] = {0: 1000}
    pages = next_pages([{}], 9, announced)
    assert next(pages).number == 0
    announced[0] = 100
    assert list(pages) == []


def test_no_share_or_no_query_asks_for_nothing():
    assert [*next_pages([{}], 0, {}), *next_pages([], 5, {})] == []


@pytest.mark.parametrize(
    ("received", "announced", "rule"),
    [
        (100, 100, "all pages announced"),
        (101, 100, "all pages announced"),
        (0, 0, "all pages announced"),
        (100, 443_995, "first pages"),
        (100, None, "first pages"),
    ],
)
def test_the_sampling_rule_says_whether_all_announced_rows_came(received, announced, rule):
    assert sampling_rule(received, announced) == rule


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 30), st.lists(st.none() | st.integers(0, 5000), min_size=1, max_size=4))
def test_no_plan_exceeds_the_share_or_asks_for_a_page_twice(pages, totals):
    planned = keys(next_pages([{}] * len(totals), pages, dict(enumerate(totals))))
    assert len(planned) <= pages
    assert planned == sorted(set(planned))


NOVEMBER_24 = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "slots"), [("0 */2 * * *", 9), ("0 0 * * *", 0), ("30 4 * * *", 0), ("31 4 * * *", 1)]
)
def test_the_slots_left_are_counted_after_now_and_before_the_end(schedule, slots):
    assert slots_until(schedule, NOVEMBER_24, datetime(2026, 11, 25, tzinfo=UTC)) == slots


@pytest.mark.parametrize(
    ("first", "last", "end"), [("2026-11-22", "2026-11-21", "first"), ("2026-08-23", "2026-11-21", "first"),
                               ("2026-11-20", "2026-11-25", "last")]
)  # fmt: skip
def test_days_that_can_not_be_fetched_name_the_end_that_is_wrong(first, last, end):
    with pytest.raises(BadDays) as refused:
        days_to_fetch(date.fromisoformat(first), date.fromisoformat(last), NOVEMBER_24.date())
    assert refused.value.end == end


def test_92_days_back_can_be_fetched_up_to_today():
    assert len(days_to_fetch(date(2026, 8, 24), date(2026, 11, 24), NOVEMBER_24.date())) == 93
