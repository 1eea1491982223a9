from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.paging import (
    STARTS,
    PageRequest,
    Query,
    drawn,
    next_pages,
    page_numbers,
    rule_of,
    sampling_rule,
    shared_out,
)


def keys(pages):
    return [page.key for page in pages]


def planned(queries, pages, firsts, ends=None):
    """The keys of the pages where each query ends where its first page says."""
    known = {query: end for query, end in firsts.items() if end is not None}
    return keys(next_pages(queries, pages, firsts, known if ends is None else ends))


def first_pages(*params, share=1.0):
    return [Query(each, share) for each in params]


def test_a_page_knows_its_offset_and_a_key_that_sorts():
    page = PageRequest(query=1, number=12, params={})
    assert (page.offset, page.key) == (1200, "01.00012")
    assert page_numbers(page.key) == (1, 12)


@pytest.mark.parametrize(
    ("announced", "pages"),
    [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3), (443_995, 5), (None, 5)],
)
def test_a_query_is_read_up_to_its_last_announced_page_or_the_slots_share(announced, pages):
    assert len(planned(first_pages({}), 5, {0: announced})) == pages


def test_the_first_page_of_each_query_comes_first_then_the_rest_by_share():
    queries = [Query({"a": "1"}, 0.75), Query({"b": "2"}, 0.25)]
    assert planned(queries, 8, {0: 900, 1: 900}) == [
        *("00.00000", "01.00000"),
        *("00.00001", "00.00002", "00.00003", "00.00004", "00.00005"),
        "01.00001",
    ]


def test_what_a_short_query_does_not_need_goes_to_the_others():
    assert planned(first_pages({"a": "1"}, {"b": "2"}), 5, {0: 150, 1: 900}) == [
        *("00.00000", "01.00000", "00.00001", "01.00001", "01.00002"),
    ]


def test_a_page_carries_the_parameters_of_its_query():
    pages = list(next_pages(first_pages({"a": "1"}, {"b": "2"}), 2, {}, {}))
    assert [page.params for page in pages] == [{"a": "1"}, {"b": "2"}]


def test_where_a_query_ends_is_read_anew_after_each_page():
    firsts, ends = {}, {}
    pages = next_pages(first_pages({}), 9, firsts, ends)
    assert next(pages).number == 0
    firsts[0] = ends[0] = 1000
    assert next(pages).number == 1
    ends[0] = 200
    assert list(pages) == []


def test_a_query_that_grew_meanwhile_takes_what_is_left():
    firsts, ends = {}, {}
    pages = next_pages(first_pages({}), 9, firsts, ends)
    next(pages)
    firsts[0] = ends[0] = 150
    assert next(pages).number == 1
    ends[0] = 250
    assert [page.number for page in pages] == [2]


def test_a_query_whose_first_page_failed_is_read_as_far_as_its_share():
    assert planned(first_pages({"a": "1"}, {"b": "2"}), 4, {1: 900}, {1: 900}) == [
        *("00.00000", "01.00000", "00.00001", "01.00001"),
    ]


def test_a_sampled_query_whose_first_page_failed_is_told_by_its_second_and_draws_the_same_pages():
    query, ends = Query({}, 1.0, 500_000), {0: 10_000}
    whole = keys(next_pages([query], 5, {0: 10_000}, ends))
    firsts = {}
    pages = next_pages([query], 5, firsts, {})
    assert [next(pages).number, next(pages).number] == [0, 1]
    firsts[0] = 10_000
    assert keys(pages) == whole[1:]


def test_no_share_or_no_query_asks_for_nothing():
    assert [*next_pages(first_pages({}), 0, {}, {}), *next_pages([], 5, {}, {})] == []


def test_with_too_few_pages_the_first_queries_are_asked():
    assert planned(first_pages({"a": "1"}, {"b": "2"}, {"c": "3"}), 2, {0: 900, 1: 900}) == ["00.00000", "01.00000"]


QUERIES = st.lists(
    st.builds(Query, st.just({}), st.floats(0.01, 1), st.none() | st.integers(0, STARTS - 1)), min_size=1, max_size=5
)


@settings(deadline=None, max_examples=200)
@given(QUERIES, st.integers(0, 60), st.data())
def test_no_plan_exceeds_its_pages_or_asks_for_one_twice(queries, pages, data):
    firsts = {
        number: end
        for number in range(len(queries))
        if (end := data.draw(st.none() | st.integers(0, 20_000) | st.just(-1))) != -1
    }
    plan = planned(queries, pages, firsts)
    assert len(plan) <= pages
    assert len(set(plan)) == len(plan)
    assert all(page_numbers(key)[1] * 100 < max(1, firsts.get(page_numbers(key)[0]) or 10**9) for key in plan)


