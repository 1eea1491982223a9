from datetime import timedelta

import pytest
import redis
from celery.exceptions import Retry
from kombu.exceptions import OperationalError

from flights import store
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion import backfills, services, tasks
from ingestion.backfills import Who
from ingestion.errors import LedgerUnavailable
from ingestion.jobs import Backfill
from ingestion.models import Run, RunState, Step

QUEUE = "celery"


@pytest.fixture
def queue(settings):
    """The worker's queue, with nobody reading it."""
    connection = redis.Redis.from_url(settings.REDIS_URL)
    connection.delete(QUEUE)
    yield connection
    connection.delete(QUEUE)
    connection.close()


def test_a_tick_opens_the_run_of_its_slot_and_queues_it(db, queue, settings):
    settings.INGEST_SCHEDULE = "* * * * *"
    assert tasks.collect_slot() == slot_key(utc_now())
    assert (Run.objects.get().trigger, queue.llen(QUEUE)) == ("schedule", 1)


def test_a_second_tick_finds_the_run_and_leaves(db, queue, settings):
    settings.INGEST_SCHEDULE = "* * * * *"
    tasks.collect_slot()
    tasks.collect_slot()
    assert (Run.objects.count(), queue.llen(QUEUE)) == (1, 1)


def test_a_tick_that_comes_late_is_not_made_up_for(db, queue, settings):
    long_ago = utc_now() - timedelta(hours=3)
    settings.INGEST_SCHEDULE = f"{long_ago.minute} {long_ago.hour} * * *"
    assert last_tick(settings.INGEST_SCHEDULE, utc_now()) < utc_now() - timedelta(hours=2)
    assert tasks.collect_slot() is None
    assert (Run.objects.count(), queue.llen(QUEUE)) == (0, 0)


@pytest.fixture
def scarce(settings):
    """Two requests a month, and a slot an hour that began just now, of which the earlier one was served."""
    settings.INGEST_SCHEDULE = "* * * * *"
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 2}
    before = slot_key(utc_now() - timedelta(hours=1))
    Run.objects.create(slot=before, trigger="schedule", step=Step.SAVE_DATA, started_at=utc_now(), opened_at=utc_now())


def test_a_slot_that_the_plan_leaves_out_is_missed_at_once_and_costs_nothing(db, documents, queue, scarce):
    assert tasks.collect_slot() is None
    slot = store.find_one(store.SLOTS, slot_key(utc_now()))
    assert (slot["state"], slot["run"]) == ("missed", None)
    assert "the allowance of 2 a month serves" in slot["reason"]
    assert (Run.objects.count(), queue.llen(QUEUE)) == (1, 0)


def test_a_person_may_run_a_slot_that_the_plan_leaves_out(db, documents, queue, scarce):
    tasks.collect_slot()
    run, is_new = services.open_run(slot_key(utc_now()), "admin", utc_now())
    assert (is_new, run.pages_planned) == (True, 1)
    assert tasks.collect_slot() == run.slot


def test_a_slot_that_can_not_be_recorded_as_left_out_is_tried_again(db, queue, scarce, down):
    down("mongodb")
    tasks.collect_slot.push_request(called_directly=False, retries=0, is_eager=False)
    with pytest.raises(Retry):
        tasks.collect_slot.run()
    tasks.collect_slot.pop_request()


def test_open_runs_that_nobody_works_on_are_queued_again(run, queue):
    assert tasks.resume_runs() == 1
    assert queue.llen(QUEUE) == 1


def test_a_finished_run_is_not_queued(run, queue):
    run.state = RunState.PUBLISHED
    tasks.enqueue(run)
    assert queue.llen(QUEUE) == 0


def test_only_the_runs_id_is_handed_over(run, queue):
    tasks.enqueue(run)
    message = queue.lindex(QUEUE, 0).decode()
    assert f'"argsrepr": "({run.pk},)"' in message


def test_each_task_does_its_step(run, topics):
    for task in (tasks.extraction, tasks.transformation, tasks.save_data):
        task.apply(args=(run.pk,), throw=True)
    run.refresh_from_db()
    assert (run.state, run.step) == (RunState.PUBLISHED, Step.SAVE_DATA)


def test_a_step_to_be_tried_again_is_queued_for_later(run, upstream, queue, settings):
    upstream.simulator.control({"next": ["500"] * 3})
    tasks.extraction.push_request(args=(run.pk,), called_directly=False, retries=0, is_eager=False)
    with pytest.raises(Retry) as retry:
        tasks._perform(tasks.extraction, run.pk, Step.EXTRACTION)
    tasks.extraction.pop_request()
    assert retry.value.when == settings.STEP_RETRY_SECONDS


@pytest.fixture
def job(db, documents, upstream):
    """A backfill of two days, one page each."""
    first, last = ((utc_now() - timedelta(days=ago)).date() for ago in (4, 3))
    return backfills.create(Backfill(first=first, last=last, max_pages=1), Who("ann", "command"), utc_now())


def test_a_backfills_next_day_is_opened_and_queued(job, queue):
    assert tasks.advance_backfills() == 1
    assert (Run.objects.get().job, queue.llen(QUEUE)) == (job, 1)
    assert tasks.advance_backfills() == 0


def test_a_backfill_goes_on_at_once_when_a_day_is_published(job, topics, queue):
    tasks.advance_backfills()
    queue.delete(QUEUE)
    for task in (tasks.extraction, tasks.transformation, tasks.save_data):
        task.apply(args=(Run.objects.get().pk,), throw=True)
    assert [b"advance_backfills" in each for each in queue.lrange(QUEUE, 0, -1)] == [True]
    tasks.save_data.apply(args=(Run.objects.get().pk,), throw=True)
    assert queue.llen(QUEUE) == 1  # a task that comes twice starts nothing


def test_backfills_wait_for_the_ledger(job, queue, monkeypatch):
    def locked(*args, **options):
        raise LedgerUnavailable("locked")

    monkeypatch.setattr(backfills, "advance", locked)
    assert (tasks.advance_backfills(), Run.objects.count()) == (0, 0)


def test_without_the_queue_backfills_go_on_later(job, monkeypatch, caplog):
    def refuse(*args, **options):
        raise OperationalError("Error 111 connecting to redis:6379. Connection refused.")

    monkeypatch.setattr("kombu.messaging.Producer.publish", refuse)
    tasks.go_on_with_backfills()
    assert "backfills go on later" in caplog.text
