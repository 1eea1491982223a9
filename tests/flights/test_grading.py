"""What a slot's figures make of it."""

import pytest

from flights import services, store
from flights.grading import grade
from flights.records import SlotState
from tests.factories import OBSERVED, a_record
from tests.flights.test_services import SLOT, a_summary

WEEKS_BEFORE = [f"2026-{day}T04Z" for day in ("11-17", "11-10", "11-03", "10-27")]


def a_week(announced=10_000, received=2_600, closed_at=OBSERVED):
    return {"closed_at": closed_at, "completeness": {"rows_announced": announced, "rows_received": received}}


def graded(earlier, **summary):
    return grade(a_summary(**summary), 0, earlier)


@pytest.mark.parametrize(
    ("announced", "state"), [(10_000, "complete"), (2_000, "complete"), (1_999, "empty"), (1, "empty")]
)
def test_far_fewer_rows_than_usual_are_as_good_as_none(announced, state):
    weeks = [a_week(9_000), a_week(10_000), a_week(11_000)]
    assert graded(weeks, rows_announced=announced)[0] == state


def test_the_reason_says_how_many_and_what_was_usual():
    weeks = [a_week(9_000), a_week(10_000), a_week(11_000), a_week(12_000)]
    assert graded(weeks, rows_announced=420)[1] == (
        "the upstream announced 420 rows, 4% of the 10500 that are usual for this hour of the week "
        "(median of 4 of the last 8 weeks)"
    )


def test_where_nothing_is_announced_what_came_is_compared():
    weeks = [a_week(None, 2_600)] * 3
    assert graded(weeks, rows_announced=None, rows_received=500)[0] == SlotState.EMPTY
    assert graded(weeks, rows_announced=None, rows_received=2_500)[0] == SlotState.COMPLETE


@pytest.mark.parametrize(
    "unknown", [a_week(closed_at=None), a_week(announced=None), a_week(announced=0), {"closed_at": OBSERVED}]
)
def test_two_weeks_that_are_known_are_too_few_to_say_what_is_usual(unknown):
    assert graded([a_week(), a_week(), unknown], rows_announced=1)[0] == SlotState.COMPLETE


def test_a_shortfall_of_ours_is_told_first():
    assert graded([a_week()] * 3, rows_announced=1, shortfall="the key was refused")[0] == SlotState.PARTIAL


def test_a_past_day_is_compared_with_nothing():
    assert graded([a_week()] * 3, rows_announced=1, backfill=True)[0] == SlotState.BACKFILLED


def test_a_slot_is_compared_with_the_same_hour_of_the_weeks_before(documents):
    store.insert_new(store.SLOTS, [{"_id": slot, **a_week()} for slot in WEEKS_BEFORE])
    services.apply_records([a_record()])
    assert services.end_partition(a_summary(rows_announced=200), 0, 1, OBSERVED) == "empty"
    assert "200 rows, 2% of the 10000" in store.find_one(store.SLOTS, SLOT)["reason"]


def test_a_slot_that_was_reconstructed_is_not_usual():
    assert graded([a_week() | {"backfill": True}] * 3, rows_announced=1)[0] == SlotState.COMPLETE
