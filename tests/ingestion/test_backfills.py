"""The life of a backfill: which days it takes, in what order, with whose requests, and how it is stopped."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flights import store, times
from flights.slots import day_key
from flights.times import utc_now
from ingestion import archive, backfills, ledger, progress, services, watchdog
from ingestion.backfills import Who
from ingestion.errors import BadBackfill, BadDays, DayTooOld, OrderRefused
from ingestion.jobs import Backfill, JobState
from ingestion.models import Run, RunState, Step, UpstreamRequest
from ingestion.progress import Fate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics", "upstream", "days_of_the_world")]

ME = Who("ann", "command", "the gap of last week")


@pytest.fixture
def days_of_the_world():
    """The clock goes on from where the stand-in's stands, so that days ago are past days of its world."""
    ahead = datetime(2026, 11, 24, 4, tzinfo=UTC) - times.system_clock()
    times.set_clock(lambda: times.system_clock() + ahead)
    yield
    times.set_clock(times.system_clock)


def ago(days):
    return utc_now().date() - timedelta(days=days)


def asked(oldest=3, newest=1, **values):
    return Backfill(first=ago(oldest), last=ago(newest), **{"max_pages": 2, **values})


def made(*args, **values):
    return backfills.create(asked(*args, **values), ME, utc_now())


def advance():
    return [run.slot for run in backfills.advance(utc_now())]


def perform(slot, *steps):
    run = Run.objects.get(slot=slot)
    for step in steps or Step:
        services.perform_step(run.pk, step)
    run.refresh_from_db()
    return run


def fates(job):
    job.refresh_from_db()
    return [each.fate for each in progress.days_of(job, utc_now())]


def a_day(days_ago, state=RunState.PUBLISHED, pages=2, **values):
    """The run of a past day, as another backfill has left it."""
    run, _ = services.open_backfill(ago(days_ago), pages, "test", utc_now())
    ended = None if state == RunState.OPEN else utc_now()
    step = values.pop("step", Step.SAVE_DATA if state == RunState.PUBLISHED else Step.EXTRACTION)
    Run.objects.filter(pk=run.pk).update(state=state, step=step, finished_at=ended, **values)
    return Run.objects.get(pk=run.pk)


def spare(settings, requests):
    """Leave so many requests to backfills: no slot is left in the month."""
    settings.INGEST_SCHEDULE = "0 0 1 1 *"
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 10 * requests}
    settings.QUOTA = {"people_percent": 90, "retry_percent": 0, "backfill_percent": 10, "slot_max_pages": None}


# Which days.


def test_days_are_fetched_one_after_the_other_and_the_job_is_done():
    job = made()
    for days_ago in (3, 2, 1):
        assert advance() == [day_key(ago(days_ago))]
        assert perform(day_key(ago(days_ago))).state == RunState.PUBLISHED
    assert advance() == []
    job.refresh_from_db()
    assert (job.state, job.told, job.finished_at is None) == (JobState.DONE, "", False)
    assert progress.progress_of(job, utc_now()).requests == 6


def test_the_newest_day_may_come_first_and_several_at_once():
    made(order="newest", days_at_once=2)
    assert advance() == [day_key(ago(1)), day_key(ago(2))]
    assert advance() == []


def test_a_day_that_is_under_way_is_waited_for():
    made()
    assert (len(advance()), len(advance())) == (1, 0)


def test_missing_days_are_those_without_flights():
    there, failed = a_day(3, shortfall="PagesUnusable: one"), a_day(2, RunState.FAILED)
    job = made()
    assert fates(job) == [Fate.LEFT_OUT, Fate.TO_GO_ON, Fate.TO_FETCH]
    assert "mode partial goes on with it" in progress.days_of(job, utc_now())[0].why
    assert advance() == [failed.slot]
    assert [run.job for run in Run.objects.filter(pk__in=[there.pk, failed.pk]).order_by("slot")] == [None, job]


def a_broken_day(upstream, pages=2):
    """The open run of a day whose second page is broken."""
    run, _ = services.open_backfill(ago(2), pages, "test", utc_now())
    Run.objects.filter(pk=run.pk).update(starts=[0])
    upstream.simulator.control({"at_offset": {"100": "html"}})
    return run


