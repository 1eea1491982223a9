"""`manage.py backfill`, as a person calls it."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from flights import store
from flights.times import utc_now
from ingestion import backfills, services
from ingestion.backfills import Who
from ingestion.jobs import Backfill, JobState
from ingestion.models import Run, RunState, Step, UpstreamRequest
from tests.ingestion.test_commands import a_consumer, call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics", "upstream", "nobody")]


@pytest.fixture
def nobody(monkeypatch):
    """No worker's queue: the command line needs none."""
    monkeypatch.setattr("flightsite.celery.app.conf.broker_url", "redis://127.0.0.1:9/0")


def ago(days):
    return str(utc_now().date() - timedelta(days=days))


def days(oldest, newest, *words):
    return ("--from", ago(oldest), "--to", ago(newest), *words)


def started(*words):
    out, _ = call("backfill", "start", *days(3, 2, "--max-pages", "2"), "--json", *words)
    return json.loads(out)


def test_a_past_day_is_backfilled_and_not_fetched_twice():
    words = ("backfill", *days(3, 3), "--max-pages", "1")
    with a_consumer():
        assert "1 of 1 days fetched" in call(*words)[1]
    slot = store.find_one(store.SLOTS, ago(3))
    assert (slot["state"], slot["hour"], slot["counts"]["requests"]) == ("backfilled", None, 1)
    assert "left out (fetched already by run" in call(*words)[1]
    assert (UpstreamRequest.objects.count(), "all add up" in call("audit")[0]) == (1, True)


def test_a_plan_without_history_is_refused_clearly(upstream):
    upstream.simulator.control({"next": ["403"]})
    with pytest.raises(CommandError, match="the plan does not include this call"):
        call("backfill", *days(3, 2))
    assert (UpstreamRequest.objects.count(), Backfill.objects.get().state) == (1, JobState.PAUSED)


def test_a_dry_run_spends_and_writes_nothing():
    out = call("backfill", *days(3, 2), "--dry-run")[0]
    assert f"{ago(3)}: to fetch, up to 100 requests" in out
    assert "2 days: 2 to fetch; up to 200 requests" in out
    tried = json.loads(call("backfill", "start", *days(3, 2), "--dry-run", "--json")[0])
    assert (tried["to_fetch"], tried["requests"], len(tried["days"])) == (2, 200, 2)
    assert (Run.objects.count(), Backfill.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--from", "2026-11-24", "--to", "2026-11-20"], "is after"),
        (["--from", "2026-11-24", "--to", "2126-11-20"], "is in the future"),
        (["--from", "2020-11-24", "--to", "2026-11-20"], "no plan reaches back"),
        (days(2, 1, "--max-pages", "0"), "at least 1"),
        (days(2, 1, "--max-pages", "9999"), "at most 1000"),
        (days(2, 1, "--query", "airport=LIS"), "is no filter"),
        (days(2, 1, "--mode", "all"), "a day has one run"),
        ([], "give --from and --to, or one of start, wait, list"),
        (["show", "77"], "there is no backfill 77"),
    ],
)
def test_what_can_not_be_done_is_refused_with_the_reason(words, why):
    with pytest.raises(CommandError, match=why):
        call("backfill", *words)
    assert (Run.objects.count(), Backfill.objects.count()) == (0, 0)


def test_a_day_that_no_month_could_pay_for_is_refused(settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 50}
    with pytest.raises(CommandError, match="more than is left in any month"):
        call("backfill", *days(2, 1))


def test_a_backfill_that_waits_for_another_try_says_so(upstream):
    upstream.simulator.control({"next": ["500"] * 3})
    with pytest.raises(CommandError, match=r"is waiting: .*A worker goes on with it by itself"):
        call("backfill", *days(3, 3))


def test_a_backfill_that_waits_for_room_says_so(settings):
    settings.QUOTA = {"people_percent": 100, "retry_percent": 0, "backfill_percent": 0, "slot_max_pages": None}
    with pytest.raises(CommandError, match="is waiting: a day may cost 100 requests; 0 may be spent on backfills now"):
        call("backfill", *days(3, 3))
    assert Run.objects.count() == 0