@settings(deadline=None, max_examples=200)
@given(QUERIES, st.integers(1, 60), st.data())
def test_killed_anywhere_it_goes_on_with_the_same_pages(queries, pages, data):
    """What is known grows page by page; a run that begins again finds the same answers in the archive."""
    told = {number: data.draw(st.none() | st.integers(0, 20_000)) for number in range(len(queries))}
    failing = data.draw(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 2))))

    def run():
        firsts, ends = {}, {}
        for page in next_pages(queries, pages, firsts, ends):
            if (page.query, page.number) in failing:
                yield page.key
                continue
            if page.number == 0 or (page.number == 1 and page.query not in firsts):
                firsts[page.query] = told[page.query]
            if told[page.query] is not None:
                ends[page.query] = told[page.query]
            yield page.key

    whole = list(run())
    assert list(run()) == whole
    assert len(set(whole)) == len(whole) <= pages + len(failing)


NEED = st.none() | st.integers(1, 300)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 200), st.lists(st.tuples(st.floats(0.01, 1), NEED), min_size=1, max_size=6))
def test_pages_are_shared_out_as_far_as_they_are_needed(pages, queries):
    shares, needs = [share for share, _ in queries], [need for _, need in queries]
    given_out = shared_out(pages, shares, needs)
    assert sum(given_out) <= pages
    assert all(need is None or given <= need for given, need in zip(given_out, needs, strict=True))
    if sum(given_out) < pages:
        assert given_out == needs
    if pages >= len(queries):
        assert min(given_out) >= 1


def test_shares_are_kept_within_one_page_where_all_need_more():
    given_out = shared_out(100, [0.7, 0.2, 0.05, 0.05], [None] * 4)
    assert all(abs(given - share) <= 1 for given, share in zip(given_out, [70, 20, 5, 5], strict=True))


@settings(deadline=None, max_examples=300)
@given(st.integers(3, 500), st.data())
def test_a_sample_is_evenly_spread_and_leaves_the_first_page_to_itself(need, data):
    given = data.draw(st.integers(2, need - 1))
    pages = drawn(need, given, data.draw(st.integers(0, STARTS - 1)))
    assert len(set(pages)) == len(pages) == given - 1
    assert pages[0] >= 1
    assert pages[-1] < need
    gaps = {after - before for before, after in pairwise(pages)}
    assert not gaps or max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize(("need", "given"), [(9, 5), (11, 3), (100, 18), (26, 25)])
def test_over_all_starts_each_page_is_drawn_as_often(need, given):
    steps = 1000
    times = Counter(page for start in range(steps) for page in drawn(need, given, start * STARTS // steps))
    expected = steps * (given - 1) / (need - 1)
    assert set(times) == set(range(1, need))
    assert all(abs(each - expected) <= 1 for each in times.values())


SAMPLED = Query({}, 1.0, 5)


@pytest.mark.parametrize(
    ("query", "given", "first", "announced", "received", "rule"),
    [
        (SAMPLED, 3, 10_000, 10_000, 300, "systematic sample of pages"),
        (SAMPLED, 3, 300, 300, 300, "all pages announced"),
        (SAMPLED, 3, 300, 300, 301, "all pages announced"),
        (SAMPLED, 3, 0, 0, 0, "all pages announced"),
        (SAMPLED, 3, 300, 450, 300, "first pages"),
        (SAMPLED, 1, 10_000, 10_000, 100, "first pages"),
        (SAMPLED, 3, None, 10_000, 300, "first pages"),
        (Query({}), 3, 10_000, 10_000, 300, "first pages"),
        (Query({}), 1, None, None, 100, "first pages"),
    ],
)
def test_the_rule_says_how_the_pages_of_a_query_were_chosen(query, given, first, announced, received, rule):
    assert rule_of(query, given, first, announced, received) == rule


@pytest.mark.parametrize(
    ("rules", "rule"),
    [
        (["all pages announced"] * 2, "all pages announced"),
        (["all pages announced", "systematic sample of pages", "first pages"], "systematic sample of pages"),
        (["all pages announced", "first pages"], "first pages"),
    ],
)
def test_the_rule_of_the_whole(rules, rule):
    assert sampling_rule(rules) == rule
