"""From a sample of pages to the whole slot."""

from random import Random

import pytest
from msgspec.structs import replace

from flights.indicators import estimates
from flights.indicators.answers import Frame, Stratum
from flights.indicators.registry import REGISTRY
from ingestion.paging import STARTS, PageRequest, drawn
from tests.flights.indicators.factories import (
    AFR,
    CDG,
    DLH,
    EZE,
    GRU,
    JFK,
    LYS,
    PRIVATE,
    WHOLE,
    a_seen,
    asked,
    some,
)

SAMPLE = Frame(sampling="systematic sample of pages", pages_fetched=4, rows_announced=1_000, rows_received=400)
FIRST = replace(SAMPLE, sampling="first pages")
SAMPLES = 2_000


def test_a_total_by_hand():
    made = estimates.total("AFR", {"a": 2, "b": 4, "c": 3}, SAMPLE, unit="flights")
    assert (made.of, made.estimate, made.low, made.high, made.unit) == ("AFR", 22.5, 9, 43.5, "flights")
    assert made.method == (
        "count of the sample x 1000 rows announced / 400 received, somewhat high where one movement's rows lie on "
        "several pages; 95 % interval from the spread between 4 pages "
        "(systematic sample of pages, taken as drawn at random), Student's t with 3 degrees of freedom, "
        "finite population correction"
    )


def test_a_gap_may_be_on_either_side_of_none():
    made = estimates.total("CDG", {"a": -2, "b": 4}, SAMPLE, unit="flights")
    assert (made.estimate, made.low < 0 < made.high) == (5, True)


def test_a_mean_by_hand():
    made = estimates.mean("EU", {"a": 100, "b": 120}, {"a": 2, "b": 2}, SAMPLE, unit="km")
    assert (made.estimate, made.low, made.high) == (55, 14.8, 95.2)


def test_a_mean_told_by_one_page_has_no_estimate():
    assert estimates.mean("EU", {"a": 100}, {"a": 2}, SAMPLE, unit="km") is None


@pytest.mark.parametrize(
    ("freedom", "expected"), [(1, 12.7062), (30, 2.0423), (31, 2.0395), (60, 2.0003), (1_000, 1.9623)]
)
def test_students_t(freedom, expected):
    assert estimates.student(freedom) == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (WHOLE, "every announced row was fetched"),
        (replace(SAMPLE, rows_received=1_000), "every announced row was fetched"),
        (FIRST, "the pages were not drawn at random (first pages), so nothing can be said of the rest"),
        (replace(SAMPLE, rows_announced=None), "the upstream did not say how many rows there are"),
        (replace(SAMPLE, pages_fetched=1), "a single page does not tell how much pages differ"),
        (SAMPLE, None),
    ],
)
def test_why_there_is_no_estimate(frame, words):
    assert estimates.why_none(frame) == words


@pytest.mark.parametrize("indicator", REGISTRY)
@pytest.mark.parametrize("frame", [WHOLE, FIRST, SAMPLE])
def test_there_are_estimates_or_words_why_not(indicator, frame):
    slot = [a_seen(page=page, arrived=True, arrival_delay_min=1) for page in "ab"]
    answer = asked(indicator, slot, frame)
    assert bool(answer.estimates) is not bool(answer.no_estimate)


@pytest.mark.parametrize("indicator", REGISTRY)
def test_pages_that_were_not_drawn_at_random_say_nothing_of_the_rest(indicator):
    answer = asked(indicator, [a_seen(page=page) for page in "ab"], FIRST)
    assert answer.estimates == []


def test_the_leader_is_estimated_and_so_are_those_tied_with_it():
    slot = [*some(2, page="a", airline=AFR), *some(2, page="b", airline=DLH), a_seen(airline=PRIVATE)]
    made = asked("airline_most_active", slot, SAMPLE).estimates
    assert [(each.of, each.estimate) for each in made] == [("AFR", 5), ("DLH", 5)]


def test_each_continents_leader_is_estimated():
    slot = [*some(2, destination=CDG), a_seen(destination=LYS), a_seen(destination=GRU), a_seen(destination=EZE)]
    made = asked("destination_most_popular_by_continent", slot, SAMPLE).estimates
    assert [(each.of, each.estimate) for each in made] == [("EU: CDG", 5), ("SA: EZE", 2.5), ("SA: GRU", 2.5)]


def test_means_are_estimated_where_two_pages_tell_of_them():
    slot = [a_seen(page="a"), a_seen(page="b"), a_seen(page="a", origin=JFK)]
    assert [each.of for each in asked("mean_speed_by_continent", slot, SAMPLE).estimates] == ["EU"]


def test_where_every_group_was_told_by_one_page_that_is_said():
    answer = asked("mean_route_by_continent", some(3), SAMPLE)
    assert (answer.estimates, answer.no_estimate) == (
        [],
        "each group was told by a single page, which does not tell how much pages differ",
    )


def test_the_gap_keeps_its_sign():
    slot = [*some(2, page="a", origin=LYS), a_seen(page="b", origin=JFK)]
    made = asked("airport_largest_imbalance", slot, SAMPLE).estimates
    assert [(each.of, each.estimate) for each in made] == [("CDG", -7.5)]


def test_movements_and_marketed_flights_are_estimated():
    made = asked("movements", some(4, marketed=1), SAMPLE).estimates
    assert [(each.of, each.estimate) for each in made] == [("movements", 10), ("marketed_flights", 20)]


