import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from flights import store
from flights.times import utc_now
from ingestion import archive, claims, ledger, services
from ingestion.errors import OrderRefused
from ingestion.models import Run, RunState, Step
from ingestion.plan import LATE_SECONDS
from tests.conftest import SLOT

LONG_AGO = timedelta(minutes=10)


@pytest.fixture
def present(db, documents, upstream, settings):
    """A run of the present slot, which is a day long so that no test crosses into the next."""
    settings.INGEST_SCHEDULE = "0 0 * * *"
    return services.open_run(services.present_slot(utc_now()), "schedule", utc_now())[0]


def step_again(run, step=Step.EXTRACTION):
    """The next try, with the pause behind it."""
    Run.objects.filter(pk=run.pk).update(resumes_at=None)
    return services.perform_step(run.pk, step)


def state_of(run):
    run.refresh_from_db()
    return run.state, run.step


def slot_state(slot=SLOT):
    return store.find_one(store.SLOTS, slot)["state"]


def gone_process():
    """The pid of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_slot_has_one_run_however_often_it_is_opened(run):
    again, is_new = services.open_run(SLOT, "schedule", utc_now())
    assert (again.pk, is_new, Run.objects.count()) == (run.pk, False, 1)


def test_a_run_goes_through_its_steps(run, topics):
    assert [services.perform_step(run.pk, step) for step in Step] == [None, None, None]
    assert state_of(run) == (RunState.PUBLISHED, Step.SAVE_DATA)
    assert [(a.step, a.number, a.outcome) for a in run.attempts.all()] == [(s, 1, "done") for s in Step]
    assert run.claimed_by == ""


def test_a_step_that_is_not_due_is_left(run, topics):
    assert services.perform_step(run.pk, Step.SAVE_DATA) is None
    assert state_of(run) == (RunState.OPEN, Step.EXTRACTION)
    assert run.attempts.count() == 0


def test_a_finished_step_is_not_done_again(run):
    services.perform_step(run.pk, Step.EXTRACTION)
    services.perform_step(run.pk, Step.EXTRACTION)
    assert run.attempts.count() == 1


def test_the_slot_is_collecting_while_its_run_works(run):
    services.perform_step(run.pk, Step.EXTRACTION)
    assert slot_state() == "collecting"


def test_a_passing_failure_is_tried_again_in_five_minutes(run, upstream):
    upstream.simulator.control({"faults": {"500": 1.0}})
    assert services.perform_step(run.pk, Step.EXTRACTION) == timedelta(minutes=5)
    assert state_of(run) == (RunState.OPEN, Step.EXTRACTION)
    attempt = run.attempts.get()
    assert (attempt.outcome, attempt.error_class) == ("failed", "UpstreamUnavailable")
    assert services.perform_step(run.pk, Step.EXTRACTION) is None
    assert run.attempts.count() == 1


def test_after_five_retries_a_run_without_pages_has_failed(run, upstream):
    upstream.simulator.control({"faults": {"500": 1.0}})
    waits = [step_again(run) for _ in range(6)]
    assert waits == [timedelta(minutes=5)] * 5 + [None]
    assert state_of(run) == (RunState.FAILED, Step.EXTRACTION)
    assert slot_state() == "failed"


def test_a_run_that_has_some_pages_goes_on_with_them(run, upstream, topics):
    upstream.simulator.control({"at_offset": {"200": {"fault": "403", "count": 1}}})
    services.perform_step(run.pk, Step.EXTRACTION)
    assert state_of(run) == (RunState.OPEN, Step.TRANSFORMATION)
    assert "the plan does not include" in run.shortfall


def test_a_refused_key_ends_the_run_at_once_and_says_what_to_do(run, upstream):
    upstream.simulator.control({"next": ["401"]})
    assert services.perform_step(run.pk, Step.EXTRACTION) is None
    assert state_of(run) == (RunState.FAILED, Step.EXTRACTION)
    assert "set AVIATIONSTACK_ACCESS_KEY" in run.error
    assert "set AVIATIONSTACK_ACCESS_KEY" in store.find_one(store.SLOTS, SLOT)["reason"]


def use_up_the_allowance(upstream, pages=0):
    upstream.simulator.control({"quota_remaining": pages} if pages else {"next": ["429-quota"]})


def test_a_slot_without_a_page_of_the_allowance_is_a_planned_stop_with_the_day_it_ends(run, upstream):
    use_up_the_allowance(upstream)
    reset = ledger.next_reset(utc_now())
    assert services.perform_step(run.pk, Step.EXTRACTION) is None
    assert state_of(run) == (RunState.STOPPED, Step.EXTRACTION)
    assert (run.resumes_at, run.attempts.count()) == (reset, 1)
    slot = store.find_one(store.SLOTS, SLOT)
    assert (slot["state"], slot["resumes_at"]) == ("missed", reset)
    assert f"collection resumes on {reset:%Y-%m-%d}" in slot["reason"]


def test_pages_that_the_allowance_was_enough_for_go_on(run, upstream):
    use_up_the_allowance(upstream, pages=2)
    services.perform_step(run.pk, Step.EXTRACTION)
    assert state_of(run) == (RunState.OPEN, Step.TRANSFORMATION)
    assert (run.resumes_at, "collection resumes on" in run.shortfall) == (None, True)


def test_a_stopped_slot_goes_on_when_asked_to(present, upstream):
    use_up_the_allowance(upstream)
    services.perform_step(present.pk, Step.EXTRACTION)
    present.refresh_from_db()
    assert services.runs_to_resume(present.resumes_at + LONG_AGO) == []
    assert services.reopen_run(present, utc_now(), trigger="admin")
    assert present.trigger == "admin"
    services.perform_step(present.pk, Step.EXTRACTION)
    assert slot_state(present.slot) == "collecting"


def test_a_slot_that_is_over_is_not_filled_with_the_present(run):
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    run.refresh_from_db()
    with pytest.raises(OrderRefused, match="the upstream answers for the present only"):
        services.reopen_run(run, utc_now())
    assert state_of(run) == (RunState.FAILED, Step.EXTRACTION)


def test_a_slot_that_is_over_goes_on_when_its_pages_are_there(run):
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, step=Step.SAVE_DATA)
    run.refresh_from_db()
    assert services.reopen_run(run, utc_now())


def test_a_past_day_may_be_reopened_at_any_time(db, documents):
    day, _ = services.open_backfill(date(2026, 11, 20), 2, "test", utc_now())
    Run.objects.filter(pk=day.pk).update(state=RunState.FAILED)
    day.refresh_from_db()
    assert services.reopen_run(day, utc_now())


def test_a_past_day_that_the_plan_leaves_nothing_asks_again_after_the_next_slot(db, documents, upstream, settings):
    settings.INGEST_SCHEDULE = "0 * * * *"
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 10_000}
    settings.QUOTA = {**settings.QUOTA, "people_percent": 99, "backfill_percent": 0, "slot_max_pages": None}
    run, _ = services.open_backfill(date(2026, 11, 20), 2, "test", utc_now())
    services.perform_step(run.pk, Step.EXTRACTION)
    run.refresh_from_db()
    coming = ledger.month_plan(utc_now()).next_slot or ledger.next_reset(utc_now())
    assert coming <= run.resumes_at <= coming + timedelta(seconds=LATE_SECONDS)
    assert (run.requests.count(), "QUOTA_BACKFILL_PERCENT" in run.error) == (0, True)


def test_a_past_day_waits_for_the_reset_and_goes_on_by_itself(db, documents, upstream):
    run, _ = services.open_backfill(date(2026, 11, 20), 2, "test", utc_now())
    use_up_the_allowance(upstream)
    reset = ledger.next_reset(utc_now())
    assert services.perform_step(run.pk, Step.EXTRACTION) is None
    assert state_of(run) == (RunState.OPEN, Step.EXTRACTION)
    assert services.runs_to_resume(reset - LONG_AGO) == []
    assert services.runs_to_resume(reset) == [run]


def test_a_page_that_stays_unusable_does_not_take_the_slot_with_it(run, upstream):
    upstream.simulator.control({"at_offset": {"100": "truncated-json"}})
    waits = [step_again(run) for _ in range(6)]
    assert waits == [timedelta(minutes=5)] * 5 + [None]
    assert state_of(run) == (RunState.OPEN, Step.TRANSFORMATION)
    assert "1 unusable page: 00.00001" in run.shortfall
    assert run.requests.filter(page="00.00001").count() == 3 + 5


def test_the_later_tries_are_as_the_settings_say(run, upstream, settings):
    settings.STEP_RETRIES, settings.STEP_RETRY_SECONDS = 1, 2
    upstream.simulator.control({"faults": {"500": 1.0}})
    assert [step_again(run) for _ in range(2)] == [timedelta(seconds=2), None]


def test_a_run_opened_long_ago_does_not_fetch_the_present_for_its_slot(run):
    Run.objects.filter(pk=run.pk).update(opened_at=utc_now() - timedelta(hours=3))
    services.perform_step(run.pk, Step.EXTRACTION)
    assert run.requests.count() == 0


def test_a_run_that_was_ended_meanwhile_is_not_brought_back_by_the_process_that_slept(run):
    def given_up(line):
        if "00.00002" in line:
            Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, claimed_by="", claimed_until=None)

    assert services.perform_step(run.pk, Step.EXTRACTION, tell=given_up) is None
    assert state_of(run) == (RunState.FAILED, Step.EXTRACTION)
    assert run.attempts.get().outcome == "lost"


def test_a_step_that_is_asked_to_stop_says_so_and_gives_the_run_back(run):
    def stopped(_line):
        raise SystemExit(143)

    with pytest.raises(SystemExit):
        services.perform_step(run.pk, Step.EXTRACTION, tell=stopped)
    run.refresh_from_db()
    assert (run.attempts.get().outcome, run.claimed_by) == ("stopped", "")


def test_a_failed_run_may_be_reopened_and_goes_on(present, upstream):
    upstream.simulator.control({"next": ["401"]})
    services.perform_step(present.pk, Step.EXTRACTION)
    present.refresh_from_db()
    assert services.reopen_run(present, utc_now())
    services.perform_step(present.pk, Step.EXTRACTION)
    assert state_of(present) == (RunState.OPEN, Step.TRANSFORMATION)


def test_only_a_failed_run_is_reopened(run):
    assert not services.reopen_run(run, utc_now())


def test_a_run_that_another_process_works_on_is_left(run):
    holder = f"elsewhere:{os.getpid()}"
    Run.objects.claim(run.pk, holder, utc_now(), claims.LEASE)
    assert services.perform_step(run.pk, Step.EXTRACTION) is None
    assert run.attempts.count() == 0


def test_a_run_whose_process_was_killed_is_taken_over(run):
    holder = f"{socket.gethostname()}:{gone_process()}"
    Run.objects.claim(run.pk, holder, utc_now(), claims.LEASE)
    run.attempts.create(step=Step.EXTRACTION, number=1, started_at=utc_now())
    services.perform_step(run.pk, Step.EXTRACTION)
    assert [(a.number, a.outcome) for a in run.attempts.all()] == [(1, "killed"), (2, "done")]


def test_a_run_whose_lease_ran_out_is_taken_over(run):
    Run.objects.claim(run.pk, "elsewhere:1", utc_now() - LONG_AGO, claims.LEASE)
    services.perform_step(run.pk, Step.EXTRACTION)
    assert state_of(run) == (RunState.OPEN, Step.TRANSFORMATION)


def test_a_worker_that_lost_its_run_stops_before_it_buys_a_page(run, upstream):
    def taken_over(_line):
        Run.objects.filter(pk=run.pk).update(claimed_by="elsewhere:1")

    assert services.perform_step(run.pk, Step.EXTRACTION, tell=taken_over) is None
    assert run.requests.count() == 1
    assert run.attempts.get().outcome == "lost"
    assert state_of(run) == (RunState.OPEN, Step.EXTRACTION)


def test_a_fault_of_ours_is_told_and_the_run_is_free_again(run):
    def broken(_line):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        services.perform_step(run.pk, Step.EXTRACTION, tell=broken)
    run.refresh_from_db()
    assert (run.attempts.get().outcome, run.claimed_by) == ("broken", "")


@pytest.mark.parametrize(
    ("holder", "gone"),
    [
        ("elsewhere:1", False),
        (f"{socket.gethostname()}:{os.getpid()}", False),
        (f"{socket.gethostname()}:1", False),
        ("nonsense", False),
    ],
)
def test_only_a_process_of_this_host_is_known_to_be_gone(holder, gone):
    assert claims.is_gone(holder) is gone


def test_the_threads_of_a_process_are_holders_of_their_own():
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(claims._holder).result()
    assert other != claims._holder()
    assert not claims.is_gone(other)


def test_a_thread_of_a_process_that_has_ended_is_gone():
    assert claims.is_gone(f"{socket.gethostname()}#12:{gone_process()}")


def test_runs_to_resume_are_open_free_and_not_waiting(run):
    now = utc_now()
    assert services.runs_to_resume(now) == [run]
    Run.objects.filter(pk=run.pk).update(resumes_at=now + LONG_AGO)
    assert services.runs_to_resume(now) == []
    Run.objects.filter(pk=run.pk).update(resumes_at=None, claimed_by="elsewhere:1", claimed_until=now + LONG_AGO)
    assert services.runs_to_resume(now) == []
    assert services.runs_to_resume(now + 2 * LONG_AGO) == [run]


def test_the_store_being_down_is_a_passing_failure(run, down):
    down("mongodb")
    assert services.perform_step(run.pk, Step.EXTRACTION) == timedelta(minutes=5)
    assert run.requests.count() == 0


def test_a_run_that_fails_while_the_store_is_down_still_fails(run, down, upstream):
    down("mongodb")
    [step_again(run) for _ in range(6)]
    assert state_of(run) == (RunState.FAILED, Step.EXTRACTION)


def test_the_broker_being_down_is_a_passing_failure_and_the_pages_are_safe(run, down):
    services.perform_step(run.pk, Step.EXTRACTION)
    services.perform_step(run.pk, Step.TRANSFORMATION)
    down("kafka")
    assert services.perform_step(run.pk, Step.SAVE_DATA) == timedelta(minutes=5)
    assert [page.published_at for page in archive.pages_of(run.key)] == [None] * 3


def test_a_backfill_asks_for_its_day(db, documents, upstream):
    run, is_new = services.open_backfill(date(2026, 11, 20), 2, "test", datetime(2026, 11, 24, tzinfo=UTC))
    assert (run.slot, run.queries, run.pages_planned, is_new) == (
        "2026-11-20",
        [{"flight_date": "2026-11-20"}],
        2,
        True,
    )
    services.perform_step(run.pk, Step.EXTRACTION)
    assert [page.rows for page in archive.pages_of(run.key)] == [100, 100]