def test_a_day_with_a_shortfall_is_made_whole_and_its_slot_counted_anew(upstream, consume, settings):
    settings.STEP_RETRIES = 0
    run = a_broken_day(upstream)
    assert (perform(run.slot).state, run.shortfall) == (RunState.PUBLISHED, "")
    upstream.simulator.control({"at_offset": {}})
    assert consume(0, run.slot)["counts"]["rows_received"] == 100
    made(2, 2, mode="partial")
    assert advance() == [run.slot]
    whole = perform(run.slot)
    assert (whole.state, whole.revision, whole.shortfall) == (RunState.PUBLISHED, 1, "")
    assert consume(1, run.slot)["counts"]["rows_received"] == 200
    bought = UpstreamRequest.objects.filter(run=run, outcome="ok").values_list("page", flat=True)
    assert sorted(bought) == sorted(set(bought))


def test_a_day_with_a_shortfall_whose_pages_were_removed_is_left_out():
    run = a_day(2, shortfall="one page is missing")
    record = {"_id": run.slot, "state": "backfilled", "pages_removed_at": utc_now()}
    store.insert_new(store.SLOTS, [record])
    (day,) = progress.days_of(asked(2, 2, mode="partial"), utc_now())
    assert (day.fate, "were removed" in day.why) == (Fate.LEFT_OUT, True)


def test_a_day_with_a_shortfall_whose_observations_were_removed_is_left_out():
    run = a_day(2, shortfall="one page is missing")
    record = {"_id": run.slot, "state": "backfilled", "observations_removed_at": utc_now()}
    store.insert_new(store.SLOTS, [record])
    (day,) = progress.days_of(asked(2, 2, mode="partial"), utc_now())
    assert (day.fate, "unarchive" in day.why) == (Fate.LEFT_OUT, True)


def test_a_day_that_was_asked_for_something_else_is_left_out():
    a_day(2, RunState.FAILED)
    (day,) = progress.days_of(asked(2, 2, query={"dep_iata": "LIS"}), utc_now())
    assert (day.fate, "give the same query" in day.why) == (Fate.LEFT_OUT, True)


def test_a_query_is_asked_beside_the_date():
    made(2, 2, query={"dep_iata": "LIS"})
    advance()
    assert Run.objects.get().queries == [{"dep_iata": "LIS", "flight_date": day_key(ago(2))}]


def test_a_day_that_another_job_fetches_is_waited_for_and_not_fetched_twice():
    one, other = made(2, 2), made(2, 2)
    assert advance() == [day_key(ago(2))]
    other.refresh_from_db()
    assert (fates(other), other.state, f"by {one}" in other.told) == ([Fate.ELSEWHERE], JobState.WAITING, True)
    perform(day_key(ago(2)))
    assert advance() == []
    assert [job.state for job in Backfill.objects.all()] == [JobState.DONE, JobState.DONE]
    assert fates(other) == [Fate.LEFT_OUT]


# What is refused.


@pytest.mark.parametrize(
    ("values", "error", "why"),
    [
        ({"oldest": 93}, BadDays, "the first day that can be fetched is"),
        ({"oldest": 1, "newest": 2}, BadDays, "is after"),
        ({"newest": -1}, BadDays, "in the future"),
        ({"query": {"flight_date": "2026-11-20"}}, BadBackfill, "is no filter"),
        ({"query": {"dep_iata": 7}}, BadBackfill, "must be a text"),
        ({"query": {"dep_iata": ""}}, BadBackfill, "must be a text"),
        ({"max_pages": 0}, BadBackfill, "at least 1"),
        ({"days_at_once": 11}, BadBackfill, "at most 10"),
        ({"share_percent": 101}, BadBackfill, "at most 100"),
    ],
)
def test_what_can_not_be_asked_for_is_refused_before_anything_is_spent(values, error, why):
    with pytest.raises(error, match=why):
        made(**values)
    assert not Backfill.objects.exists()


def test_a_day_that_no_month_could_pay_for_is_refused(settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 50}
    with pytest.raises(OrderRefused, match="more than is left in any month"):
        made(max_pages=51)


def test_a_day_that_has_become_too_old_is_left_out():
    job = made(3, 3)
    Backfill.objects.filter(pk=job.pk).update(first=ago(93), last=ago(92))
    assert fates(job) == [Fate.LEFT_OUT, Fate.TO_FETCH]


