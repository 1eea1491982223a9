from datetime import UTC, datetime

import pytest

from ingestion.plan import pages_a_slot, remaining_requests, slots_a_month, slots_until


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


NOVEMBER_24 = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "slots"), [("0 */2 * * *", 9), ("0 0 * * *", 0), ("30 4 * * *", 0), ("31 4 * * *", 1)]
)
def test_the_slots_left_are_counted_after_now_and_before_the_end(schedule, slots):
    assert slots_until(schedule, NOVEMBER_24, datetime(2026, 11, 25, tzinfo=UTC)) == slots