def a_population(pages=60):
    """Pages of some 50 movements: how many are AFR's and how long they are differs from page to page."""
    draws = Random(20_261_124)  # noqa: S311  made-up flights
    population = []
    for page in range(pages):
        share, usual = draws.uniform(0.05, 0.25), draws.uniform(800, 2_200)
        lengths = [draws.lognormvariate(0, 0.5) * usual for _ in range(draws.randrange(40, 60))]
        population.append((str(page), sum(draws.random() < share for _ in lengths), sum(lengths), len(lengths)))
    return population


def covered(pages_drawn):
    """How often the intervals of many samples hold the true total and the true mean."""
    population, draws = a_population(), Random(5)  # noqa: S311
    frame = Frame(
        sampling="systematic sample of pages",
        pages_fetched=pages_drawn,
        rows_announced=len(population) * 100,
        rows_received=pages_drawn * 100,
    )
    totals = means = 0
    true_total = sum(page[1] for page in population)
    true_mean = sum(page[2] for page in population) / sum(page[3] for page in population)
    for _ in range(SAMPLES):
        sample = draws.sample(population, pages_drawn)
        total = estimates.total("", {page[0]: page[1] for page in sample}, frame, unit="")
        mean = estimates.mean(
            "", {page[0]: page[2] for page in sample}, {page[0]: page[3] for page in sample}, frame, unit=""
        )
        totals += total.low <= true_total <= total.high
        means += mean.low <= true_mean <= mean.high
    return totals / SAMPLES, means / SAMPLES


@pytest.mark.parametrize("pages_drawn", [5, 15, 40])
def test_the_interval_of_95_percent_holds_the_truth_about_as_often(pages_drawn):
    totals, means = covered(pages_drawn)
    assert (0.90 <= totals <= 0.98, 0.90 <= means <= 0.98) == (True, True)


def a_stratum(query, pages, fetched, sampling="systematic sample of pages", rows=100):
    return Stratum(
        query=query,
        sampling=sampling,
        pages_announced=pages,
        pages_fetched=fetched,
        rows_announced=pages * rows,
        rows_received=fetched * rows,
    )


def framed(*strata):
    return Frame(
        sampling="systematic sample of pages",
        pages_fetched=sum(each.pages_fetched for each in strata),
        rows_announced=sum(each.rows_announced for each in strata),
        rows_received=sum(each.rows_received for each in strata),
        strata=strata,
    )


TWO = framed(a_stratum(0, 21, 6), a_stratum(1, 2, 2, "all pages announced"))


def test_a_total_over_strata_by_hand():
    """5 of the 20 pages after the first were drawn: each stands for 4; first pages and whole queries for themselves."""
    sums = {"00.00000": 7, "00.00003": 2, "00.00007": 4, "00.00011": 3, "00.00015": 1, "01.00000": 5, "01.00001": 6}
    made = estimates.total("AFR", sums, TWO, unit="flights")
    assert made.estimate == 7 + 4 * 10 + 11
    spread = ((4 + 16 + 9 + 1) - 10**2 / 5) / 4
    assert made.high - made.estimate == pytest.approx(2.7764 * (16 * 0.75 * 5 * spread) ** 0.5, abs=0.06)
    assert made.method == (
        "count of the sample in each sampled query x its pages announced / fetched, first pages as they are, somewhat "
        "high where one movement's rows lie on several pages; 95 % interval from the spread between 5 pages "
        "(systematic sample of pages, taken as drawn at random), Student's t with 4 degrees of freedom, "
        "finite population correction"
    )


def test_a_mean_over_strata_weighs_pages_by_what_they_stand_for():
    sums, counts = {"00.00000": 100, "00.00003": 120, "00.00007": 80}, {"00.00000": 1, "00.00003": 2, "00.00007": 2}
    made = estimates.mean("EU", sums, counts, TWO, unit="km")
    assert made.estimate == round((100 + 4 * 200) / (1 + 4 * 4), 1)
    assert (
        estimates.mean("EU", {"00.00000": 100, "00.00003": 120}, {"00.00000": 1, "00.00003": 2}, TWO, unit="km") is None
    )


def test_queries_of_which_too_little_was_fetched_are_left_out_and_told():
    frame = framed(a_stratum(0, 21, 6), a_stratum(1, 9, 1, "first pages"), a_stratum(2, 9, 2))
    made = estimates.total("x", {"00.00003": 1, "01.00000": 2, "02.00000": 3, "02.00004": 4}, frame, unit="flights")
    assert made.estimate == 4 + 2 + 3 + 4
    assert "without 1500 rows of queries of which too few pages were fetched" in made.method


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (TWO, None),
        (framed(a_stratum(0, 21, 2)), "a single page does not tell how much pages differ"),
        (framed(a_stratum(0, 21, 1, "first pages")), "a single page does not tell how much pages differ"),
    ],
)
def test_why_there_is_no_estimate_over_strata(frame, words):
    assert estimates.why_none(frame) == words


def test_over_all_starts_the_mean_of_the_estimates_is_the_truth():
    """No bias: the sample that extraction draws, over every start, of a query whose rows come sorted."""
    rows = [number // 7 for number in range(41)]  # of each page, in the upstream's order
    starts, given = 1_000, 9
    frame = framed(a_stratum(0, len(rows), given))
    made = []
    for start in range(starts):
        pages = [0, *drawn(len(rows), given, start * STARTS // starts)]
        sums = {PageRequest(0, page, {}).key: rows[page] for page in pages}
        made.append(estimates.total("", sums, frame, unit="").estimate)
    assert sum(made) / starts == pytest.approx(sum(rows), rel=0.002)
    first = sum(rows[:given]) * len(rows) / given  # what first pages would have made of it
    assert first < sum(rows) / 4