def test_an_open_day_that_has_become_too_old_is_not_asked_for():
    run, _ = services.open_backfill(ago(93), 2, "test", utc_now())
    services.perform_step(run.pk, Step.EXTRACTION)
    run.refresh_from_db()
    assert (run.state, run.requests.count()) == (RunState.FAILED, 0)
    assert run.error.startswith(DayTooOld.__name__)


# With whose requests.


def test_a_day_is_begun_only_when_there_is_room_for_all_of_it(settings):
    spare(settings, 5)
    job = made(max_pages=2, days_at_once=3)
    assert advance() == [day_key(ago(3)), day_key(ago(2))]
    assert advance() == []
    job.refresh_from_db()
    assert job.state == JobState.RUNNING


def test_without_room_it_waits_and_says_for_what(settings):
    spare(settings, 5)
    job = made(max_pages=6)
    assert advance() == []
    job.refresh_from_db()
    assert job.state == JobState.WAITING
    assert "a day may cost 6 requests; 5 may be spent on backfills now" in job.told
    assert "QUOTA_BACKFILL_PERCENT" in job.told
    settings.QUOTA = {**settings.QUOTA, "people_percent": 80, "backfill_percent": 20}
    assert len(advance()) == 1
    job.refresh_from_db()
    assert (job.state, job.told) == (JobState.RUNNING, "")


def test_jobs_share_one_room(settings):
    spare(settings, 5)
    made(3, 3, max_pages=3)
    other = made(2, 2, max_pages=3)
    assert advance() == [day_key(ago(3))]
    other.refresh_from_db()
    assert other.state == JobState.WAITING


def test_a_share_bounds_what_a_job_begins(settings):
    spare(settings, 10)
    made(days_at_once=3, share_percent=40)
    assert len(advance()) == 2


def test_a_share_bounds_every_request(settings, upstream):
    spare(settings, 10)
    job = made(2, 2, max_pages=4, share_percent=40)
    advance()
    Backfill.objects.filter(pk=job.pk).update(share_percent=20)
    run = perform(day_key(ago(2)), Step.EXTRACTION)
    assert (run.requests.count(), run.state, run.resumes_at is None) == (2, RunState.OPEN, False)
    assert "its share of 20 %" in run.error
    advance()
    job.refresh_from_db()
    assert (job.state, "its share of 20 %" in job.told) == (JobState.WAITING, True)


def test_a_share_is_of_the_month_not_of_what_is_left(settings):
    spare(settings, 10)
    job = made(2, 2, max_pages=4, share_percent=50)
    advance()
    perform(day_key(ago(2)))
    assert ledger.room_of(job, ledger.month_plan(utc_now())) == 1


# A dry run.


def test_a_dry_run_tells_days_cost_and_what_has_to_wait(settings):
    spare(settings, 3)
    a_day(4)
    tried = progress.try_dry(asked(4, 1), utc_now())
    assert [(each.fate, each.pages, bool(each.why)) for each in tried.days] == [
        (Fate.LEFT_OUT, 0, True),
        (Fate.TO_FETCH, 2, False),
        (Fate.TO_FETCH, 2, True),
        (Fate.TO_FETCH, 2, True),
    ]
    assert (tried.requests, tried.served_now, tried.room) == (6, 1, 3)
    assert "4 days: 1 left out, 3 to fetch; up to 6 requests" in tried.told
    assert "a day may cost 2 requests; 3 may be spent on backfills now, 1 of them by this one" in tried.days[2].why


def test_a_dry_run_writes_nothing():
    progress.try_dry(asked(), utc_now())
    assert (Backfill.objects.count(), Run.objects.count(), UpstreamRequest.objects.count()) == (0, 0, 0)


def test_a_day_that_goes_on_costs_what_it_has_not_bought(upstream):
    run = a_broken_day(upstream)
    perform(run.slot, Step.EXTRACTION)
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, finished_at=utc_now())
    (day,) = progress.try_dry(asked(2, 2, max_pages=100), utc_now()).days
    assert (day.fate, day.pages) == (Fate.TO_GO_ON, 1)


# Pause, resume, cancel.


def test_a_paused_job_begins_nothing_and_its_open_day_rests(upstream):
    job = made()
    (slot,) = advance()
    backfills.pause(job, ME, utc_now())
    assert (advance(), services.runs_to_resume(utc_now())) == ([], [])
    run = perform(slot)
    assert (run.state, run.step, run.requests.count()) == (RunState.OPEN, Step.EXTRACTION, 0)
    assert job.told == "paused by ann (command): the gap of last week"


