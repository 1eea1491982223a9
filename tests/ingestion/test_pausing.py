"""A pause of the schedule: no run is opened, the slot says why; everything else goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError

from flights import store
from flights.slots import slot_key
from flights.times import utc_now
from ingestion import metrics, pausing, services, tasks, watchdog
from ingestion.errors import OrderRefused
from ingestion.models import Run, SchedulePause, Step
from ingestion.state.parts import PARTS
from tests.conftest import SLOT
from tests.ingestion.commanding import call

pytestmark = pytest.mark.django_db

TICK = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
WHY = "the plan is changed"
TOLD = f"the schedule was paused by ada at 2026-11-24 03:00 UTC: {WHY}"


def pause(since=TICK - timedelta(hours=1), until=None):
    return pausing.pause_schedule("ada", WHY, since, until)


@pytest.fixture
def slot(documents):
    """The record of the slot, as a reader finds it."""
    return lambda key=SLOT: store.find_one(store.SLOTS, key)


@pytest.fixture
def every_minute(settings):
    settings.INGEST_SCHEDULE = "* * * * *"


def test_while_paused_a_tick_opens_no_run_and_its_slot_says_who_and_why(slot):
    pause()
    assert services.open_due(SLOT, TICK) == (None, False)
    assert not Run.objects.exists()
    assert (slot()["state"], slot()["reason"]) == ("missed", TOLD)


def test_beats_task_queues_nothing_while_paused(slot, queue, every_minute):
    pausing.pause_schedule("ada", WHY, utc_now())
    assert tasks.collect_slot() is None
    assert (queue(), slot(slot_key(utc_now()))["state"]) == (0, "missed")


def test_a_run_that_is_there_already_is_found_all_the_same(run):
    pause()
    assert services.open_due(SLOT, TICK) == (run, False)


def test_an_open_run_goes_on(run):
    pausing.pause_schedule("ada", WHY, utc_now())
    services.perform_step(run.pk, Step.EXTRACTION)
    run.refresh_from_db()
    assert run.step == Step.TRANSFORMATION


def test_a_person_may_still_run_a_slot(slot):
    pause()
    assert services.open_run(SLOT, "admin", TICK)[1]


def test_once_resumed_the_next_tick_opens_its_run(slot, upstream):
    pause()
    pausing.resume_schedule("bob", "done", TICK - timedelta(minutes=1))
    assert services.open_due(SLOT, TICK)[1]
    ended = SchedulePause.objects.get()
    assert (ended.by, ended.resumed_by, ended.resumed_why) == ("ada", "bob", "done")


def test_a_pause_ends_by_itself(slot, upstream):
    pause(until=TICK)
    assert pausing.paused(TICK - timedelta(seconds=1)) is not None
    assert services.open_due(SLOT, TICK)[1]
    with pytest.raises(OrderRefused, match="not paused"):
        pausing.resume_schedule("bob", "late", TICK)


def test_it_is_paused_once(db):
    pause()
    with pytest.raises(OrderRefused, match=f"{TOLD}: resume it first"):
        pausing.pause_schedule("bob", "another reason", TICK)
    assert SchedulePause.objects.count() == 1


def test_after_the_end_of_one_pause_comes_another(db):
    pause(until=TICK)
    second = pausing.pause_schedule("bob", "again", TICK)
    assert pausing.paused(TICK) == second
    pausing.resume_schedule("bob", "done", TICK + timedelta(hours=1))
    assert pausing.paused(TICK + timedelta(hours=1)) is None
    assert pausing.paused(TICK - timedelta(minutes=1)).by == "ada"


def test_a_pause_that_would_be_over_is_refused(db):
    with pytest.raises(OrderRefused, match="2026-11-24 02:00 UTC, which is over"):
        pause(until=TICK - timedelta(hours=2))


def test_the_watchdog_names_the_pause_of_a_slots_time_and_counts_no_miss(slot, upstream):
    """Beat and worker were down as well, and nobody paused it any more when they came back."""
    services.open_run("2026-11-24T02Z", "schedule", TICK - timedelta(hours=2))
    pause()
    pausing.resume_schedule("bob", "done", TICK + timedelta(hours=1))
    before = metrics.MISSED._value.get()
    assert watchdog.record_missed(TICK + timedelta(hours=2, minutes=30)) == 1
    assert metrics.MISSED._value.get() == before + 1
    assert slot()["reason"] == TOLD
    assert "nothing ran" in slot("2026-11-24T06Z")["reason"]


def test_the_exporter_tells_it_and_expects_no_slot_meanwhile(documents, upstream):
    def told():
        metrics = [*PARTS["pause"](TICK), *PARTS["due_slot"](TICK)]
        return {metric.name: metric.samples[0].value for metric in metrics}

    assert told() == {"flightsite_schedule_paused": 0.0, "flightsite_due_slot_closed": 0.0}
    pause()
    assert told() == {"flightsite_schedule_paused": 1.0, "flightsite_due_slot_closed": 1.0}


def test_the_command_says_whether_the_schedule_runs(db):
    assert call("schedule")[0].startswith("running: ")
    out, _ = call("schedule", "--pause", "--why", WHY)
    assert out.startswith("paused: the schedule was paused by ")
    assert call("schedule")[0] == out
    assert WHY in call("quota")[0]
    assert call("schedule", "--resume", "--why", "done")[0].startswith("running: ")
    assert SchedulePause.objects.get().resumed_why == "done"


def test_the_commands_pause_ends_when_it_says(db):
    until = (utc_now() + timedelta(hours=3)).replace(second=0, microsecond=0)
    call("schedule", "--pause", "--why", WHY, "--until", f"{until:%Y-%m-%dT%H:%M}")
    assert SchedulePause.objects.get().until == until


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--pause"], "say why"),
        (["--resume", "--why", " "], "say why"),
        (["--until", "2026-11-28T18:00"], "give it with --pause"),
        (["--resume", "--why", "done"], "is not paused"),
        (["--pause", "--why", "x", "--until", "2020-01-01T00:00"], "which is over"),
        (["--pause", "--why", "x", "--until", "soon"], "is no time: write"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(db, words, told):
    with pytest.raises(CommandError, match=told):
        call("schedule", *words)
    assert not SchedulePause.objects.exists()
