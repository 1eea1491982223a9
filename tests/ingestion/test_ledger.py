from datetime import UTC, datetime, timedelta

import pytest

from flights.times import utc_now
from ingestion import ledger
from ingestion.client import Answer
from ingestion.errors import QuotaExhausted, UpstreamUnavailable
from ingestion.models import QuotaPeriod, Run, UpstreamRequest
from ingestion.plan import Purpose

NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
ANSWER = Answer(status=200, body=b"", seconds=0.1, quota_limit=10_000, quota_remaining=9_998, charged=1)


def noted(run, **values):
    usual = {"page": "00.00000", "purpose": "schedule", "sent_at": NOW, "ended_at": NOW, "outcome": "ok", "charged": 1}
    return UpstreamRequest.objects.create(run=run, **(usual | values))


def allowance(settings, requests, **shares):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": requests}
    settings.QUOTA = {**settings.QUOTA, **shares}


def spend(run, page="00.00000"):
    with ledger.noted(run, page) as entry:
        return entry


@pytest.mark.parametrize(
    ("now", "reset_day", "begin", "end"),
    [
        (NOW, 1, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (NOW.replace(month=12), 1, datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (NOW, 31, datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)),
    ],
)
def test_the_allowance_is_reset_on_the_day_that_is_set(now, reset_day, begin, end, settings):
    settings.QUOTA = {**settings.QUOTA, "reset_day": reset_day}
    assert (ledger.month_start(now), ledger.next_reset(now)) == (begin, end)


def test_requests_of_this_month_count_unless_they_were_not_charged(run):
    noted(run)
    noted(run, charged=None, outcome="UpstreamUnavailable")
    noted(run, charged=0, outcome="RateLimited")
    noted(run, charged=3)
    noted(run, sent_at=NOW.replace(month=10))
    assert ledger.spending(NOW).used == 5


def test_the_upstreams_word_wins_where_others_used_the_key_too(run):
    noted(run, quota_limit=10_000, quota_remaining=9_900)
    noted(run, quota_limit=10_000, quota_remaining=7)
    noted(run, quota_remaining=None, ended_at=NOW)
    assert (ledger.spending(NOW).used, ledger.remaining(NOW)) == (9_993, 7)


def test_the_upstreams_word_wins_where_it_charged_less_than_was_feared(run):
    for _ in range(5):
        noted(run, charged=None, outcome="UpstreamUnavailable", ended_at=NOW - timedelta(minutes=1))
    noted(run, quota_limit=10_000, quota_remaining=9_998)
    assert ledger.spending(NOW).used == 2


def test_what_the_upstream_said_of_single_requests_is_never_undercut(run):
    """A wrong reset day must not make room: the upstream's count began anew, ours has not."""
    for _ in range(5):
        noted(run)
    noted(run, quota_limit=10_000, quota_remaining=10_000)
    assert ledger.spending(NOW).used == 6


@pytest.mark.parametrize(
    ("sent", "ended", "used"),
    [
        (timedelta(seconds=1), None, 101),
        (timedelta(seconds=-1), None, 101),
        (timedelta(seconds=-1), timedelta(seconds=1), 101),
        (timedelta(seconds=-2), timedelta(seconds=-1), 100),
        (timedelta(hours=-2), None, 100),
    ],
)
def test_the_word_is_not_taken_to_know_of_requests_under_way(run, sent, ended, used):
    noted(run, quota_limit=10_000, quota_remaining=9_900)
    noted(run, sent_at=NOW + sent, ended_at=None if ended is None else NOW + ended, charged=None)
    assert ledger.spending(NOW).used == used


def test_a_word_of_an_earlier_month_does_not_count(run):
    noted(run, sent_at=NOW.replace(month=10), quota_limit=10_000, quota_remaining=0)
    assert (ledger.remaining(NOW), ledger.told_remaining(NOW)) == (10_000, None)


def test_an_upstream_that_resets_later_than_we_do_does_not_stop_the_month(run):
    first = datetime(2026, 12, 1, 0, 0, 5, tzinfo=UTC)
    told = {"quota_limit": 10_000, "ended_at": None}
    noted(run, **told | {"sent_at": first - timedelta(hours=2), "quota_remaining": 151})
    noted(run, **told | {"sent_at": first, "quota_remaining": 150})
    assert (ledger.remaining(first), ledger.told_remaining(first)) == (9_999, None)
    noted(run, **told | {"sent_at": first + timedelta(hours=2), "quota_remaining": 9_997, "charged": 1})
    assert ledger.told_remaining(first) == 9_997


def test_a_falling_word_counts_again_after_the_first_day(run):
    first = datetime(2026, 12, 1, tzinfo=UTC)
    noted(run, sent_at=first - timedelta(hours=2), quota_limit=10_000, quota_remaining=151)
    noted(run, sent_at=first + timedelta(days=1), quota_limit=10_000, quota_remaining=150)
    assert ledger.told_remaining(first) == 150


def test_the_allowance_that_is_set_is_a_cap(run, settings):
    allowance(settings, 10)
    noted(run, quota_limit=50_000, quota_remaining=49_996)
    assert ledger.remaining(NOW) == 6


def test_a_limit_below_what_is_set_is_believed_for_a_day(run):
    noted(run, quota_limit=100, quota_remaining=0)
    assert ledger.remaining(NOW + timedelta(hours=23)) == 0
    assert ledger.remaining(NOW + timedelta(hours=25)) == 9_900


def test_a_word_without_a_limit_can_only_lower_what_is_left(run, settings):
    allowance(settings, 10)
    noted(run, quota_remaining=900)
    assert ledger.remaining(NOW) == 9
    noted(run, quota_remaining=3)
    assert ledger.remaining(NOW) == 3


def test_a_negative_word_means_nothing_is_left(run):
    noted(run, quota_limit=10_000, quota_remaining=-688)
    assert ledger.remaining(NOW) == 0


def test_what_is_noted_has_the_purpose_of_its_run(run):
    day, slot = (
        Run.objects.create(slot=key, backfill=key == "2026-11-20", trigger="schedule", started_at=NOW, opened_at=NOW)
        for key in ("2026-11-20", "2026-11-24T06Z")
    )
    asked = [spend(run), spend(day), spend(None), spend(slot), spend(slot), spend(slot, "00.00001"), spend(run)]
    assert [each.purpose for each in asked] == [
        Purpose.PEOPLE,
        Purpose.BACKFILL,
        Purpose.REFERENCE,
        Purpose.SCHEDULE,
        Purpose.RETRY,
        Purpose.SCHEDULE,
        Purpose.PEOPLE,
    ]


@pytest.mark.parametrize(
    ("allowed", "values"),
    [
        (6, {"trigger": "schedule"}),
        (10, {"trigger": "admin"}),
        (0, {"trigger": "schedule", "backfill": True}),
    ],
)
def test_each_purpose_may_spend_down_to_its_floor(run, settings, allowed, values):
    allowance(settings, 10, retry_percent=30, people_percent=10, backfill_percent=0)
    settings.INGEST_SCHEDULE = "* * * * *"
    Run.objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()
    for number in range(allowed):
        spend(run, f"00.{number:05d}")
    with pytest.raises(QuotaExhausted, match=f"reset on {ledger.next_reset(utc_now()):%Y-%m-%d}"):
        spend(run, "00.00010")
    assert run.requests.count() == allowed


def test_a_page_that_is_asked_for_again_may_use_the_reserve_of_retries(run, settings):
    allowance(settings, 10, retry_percent=30, people_percent=10, backfill_percent=0)
    Run.objects.filter(pk=run.pk).update(trigger="schedule")
    run.refresh_from_db()
    for number in range(6):
        spend(run, f"00.{number:05d}")
    for _ in range(3):
        spend(run)
    with pytest.raises(QuotaExhausted, match="kept from retries"):
        spend(run)


def test_a_backfill_may_spend_what_the_slots_to_come_can_not_use(run, settings):
    allowance(settings, 100, retry_percent=0, people_percent=0, backfill_percent=4, slot_max_pages=1)
    settings.INGEST_SCHEDULE = "0 0 1 1 *"
    Run.objects.filter(pk=run.pk).update(backfill=True)
    run.refresh_from_db()
    before = ledger.month_plan(utc_now()).for_backfill
    spend(run)
    assert ledger.month_plan(utc_now()).for_backfill == before - 1


def test_a_request_that_never_ended_is_in_the_ledger_and_counts(run):
    with pytest.raises(KeyboardInterrupt), ledger.noted(run, "00.00000"):
        raise KeyboardInterrupt
    entry = run.requests.get()
    assert (entry.outcome, entry.charged, entry.ended_at) == ("sent", None, None)
    assert ledger.spending(utc_now()).used == 1


def test_the_next_request_of_a_run_closes_one_whose_process_was_killed(run):
    with pytest.raises(KeyboardInterrupt), ledger.noted(run, "00.00000"):
        raise KeyboardInterrupt
    with ledger.noted(run, "00.00000") as entry:
        ledger.answered(entry, ANSWER)
    assert run.requests.filter(ended_at=None).count() == 0
    assert ledger.spending(utc_now()).used == 2


def test_a_request_that_failed_has_its_end_noted(run):
    with pytest.raises(UpstreamUnavailable), ledger.noted(run, "00.00000"):
        raise UpstreamUnavailable("no answer")
    entry = run.requests.get()
    assert entry.outcome == "UpstreamUnavailable"
    assert entry.ended_at >= entry.sent_at


def test_what_the_ledger_let_through_is_counted_by_month(run, settings):
    spend(run)
    spend(run)
    allowance(settings, 2)
    with pytest.raises(QuotaExhausted):
        spend(run)
    assert QuotaPeriod.objects.get(starts_at=ledger.month_start(utc_now())).granted == 2


def test_pages_that_open_runs_of_slots_have_yet_to_ask_for_are_committed(run):
    spend(run)
    spend(run)
    assert ledger.month_plan(utc_now()).committed == run.pages_planned - 1
    Run.objects.filter(pk=run.pk).update(step="save_data")
    assert ledger.month_plan(utc_now()).committed == 0


def test_the_slots_pages_follow_the_plan_at_its_tick(run, settings):
    allowance(settings, 10_000, slot_max_pages=None)
    assert (ledger.pages_of("2026-12-01T00Z"), ledger.pages_of("2026-12-31T22Z")) == (26, 39)


def test_why_a_slot_is_left_out_does_not_depend_on_when_it_is_asked(run, settings):
    allowance(settings, 100)
    Run.objects.filter(pk=run.pk).update(step="save_data")
    noted(run, sent_at=NOW.replace(day=10), charged=80)
    told = "the allowance of 100 a month serves 1 slot in 5; the next is 2026-11-24T14Z"
    assert ledger.why_not_served("2026-11-24T06Z") == told
    noted(run, sent_at=NOW.replace(hour=7), charged=10)
    assert ledger.why_not_served("2026-11-24T06Z") == told
    assert ledger.why_not_served("2026-11-24T14Z") != told
