from datetime import UTC, datetime, timedelta

import pytest

from ingestion.periods import next_slot, period_of, slots_between, tick_of


def day(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "reset_day", "begin", "end"),
    [
        (day(2026, 11, 24, 4), 1, day(2026, 11, 1), day(2026, 12, 1)),
        (day(2026, 12, 31, 23, 59), 1, day(2026, 12, 1), day(2027, 1, 1)),
        (day(2026, 11, 14), 15, day(2026, 10, 15), day(2026, 11, 15)),
        (day(2026, 11, 15), 15, day(2026, 11, 15), day(2026, 12, 15)),
        (day(2027, 1, 3), 15, day(2026, 12, 15), day(2027, 1, 15)),
        (day(2026, 2, 27, 23), 31, day(2026, 1, 31), day(2026, 2, 28)),
        (day(2026, 2, 28), 30, day(2026, 2, 28), day(2026, 3, 30)),
        (day(2028, 2, 29), 29, day(2028, 2, 29), day(2028, 3, 29)),
        (day(2026, 4, 30), 31, day(2026, 4, 30), day(2026, 5, 31)),
    ],
)
def test_a_month_goes_from_reset_to_reset(now, reset_day, begin, end):
    period = period_of(now, reset_day)
    assert (period.starts_at, period.ends_at) == (begin, end)


@pytest.mark.parametrize("reset_day", range(1, 32))
def test_months_follow_one_another_without_a_gap(reset_day):
    periods = {period_of(day(2026, 1, 1) + timedelta(days=number), reset_day) for number in range(800)}
    ordered = sorted(periods, key=lambda period: period.starts_at)
    assert [each.ends_at for each in ordered[:-1]] == [each.starts_at for each in ordered[1:]]


@pytest.mark.parametrize(
    ("schedule", "slots"),
    [("0 */2 * * *", 372), ("0 0 * * *", 31), ("30 4 1 * *", 1), ("* * * * *", 744), ("0 0 29 2 *", 0)],
)
def test_a_slot_is_an_hour_however_often_the_schedule_fires_in_it(schedule, slots):
    assert len(slots_between(schedule, day(2026, 12, 1), day(2027, 1, 1))) == slots


def test_slots_are_counted_from_the_first_instant_up_to_the_second():
    slots = slots_between("15 */6 * * *", day(2026, 11, 30, 18, 15), day(2026, 12, 1, 6, 15))
    assert slots == [day(2026, 11, 30, 18, 15), day(2026, 12, 1, 0, 15)]


@pytest.mark.parametrize(
    ("schedule", "now", "coming"),
    [
        ("0 */2 * * *", day(2026, 11, 24, 4), day(2026, 11, 24, 4)),
        ("0 */2 * * *", day(2026, 11, 24, 4) + timedelta(seconds=5), day(2026, 11, 24, 6)),
        ("*/20 * * * *", day(2026, 11, 24, 4, 10), day(2026, 11, 24, 5)),
        ("*/20 * * * *", day(2026, 11, 24, 4), day(2026, 11, 24, 4)),
    ],
)
def test_the_next_slot_is_one_whose_first_tick_is_to_come(schedule, now, coming):
    assert next_slot(schedule, now) == coming


def test_the_tick_of_a_slot_is_its_first():
    assert tick_of("*/20 * * * *", day(2026, 11, 24, 4)) == day(2026, 11, 24, 4)
    assert tick_of("15 */2 * * *", day(2026, 11, 24, 4)) == day(2026, 11, 24, 4, 15)