def test_a_backfill_without_a_consumer_says_so():
    with pytest.raises(CommandError, match="is a consumer running"):
        call("backfill", *days(3, 3), "--max-pages", "1", "--wait-seconds", "0.3")


def test_a_backfill_is_started_and_left_to_the_worker():
    told = started("--query", "dep_iata=LIS", "--order", "newest", "--share", "40", "--reason", "a gap")
    job = Backfill.objects.get()
    assert (told["job"], told["state"], told["progress"]["days"]) == (job.pk, "running", 2)
    assert (job.query, job.order, job.share_percent, job.reason) == ({"dep_iata": "LIS"}, "newest", 40, "a gap")
    assert (job.via, Run.objects.count()) == ("command", 0)


def test_a_backfill_is_paused_resumed_and_cancelled():
    number = str(started()["job"])
    for what, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert f"is {state}" in call("backfill", what, number, "--reason", "as I say")[0]
    told = call("backfill", "show", number)[0]
    assert "is cancelled: cancelled by" in told
    assert [line.split()[1] for line in told.splitlines()[-4:]] == ["started", "paused", "resumed", "cancelled"]
    with pytest.raises(CommandError, match="there is nothing to resume"):
        call("backfill", "resume", number, "--reason", "as I say")


def test_a_decision_wants_a_reason():
    number = str(started()["job"])
    with pytest.raises(CommandError, match="--reason"):
        call("backfill", "cancel", number)
    assert Backfill.objects.get().state == JobState.RUNNING


def test_backfills_are_listed_with_their_progress():
    assert "there is no backfill yet" in call("backfill", "list")[0]
    number = started()["job"]
    out = call("backfill", "list")[0]
    assert f"{number} running" in " ".join(out.split())
    assert "0 of 2 days fetched" in out
    assert [each["job"] for each in json.loads(call("backfill", "list", "--json")[0])] == [number]


def test_a_backfill_that_another_pauses_ends_the_wait(monkeypatch):
    perform, decided = services.perform_step, []

    def performed(*args, **options):
        if not decided:
            decided.append(backfills.pause(Backfill.objects.get(), Who("ben", "admin", "stop"), utc_now()))
        return perform(*args, **options)

    monkeypatch.setattr(services, "perform_step", performed)
    with pytest.raises(CommandError, match=r"is paused: paused by ben \(admin\): stop"):
        call("backfill", *days(3, 3))


def test_the_wait_fetches_the_days_of_its_own_backfill_only():
    call("backfill", "start", *days(3, 3), "--max-pages", "1")
    (run,) = backfills.advance(utc_now())
    services.perform_step(run.pk, Step.EXTRACTION)
    with a_consumer():
        call("backfill", *days(2, 2), "--max-pages", "1")  # its own days only
    run.refresh_from_db()
    assert (run.state, run.step, run.requests.count()) == (RunState.OPEN, Step.TRANSFORMATION, 1)


def test_a_command_that_was_killed_is_gone_on_with_where_it_was():
    number = started()["job"]
    (run,) = backfills.advance(utc_now())
    services.perform_step(run.pk, Step.EXTRACTION)
    with a_consumer():
        assert "2 of 2 days fetched" in call("backfill", "wait", str(number))[1]
    bought = UpstreamRequest.objects.values_list("run", "page")
    assert len(bought) == len(set(bought))
    assert Backfill.objects.get().state == JobState.DONE


def test_a_backfill_that_is_paused_is_not_waited_for():
    number = str(started()["job"])
    call("backfill", "pause", number, "--reason", "as I say")
    with pytest.raises(CommandError, match="is paused: paused by"):
        call("backfill", "wait", number)


def test_the_help_tells_all_that_can_be_done(capsys):
    with pytest.raises(SystemExit):
        call_command("backfill", "--help")
    told = capsys.readouterr().out
    assert all(what in told for what in ("start", "wait", "list", "show", "pause", "resume", "cancel", "--dry-run"))
