"""What nobody else would report."""

from datetime import UTC, datetime, timedelta

import pytest

import flights.services
from flights import store
from flights.times import utc_now
from ingestion import services, tasks, watchdog
from ingestion.claims import Claim
from ingestion.errors import RunBusy
from ingestion.models import Run, RunState, Step
from tests.conftest import SLOT

OPENED = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(documents, upstream):
    """The run of the slot of 04:00, opened in time; nothing ran since."""
    return services.open_run(SLOT, "schedule", OPENED)[0]


def states():
    return {each["_id"]: each["state"] for each in store.collection(store.SLOTS).find({})}


def at(hour, minute=0):
    return OPENED.replace(hour=hour, minute=minute)


def test_every_tick_since_the_first_run_that_nothing_ran_for_is_missed(opened):
    assert watchdog.record_missed(at(10, 30)) == 3
    assert states() == {"2026-11-24T06Z": "missed", "2026-11-24T08Z": "missed", "2026-11-24T10Z": "missed"}
    assert "nothing ran" in store.find_one(store.SLOTS, "2026-11-24T06Z")["reason"]


def test_a_second_look_finds_nothing_new(opened):
    watchdog.record_missed(at(10, 30))
    assert watchdog.record_missed(at(10, 31)) == 0


def test_a_tick_that_beat_may_still_answer_is_left_to_it(opened):
    assert watchdog.record_missed(at(6, 15)) == 0
    assert watchdog.record_missed(at(6, 17)) == 1


def test_a_slot_with_a_run_or_a_record_is_not_missed(opened):
    services.open_run("2026-11-24T06Z", "schedule", at(6))
    flights.services.open_slot("2026-11-24T08Z", "run", at(8))
    assert watchdog.record_missed(at(8, 30)) == 0


def test_a_slot_that_the_plan_left_out_is_told_apart(opened, settings):
    Run.objects.filter(pk=opened.pk).update(step=Step.SAVE_DATA)
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 20}
    assert watchdog.record_missed(at(14, 30)) == 1
    reasons = {each["_id"]: each["reason"] for each in store.collection(store.SLOTS).find({})}
    assert "nothing ran" in reasons.pop("2026-11-24T14Z")
    assert reasons["2026-11-24T06Z"] == "the allowance of 20 a month serves 1 slot in 5; the next is 2026-11-24T14Z"
    assert sorted(reasons) == [f"2026-11-24T{hour:02d}Z" for hour in (6, 8, 10, 12)]


def test_before_the_first_run_nothing_is_missed(documents):
    assert watchdog.record_missed(at(10)) == 0


def test_the_look_back_is_bounded(opened):
    Run.objects.filter(pk=opened.pk).update(started_at=OPENED - timedelta(days=400))
    assert watchdog.record_missed(at(10, 30)) == 14 * 12 - 1


def test_a_missed_slot_may_still_be_collected(opened):
    watchdog.record_missed(at(6, 30))
    flights.services.open_slot("2026-11-24T06Z", "run", at(6, 31))
    assert states()["2026-11-24T06Z"] == "collecting"


def test_a_run_that_nobody_works_on_past_its_deadline_has_failed(opened):
    assert watchdog.end_stuck(at(5, 59)) == []
    assert watchdog.end_stuck(at(6, 1)) == [opened]
    opened.refresh_from_db()
    assert (opened.state, opened.claimed_by) == (RunState.FAILED, "")
    assert "stuck past its deadline: in extraction 2.0 h after it was opened" in opened.error
    assert states()[SLOT] == "failed"


def test_a_run_that_is_worked_on_or_waits_is_not_stuck(opened):
    claim = Claim.take(opened, Step.EXTRACTION, utc_now())
    assert watchdog.end_stuck(utc_now() + timedelta(minutes=1)) == []
    claim.release()
    Run.objects.filter(pk=opened.pk).update(resumes_at=at(8))
    assert watchdog.end_stuck(at(7)) == []


def test_a_stuck_run_goes_on_with_the_pages_it_has(run):
    services.perform_step(run.pk, Step.EXTRACTION)
    Run.objects.filter(pk=run.pk).update(step=Step.EXTRACTION)
    later = utc_now() + timedelta(hours=3)
    watchdog.end_stuck(later)
    run.refresh_from_db()
    assert (run.state, run.step, run.opened_at) == (RunState.OPEN, Step.TRANSFORMATION, later)
    assert "stuck past its deadline" in run.shortfall


def test_what_was_fetched_is_given_one_more_deadline(run):
    services.perform_step(run.pk, Step.EXTRACTION)
    once, twice = (utc_now() + timedelta(hours=hours) for hours in (3, 6))
    watchdog.end_stuck(once)
    run.refresh_from_db()
    assert run.state == RunState.OPEN
    watchdog.end_stuck(twice)
    run.refresh_from_db()
    assert run.state == RunState.FAILED


def test_a_process_that_wakes_up_on_a_run_that_was_given_up_stops(opened):
    asleep = Claim.take(opened, Step.EXTRACTION, OPENED)
    Run.objects.filter(pk=opened.pk).update(claimed_by="elsewhere:1")
    watchdog.end_stuck(at(7))
    with pytest.raises(RunBusy):
        asleep.hold()
    with pytest.raises(RunBusy):
        asleep.change(step=Step.TRANSFORMATION)


def test_a_slot_that_nobody_closes_says_so_and_stays_open(run, topics):
    for step in Step:
        services.perform_step(run.pk, step)
    assert watchdog.note_unclosed(utc_now()) == 0
    later = utc_now() + timedelta(hours=3)
    assert (watchdog.note_unclosed(later), watchdog.note_unclosed(later)) == (1, 0)
    slot = store.find_one(store.SLOTS, SLOT)
    assert slot["state"] == "collecting"
    assert "not closed by the consumer" in slot["reason"]


def test_a_failure_that_could_not_be_recorded_is_recorded_later(run, down, settings):
    uri = settings.MONGODB_URI
    down("mongodb")
    settings.STEP_RETRIES = 0
    services.perform_step(run.pk, Step.EXTRACTION)
    store.close()
    settings.MONGODB_URI = uri
    assert states() == {}
    assert watchdog.note_unclosed(utc_now()) == 1
    assert states() == {SLOT: "failed"}


def test_the_watch_goes_on_while_the_store_is_down(opened, down):
    down("mongodb")
    tasks.watch_slots()
    opened.refresh_from_db()
    assert opened.state == RunState.OPEN


def test_beat_has_stuck_runs_ended_each_minute(opened):
    Run.objects.filter(pk=opened.pk).update(opened_at=utc_now() - timedelta(hours=3))
    tasks.watch_slots()
    opened.refresh_from_db()
    assert opened.state == RunState.FAILED
