"""Each metric of the state, from a state that the services made."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from msgspec.structs import replace

import streaming.services
from flights import services, store
from flights.records import SlotState
from flights.slots import last_tick, slot_begin, slot_key
from flights.times import utc_now
from ingestion import backfills, heartbeats, ledger
from ingestion import services as runs
from ingestion.errors import KeyRefused
from ingestion.heartbeats import BEAT, WORKER
from ingestion.models import Run, Step, UpstreamRequest
from ingestion.state.queue import UNACKED
from ingestion.watchdog import NOTHING_RAN
from streaming.consumer import Received
from streaming.events import observed_message
from tests.factories import a_record
from tests.flights.api.test_reconstructed import TOLD
from tests.flights.test_services import a_summary
from tests.ingestion.test_backfills import ME, asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents")]

HOUR = timedelta(hours=1)


def close(slot, now, **changes):
    """Close a slot with one flight in it, as its run of this number would; its begin as Unix time."""
    services.apply_records([replace(a_record(), slot=slot, run=f"{slot}.1")])
    services.end_partition(a_summary(slot=slot, run=f"{slot}.1", **changes), 0, 1, now)
    return slot_begin(slot).timestamp()


def test_the_schedule_is_told_by_the_clock_alone(told, settings):
    settings.INGEST_SCHEDULE = "30 */3 * * *"
    page = told("schedule", now=datetime(2026, 11, 24, 4, 10, tzinfo=UTC))
    assert page("flightsite_due_slot_timestamp_seconds") == datetime(2026, 11, 24, 3, 30, tzinfo=UTC).timestamp()
    assert page("flightsite_schedule_interval_seconds") == 3 * 3600


def test_the_due_slot_is_closed_once_its_collection_has_ended(told):
    now = utc_now()
    due = slot_key(last_tick(settings.INGEST_SCHEDULE, now))
    assert told("due_slot")("flightsite_due_slot_closed") == 0
    services.open_slot(due, f"{due}.1", now)
    assert told("due_slot")("flightsite_due_slot_closed") == 0
    close(due, now)
    assert told("due_slot")("flightsite_due_slot_closed") == 1


def test_a_due_slot_whose_run_failed_is_closed_too(told):
    due = slot_key(last_tick(settings.INGEST_SCHEDULE, utc_now()))
    services.fail_slot(due, f"{due}.1", SlotState.FAILED, "KeyRefused", utc_now())
    assert told("due_slot")("flightsite_due_slot_closed") == 1


def test_a_due_slot_that_the_allowance_leaves_out_counts_as_closed(told, settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 1}
    now = datetime(2026, 11, 24, 4, 5, tzinfo=UTC)
    assert told("due_slot", now=now)("flightsite_due_slot_closed") == 0
    UpstreamRequest.objects.create(page="1", purpose="people", sent_at=now - HOUR, outcome="ok", status=200)
    assert told("due_slot", now=now)("flightsite_due_slot_closed") == 1


def test_slots_are_told_by_state_and_the_last_one_in_figures(told):
    now = utc_now()
    close(slot_key(now - 4 * HOUR), now - 3 * HOUR)
    latest = close(slot_key(now - 2 * HOUR), now - HOUR)
    close(slot_key(now), now, shortfall="a page was not fetched")
    page = told("slots")
    assert page("flightsite_slots", state="complete") == 2
    assert page("flightsite_slots", state="partial") == 1
    assert page("flightsite_slots", state="missed") == 0
    assert page("flightsite_last_complete_slot_timestamp_seconds") == latest
    assert page("flightsite_last_closed_slot_timestamp_seconds") == pytest.approx(now.timestamp(), abs=0.002)
    states = page.labelled("flightsite_last_slot_state", "state")
    assert states == {"complete": 0, "partial": 1, "empty": 0, "failed": 0, "missed": 0}
    rows = page.labelled("flightsite_last_slot_rows", "what")
    assert (rows["stored"], rows["rows_received"], rows["rows_merged"]) == (1, 2, 1)


def test_before_the_first_slot_nothing_is_told_of_the_last(told):
    page = told("slots")
    assert sum(page.labelled("flightsite_slots", "state").values()) == 0
    assert [name for name in page.families if "last" in name] == []


def test_the_last_complete_slot_is_remembered_however_long_ago(told):
    now = utc_now()
    long_ago = close(slot_key(now - timedelta(days=60)), now - timedelta(days=60))
    services.fail_slot(slot_key(now), "x.1", SlotState.FAILED, "KeyRefused", now)
    page = told("slots")
    assert page("flightsite_slots", state="complete") == 0
    assert page("flightsite_last_complete_slot_timestamp_seconds") == long_ago
    assert page("flightsite_last_closed_slot_timestamp_seconds") < (now - timedelta(days=59)).timestamp()
    assert page("flightsite_last_slot_state", state="failed") == 1


def test_a_day_that_was_fetched_afterwards_is_no_slot(told):
    day = str(utc_now().date() - timedelta(days=1))
    close(day, utc_now(), backfill=True)
    page = told("slots")
    assert sum(page.labelled("flightsite_slots", "state").values()) == 0
    assert page("flightsite_last_closed_slot_timestamp_seconds") is None


def test_a_reconstructed_slot_is_none_that_was_closed_in_time(told):
    now = utc_now()
    close(slot_key(now), now, backfill=True, shortfall="a day is missing", reconstruction=TOLD)
    page = told("slots")
    assert (page("flightsite_slots", state="backfilled"), page("flightsite_slots", state="partial")) == (1, 0)
    assert page("flightsite_last_closed_slot_timestamp_seconds") is None
    assert page("flightsite_last_slot_state", state="partial") is None


def test_a_slot_that_nothing_ran_for_is_missed_and_one_left_out_on_purpose_is_not(told):
    now = utc_now()
    services.miss_slot(slot_key(now - 2 * HOUR), NOTHING_RAN, now)
    services.miss_slot(slot_key(now), "the schedule was paused by somebody: …", now)
    page = told("slots")
    assert page("flightsite_slots", state="missed") == 2
    assert page("flightsite_last_slot_state", state="missed") == 1
    services.miss_slot(slot_key(now - 4 * HOUR), NOTHING_RAN, now)
    store.collection(store.SLOTS).delete_one({"_id": slot_key(now - 2 * HOUR)})
    close(slot_key(now - 2 * HOUR), now)
    assert told("slots")("flightsite_last_slot_state", state="complete") == 1


def test_runs_and_backfills_are_told_by_state(told, run):
    page = told("runs")
    assert page.labelled("flightsite_runs", "state") == {"open": 1, "published": 0, "stopped": 0, "failed": 0}
    assert sum(page.labelled("flightsite_backfills", "state").values()) == 0


def test_the_latest_run_tells_how_long_its_steps_took(told, run):
    runs.perform_step(run.pk, Step.EXTRACTION)
    attempt = run.attempts.get()
    attempt.started_at = attempt.finished_at - timedelta(seconds=12)
    attempt.save()
    later = Run.objects.create(slot="2026-11-24T06Z", trigger="test", started_at=utc_now(), opened_at=utc_now())
    later.attempts.create(step=Step.EXTRACTION, number=1, started_at=utc_now())
    assert told("runs").labelled("flightsite_last_run_step_seconds", "step") == {"extraction": 12}


def test_a_key_that_is_refused_is_told_until_a_request_is_answered_well(told, run):
    assert told("runs")("flightsite_upstream_refusing") == 0
    UpstreamRequest.objects.create(page="1", purpose="people", sent_at=utc_now(), outcome="KeyRefused", status=401)
    UpstreamRequest.objects.create(page="1", purpose="people", sent_at=utc_now(), outcome="UpstreamUnavailable")
    assert told("runs")("flightsite_upstream_refusing") == 1
    runs.perform_step(run.pk, Step.EXTRACTION)
    assert told("runs")("flightsite_upstream_refusing") == 0


def test_the_upstreams_own_refusal_is_one(told, run, upstream):
    upstream.simulator.control({"faults": {"401": 1.0}})
    runs.perform_step(run.pk, Step.EXTRACTION)
    assert UpstreamRequest.objects.first().outcome == KeyRefused.__name__
    assert told("runs")("flightsite_upstream_refusing") == 1


def test_the_allowance_is_told_with_its_reset_and_no_forecast_while_it_is_enough(told, settings):
    now = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 10_000}
    UpstreamRequest.objects.create(page="1", purpose="schedule", sent_at=now - HOUR, outcome="ok", status=200)
    page = told("quota", now=now)
    assert page("flightsite_upstream_requests_used") == 1
    assert page("flightsite_upstream_requests_left") == 9_999
    assert page("flightsite_upstream_requests_allowance") == 10_000
    assert page("flightsite_quota_reset_timestamp_seconds") == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert page("flightsite_quota_spaced_slots") == 0
    assert page("flightsite_quota_runs_out_timestamp_seconds") is None


def test_an_allowance_that_is_too_small_is_forecast_to_run_out(told, settings):
    now = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 100}
    UpstreamRequest.objects.create(page="1", purpose="schedule", sent_at=now - HOUR, outcome="ok", charged=25)
    page = told("quota", now=now)
    assert page("flightsite_quota_runs_out_timestamp_seconds") == (now + timedelta(days=3)).timestamp()
    plan = ledger.month_plan(now)
    assert page("flightsite_quota_spaced_slots") == plan.slots_left - plan.to_serve > 200


def test_backfills_are_told_by_state(told, upstream):
    backfills.create(asked(), ME, utc_now())
    states = told("runs").labelled("flightsite_backfills", "state")
    assert states == {"running": 1, "waiting": 0, "paused": 0, "cancelled": 0, "done": 0}


def test_open_dead_letters_are_told_by_reason(told):
    message = Received("flights.observed", 0, 1, b"{", observed_message(a_record()).headers)
    streaming.services.handle_batch([message])
    assert told("letters").labelled("flightsite_dead_letters_open", "reason") == {"not-json": 1}


@pytest.fixture
def redis():
    with heartbeats.connected(1.0) as client:
        client.delete("celery", UNACKED, *(f"flightsite:heartbeat:{name}" for name in (BEAT, WORKER)))
        heartbeats._tried.clear()
        yield client
        client.delete("celery", UNACKED)


def test_the_queue_is_told_with_what_is_taken_and_not_finished(told, redis):
    assert told("queue").labelled("flightsite_queue_tasks", "queue") == {"celery": 0, "unacked": 0}
    redis.rpush("celery", "a task", "another")
    redis.hset(UNACKED, "tag", "a third")
    assert told("queue").labelled("flightsite_queue_tasks", "queue") == {"celery": 2, "unacked": 1}


def test_heartbeats_are_told_once_there_was_one(told, redis):
    assert told("heartbeats").families == {}
    heartbeats.write(BEAT)
    page = told("heartbeats")
    assert page("flightsite_beat_heartbeat_timestamp_seconds") == pytest.approx(time.time(), abs=2)
    assert page("flightsite_worker_heartbeat_timestamp_seconds") is None
    heartbeats.write(WORKER)
    assert told("heartbeats")("flightsite_worker_heartbeat_timestamp_seconds") == pytest.approx(time.time(), abs=2)


def test_a_heartbeat_is_written_once_in_some_seconds(redis, monkeypatch):
    heartbeats.write(BEAT)
    first = heartbeats.read(redis)[BEAT]
    heartbeats.write(BEAT)
    assert heartbeats.read(redis)[BEAT] == first
    monkeypatch.setattr(heartbeats, "EVERY_SECONDS", 0.0)
    heartbeats.write(BEAT)
    assert heartbeats.read(redis)[BEAT] > first


def test_a_heartbeat_that_cant_be_written_costs_little_and_harms_nobody(settings):
    heartbeats._tried.clear()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    began = time.monotonic()
    heartbeats.write(BEAT)
    assert time.monotonic() - began < 1


def test_the_disk_of_a_folder_that_is_not_made_yet_is_the_one_it_will_be_on(told, settings, tmp_path):
    settings.ARCHIVE_DIR = tmp_path / "not" / "yet"
    page = told("disk")
    for folder in ("data", "archive"):
        assert (
            0 < page("flightsite_disk_free_bytes", folder=folder) <= page("flightsite_disk_size_bytes", folder=folder)
        )


def test_the_build_is_told(told):
    [labels] = [sample.labels for sample in told("build").families["flightsite_build_info"].samples]
    assert (labels["version"], labels["python"].count(".")) == (settings.VERSION, 2)
