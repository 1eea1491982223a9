"""The shares of a month, by examples; whole months are simulated in test_simulated_months.py."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ingestion.plan import Purpose, Spending, Terms, plan_month
from ingestion.plan_words import no_room, refusal, sentences, share_is_used, spaced, why_not_served

EVERY_TWO_HOURS = "0 */2 * * *"
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)  # 31 days, 372 slots


def terms(allowance=10_000, schedule=EVERY_TWO_HOURS, **changes):
    return Terms(allowance=allowance, schedule=schedule, **changes)


def hours(number):
    return DECEMBER + timedelta(hours=number)


@pytest.mark.parametrize(
    ("allowance", "schedule", "pages"),
    [
        (10_000, EVERY_TWO_HOURS, 26),
        (50_000, EVERY_TWO_HOURS, 130),
        (100, EVERY_TWO_HOURS, 1),
        (10_000, "0 0 * * *", 312),
        (10_000, "*/30 * * * *", 13),
        (0, EVERY_TWO_HOURS, 0),
    ],
)
def test_the_first_slot_of_a_month_gets_an_even_share(allowance, schedule, pages):
    assert plan_month(terms(allowance, schedule), Spending(), DECEMBER).pages_a_slot == pages


def test_the_reserves_are_shares_of_the_allowance():
    plan = plan_month(terms(), Spending(), DECEMBER)
    assert (plan.retries, plan.people, plan.set_aside, plan.spare) == (200, 100, 25, 0)
    assert plan.for_backfill == 25


def test_what_slots_left_unused_goes_to_later_ones():
    plan = plan_month(terms(), Spending(used=100, last_slot=hours(370)), hours(372))
    assert (plan.slots_left, plan.pages_a_slot) == (186, 39)


def test_a_slot_takes_half_as_much_again_as_its_even_share_at_the_most_and_a_backfill_the_rest():
    plan = plan_month(terms(), Spending(), hours(24 * 30))
    assert (plan.slots_left, plan.even_share, plan.pages_a_slot) == (12, 26, 39)
    assert plan.for_backfill == 10_000 - 200 - 100 - 12 * 39


def test_the_most_pages_of_a_slot_may_be_set():
    plan = plan_month(terms(slot_max_pages=3), Spending(), DECEMBER)
    assert (plan.even_share, plan.pages_a_slot, plan.for_backfill) == (3, 3, 10_000 - 300 - 372 * 3)


@pytest.mark.parametrize(
    ("used", "limit", "remaining"),
    [(400, None, 9_600), (400, 50_000, 9_600), (400, 1_000, 600), (400, 100, 0), (12_000, None, 0), (0, -5, 0)],
)
def test_the_upstreams_limit_can_lower_the_allowance_and_never_raise_it(used, limit, remaining):
    assert plan_month(terms(), Spending(used=used, limit=limit), DECEMBER).remaining == remaining


def test_an_allowance_that_can_not_serve_every_slot_serves_one_in_so_many():
    plan = plan_month(terms(100), Spending(), DECEMBER)
    assert (plan.slots_left, plan.to_serve, plan.spacing, plan.is_enough) == (372, 97, 4, False)
    assert spaced(plan) == "the allowance of 100 a month serves 1 slot in 4"


def test_the_next_slot_that_is_served_is_counted_from_the_last():
    spent = Spending(used=1, last_slot=DECEMBER)
    assert plan_month(terms(100), spent, hours(2)).next_slot == hours(8)
    assert plan_month(terms(100), spent, hours(8)).next_slot == hours(8)
    assert plan_month(terms(100), spent, hours(12)).next_slot == hours(12)


def test_the_spacing_goes_on_over_a_reset():
    before = Spending(last_slot=hours(-4))
    assert plan_month(terms(100), before, DECEMBER).next_slot == hours(4)


def test_a_slot_that_is_left_out_says_why_and_which_is_next():
    spent = Spending(used=1, last_slot=DECEMBER)
    told = "the allowance of 100 a month serves 1 slot in 4; the next is 2026-12-01T08Z"
    assert why_not_served(plan_month(terms(100), spent, hours(2))) == told
    assert why_not_served(plan_month(terms(100), spent, hours(8))) is None


def test_a_month_without_anything_left_for_the_schedule_says_when_it_is_reset():
    told = why_not_served(plan_month(terms(), Spending(used=9_999), hours(8)))
    assert told == "nothing of the allowance of 10000 a month is left for the schedule (9999 used): " \
        "it is reset on 2027-01-01 (UTC)"  # fmt: skip


@pytest.mark.parametrize(
    ("purpose", "floor"),
    [
        (Purpose.PEOPLE, 0),
        (Purpose.RETRY, 100),
        (Purpose.SCHEDULE, 300),
        (Purpose.BACKFILL, 9_975),
        (Purpose.REFERENCE, 9_975),
    ],
)
def test_each_purpose_leaves_something_behind(purpose, floor):
    assert plan_month(terms(), Spending(), DECEMBER).floor(purpose) == floor


@pytest.mark.parametrize(
    ("purpose", "used", "allowed"),
    [
        (Purpose.PEOPLE, 9_999, True),
        (Purpose.PEOPLE, 10_000, False),
        (Purpose.RETRY, 9_899, True),
        (Purpose.RETRY, 9_900, False),
        (Purpose.SCHEDULE, 9_699, True),
        (Purpose.SCHEDULE, 9_700, False),
        (Purpose.BACKFILL, 24, True),
        (Purpose.REFERENCE, 9_000, False),
    ],
)
def test_a_purpose_is_refused_at_its_floor(purpose, used, allowed):
    assert plan_month(terms(), Spending(used=used), DECEMBER).allows(purpose) == allowed


def test_retries_within_their_reserve_take_nothing_from_slots_and_people():
    quiet = plan_month(terms(), Spending(used=1_000), hours(96))
    retried = plan_month(terms(), Spending(used=1_020, retries=20), hours(96))
    assert retried.planned == quiet.planned
    assert retried.people == quiet.people


def test_pages_that_a_slot_under_way_has_yet_to_ask_for_are_no_backfills():
    late = hours(24 * 31 - 1)
    idle, busy = (plan_month(terms(), Spending(committed=pages), late) for pages in (0, 20))
    assert busy.for_backfill == idle.for_backfill - 20


def test_a_slot_whose_tick_has_just_passed_is_still_counted_on():
    spent, second = Spending(last_slot=hours(24 * 31 - 4)), timedelta(seconds=1)
    last_tick = hours(24 * 31 - 2)
    waiting = plan_month(terms(), spent, last_tick + second)
    assert waiting.for_backfill == plan_month(terms(), spent, last_tick).for_backfill
    over = plan_month(terms(), spent, last_tick + timedelta(minutes=16))
    assert over.for_backfill == waiting.for_backfill + 39


def test_a_person_may_run_a_slot_that_the_schedule_leaves_out():
    spent = Spending(used=99, last_slot=DECEMBER)
    plan = plan_month(terms(100), spent, hours(2))
    assert (plan.pages_a_slot, plan.pages_for_people) == (0, 1)


@pytest.mark.parametrize(
    ("used", "last_day", "day"),
    [(5_000, 312, date(2026, 12, 27)), (1_000, 100, None), (10_000, 0, date(2026, 12, 11)), (3_000, 0, None)],
)
def test_the_forecast_goes_on_at_the_pace_of_the_last_day(used, last_day, day):
    assert plan_month(terms(), Spending(used=used, last_day=last_day), hours(240)).runs_out_on == day


def test_a_refusal_names_what_is_kept_the_reset_and_what_to_do():
    plan = plan_month(terms(), Spending(used=9_750), DECEMBER)
    told = refusal(plan, Purpose.SCHEDULE)
    assert "250 of the monthly allowance of 10000 requests are left, and 250 are kept from the schedule" in told
    assert "it is reset on 2027-01-01 (UTC); until then a person may still run a slot" in told
    assert "QUOTA_BACKFILL_PERCENT" in refusal(plan, Purpose.BACKFILL)
    assert "requests is used: it is reset" in refusal(plan_month(terms(), Spending(used=10_000), DECEMBER), "people")


def test_the_plan_is_told_in_sentences():
    assert sentences(plan_month(terms(), Spending(), DECEMBER)) == [
        "the allowance of 10000 a month serves every slot, with up to 26 pages each",
        "the next slot to be served is 2026-12-01T00Z",
        "kept: 200 for retries, 100 for people; backfills may take 25 now",
        "at the pace of the last 24 hours (0) it lasts until the reset, which is on 2027-01-01 (UTC)",
    ]


@pytest.mark.parametrize(
    ("percent", "spent", "room"), [(100, 0, 25), (40, 0, 10), (40, 7, 5), (40, 20, 0), (100, 30, 25)]
)
def test_a_backfills_share_is_of_what_was_for_backfills_before_it_spent_any(percent, spent, room):
    plan = plan_month(terms(), Spending(), DECEMBER)
    assert plan.for_backfill == 25
    assert plan.room(percent, spent) == room


def test_a_day_that_has_no_room_says_what_there_is_and_what_to_do():
    plan = plan_month(terms(), Spending(), DECEMBER)
    told = no_room(plan, 100, 10, 40)
    assert told.startswith("a day may cost 100 requests; 25 may be spent on backfills now, 10 of them by this one")
    assert ("2027-01-01" in told, "QUOTA_BACKFILL_PERCENT" in told) == (True, True)
    assert "its share of 40 %" in share_is_used(plan, 40)