@pytest.fixture
def deciding(monkeypatch):
    """Decides about a job in the midst of a step, after the first page: `deciding(backfills.pause, job)`."""

    def at_the_first_page(decide, job):
        keep, decided = archive.keep, []

        def kept(*args):
            keep(*args)
            if not decided:
                decided.append(decide(Backfill.objects.get(pk=job.pk), ME, utc_now()))

        monkeypatch.setattr(archive, "keep", kept)

    return at_the_first_page


def test_a_pause_in_the_midst_of_a_day_holds_it_at_its_next_page(deciding):
    job = made(2, 2, max_pages=3)
    (slot,) = advance()
    deciding(backfills.pause, job)
    run = perform(slot)
    assert (run.state, run.step, run.requests.count()) == (RunState.OPEN, Step.EXTRACTION, 1)
    attempt = run.attempts.get()
    assert (attempt.outcome, attempt.error_class) == ("stopped", "JobRests")


def test_a_resumed_job_goes_on_and_buys_nothing_twice(deciding):
    job = made(2, 2, max_pages=3)
    (slot,) = advance()
    deciding(backfills.pause, job)
    perform(slot)
    backfills.resume(Backfill.objects.get(pk=job.pk), ME, utc_now())
    assert [run.slot for run in services.runs_to_resume(utc_now())] == [slot]
    run = perform(slot)
    assert (run.state, run.requests.count()) == (RunState.PUBLISHED, 3)


def test_a_paused_day_is_not_stuck():
    job = made(2, 2)
    advance()
    backfills.pause(job, ME, utc_now())
    Run.objects.update(opened_at=utc_now() - timedelta(days=3))
    assert watchdog.end_stuck(utc_now()) == []
    backfills.resume(job, ME, utc_now())
    assert watchdog.end_stuck(utc_now()) == []


def test_a_day_whose_pages_are_all_there_is_finished_though_its_job_rests():
    job = made(2, 2)
    (slot,) = advance()
    perform(slot, Step.EXTRACTION)
    backfills.cancel(job, ME, utc_now())
    assert perform(slot).state == RunState.PUBLISHED


def test_a_cancelled_job_ends_its_open_day_and_keeps_what_was_fetched(deciding):
    job = made(2, 2, max_pages=3)
    (slot,) = advance()
    deciding(backfills.cancel, job)
    run = perform(slot)
    assert (run.state, run.requests.count()) == (RunState.STOPPED, 1)
    assert run.error == "cancelled by ann (command): the gap of last week"
    assert (advance(), len(archive.pages_of(run.key))) == ([], 1)
    assert fates(job) == [Fate.STOPPED]
    other = made(2, 2, max_pages=3)
    assert advance() == [slot]
    run = perform(slot)
    assert (run.state, run.job, run.requests.count()) == (RunState.PUBLISHED, other, 3)


def test_a_day_that_was_there_before_is_published_again_when_its_job_is_cancelled():
    run = a_day(2, shortfall="one page is missing")
    job = made(2, 2, mode="partial")
    advance()
    backfills.cancel(job, ME, utc_now())
    run.refresh_from_db()
    assert (run.state, run.step, run.shortfall) == (RunState.OPEN, Step.TRANSFORMATION, job.told)


@pytest.mark.parametrize(
    ("before", "decide"),
    [
        ([], backfills.resume),
        ([backfills.pause], backfills.pause),
        ([backfills.cancel], backfills.cancel),
        ([backfills.cancel], backfills.resume),
        ([backfills.cancel], backfills.pause),
    ],
)
def test_what_can_not_be_decided_any_more_is_refused(before, decide):
    job = made()
    for each in before:
        each(job, ME, utc_now())
    state = Backfill.objects.get().state
    with pytest.raises(OrderRefused, match="there is nothing to"):
        decide(job, ME, utc_now())
    assert Backfill.objects.get().state == state


