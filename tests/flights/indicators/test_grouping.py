"""Counts and means by group."""

from itertools import permutations

from flights.indicators.grouping import means
from tests.flights.indicators.factories import a_seen


def test_the_sum_under_a_mean_is_exact_in_any_order():
    speeds = [a_seen(speed_kmh=each) for each in (1e16, 3.0, -1e16)]
    made = {means(order, lambda _seen: "EU", lambda seen: seen.speed_kmh)["EU"].mean for order in permutations(speeds)}
    assert made == {1.0}
