import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.paging import PageRequest, next_pages, sampling_rule


def keys(pages):
    return [page.key for page in pages]


def test_a_page_knows_its_offset_and_a_key_that_sorts():
    page = PageRequest(query=1, number=12, params={})
    assert (page.offset, page.key) == (1200, "01.00012")


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