def test_a_paused_job_can_be_cancelled_and_everything_is_remembered():
    job = made()
    backfills.pause(job, ME, utc_now())
    backfills.resume(job, Who("ben", "admin", "go"), utc_now())
    backfills.cancel(job, Who("night shift", "api", "not wanted any more"), utc_now())
    told = [(each["what"], each["by"], each["via"]) for each in Backfill.objects.get().history]
    assert told == [
        ("started", "ann", "command"),
        ("paused", "ann", "command"),
        ("resumed", "ben", "admin"),
        ("cancelled", "night shift", "api"),
    ]


# When a day fails.


def test_what_every_day_would_meet_pauses_the_job(upstream):
    upstream.simulator.control({"next": ["403"]})
    job = made()
    (slot,) = advance()
    perform(slot)
    assert advance() == []
    job.refresh_from_db()
    assert (job.state, job.history[-1]["by"]) == (JobState.PAUSED, "the backfill itself")
    assert "the plan does not include this call" in job.told
    assert UpstreamRequest.objects.count() == 1
    backfills.resume(job, ME, utc_now())
    assert advance() == [slot]


def test_a_day_that_failed_is_passed_by_and_told(upstream, settings):
    settings.STEP_RETRIES = 0
    upstream.simulator.control({"next": ["500"] * 3})
    job = made(2, 1)
    for days_ago in (2, 1):
        advance()
        perform(day_key(ago(days_ago)))
    advance()
    job.refresh_from_db()
    assert (job.state, fates(job)) == (JobState.DONE, [Fate.FAILED, Fate.FETCHED])
    assert job.told.startswith(f"1 days failed: {ago(2)}: UpstreamUnavailable")


def test_two_backfills_do_not_try_a_failing_day_in_turns(upstream, settings):
    settings.STEP_RETRIES = 0
    upstream.simulator.control({"faults": {"500": 1.0}})
    jobs = [made(2, 2), made(2, 2)]
    perform(*advance())
    assert advance() == []
    assert [fates(job) for job in jobs] == [[Fate.FAILED], [Fate.FAILED]]


@pytest.mark.parametrize("mode", ["missing", "partial"])
def test_two_backfills_do_not_complete_a_day_in_turns(upstream, settings, mode):
    settings.STEP_RETRIES = 0
    jobs = [made(2, 2, mode=mode), made(2, 2, mode=mode)]
    (slot,) = advance()
    Run.objects.update(starts=[0])
    upstream.simulator.control({"at_offset": {"100": "html"}})
    assert perform(slot).shortfall
    assert advance() == []
    assert [fates(job) for job in jobs] == [[Fate.FETCHED], [Fate.LEFT_OUT]]


def test_a_day_that_waits_for_its_next_try_makes_the_job_wait(upstream):
    upstream.simulator.control({"next": ["500"] * 3})
    job = made(2, 2)
    perform(*advance())
    advance()
    job.refresh_from_db()
    assert (job.state, "UpstreamUnavailable" in job.told) == (JobState.WAITING, True)


def test_a_day_that_a_person_lets_go_on_is_no_jobs_any_more():
    job = made(2, 2)
    advance()
    backfills.cancel(job, ME, utc_now())
    run = Run.objects.get()
    assert services.reopen_run(run, utc_now(), trigger="admin")
    assert (run.job, perform(run.slot).state) == (None, RunState.PUBLISHED)


# Progress.


def test_progress_tells_when_it_is_through():
    job = made(4, 1)
    perform(*advance())
    begun = utc_now() - timedelta(minutes=10)
    Backfill.objects.filter(pk=job.pk).update(since=begun)
    job.refresh_from_db()
    now = begun + timedelta(minutes=20)
    told = progress.progress_of(job, now)
    assert (told.wanted, told.count(Fate.FETCHED), told.pages_left) == (4, 1, 6)
    assert told.eta == now + timedelta(minutes=60)
    assert "1 of 4 days fetched" in told.told


def test_a_job_that_rests_has_no_eta():
    job = made(4, 1)
    perform(*advance())
    backfills.pause(job, ME, utc_now())
    assert progress.progress_of(job, utc_now()).eta is None


def test_a_range_that_is_there_already_is_done_at_once():
    a_day(2)
    job = made(2, 2)
    advance()
    job.refresh_from_db()
    assert (job.state, Run.objects.count()) == (JobState.DONE, 1)


def test_days_of_a_year_are_in_order():
    job = Backfill(first=date(2026, 11, 20), last=date(2026, 11, 22), order="newest")
    assert [each.day.day for each in progress.days_of(job, utc_now())] == [22, 21, 20]
