"""The admin's pages about backfills, with a real queue."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User

from flights.times import utc_now
from ingestion import backfills
from ingestion.backfills import Who
from ingestion.jobs import Backfill, JobState
from ingestion.models import Run, UpstreamRequest

pytestmark = [pytest.mark.django_db(databases=["default", "mongodb"]), pytest.mark.usefixtures("documents", "upstream")]

JOBS, ADD = "/admin/ingestion/backfill/", "/admin/ingestion/backfill/add/"
PRESSED = {"_form_submitted": "True", "reason": "the upstream was down"}


def ago(days):
    return utc_now().date() - timedelta(days=days)


@pytest.fixture
def job(queue):
    wanted = Backfill(first=ago(3), last=ago(1), max_pages=2)
    return backfills.create(wanted, Who("ann", "command", "a gap"), utc_now())


def filled(**values):
    told = {"first": ago(3), "last": ago(1), "max_pages": 5, "query": "", "mode": "missing", "order": "oldest"}
    return {**told, "days_at_once": 1, "share_percent": 100, "reason": "a gap of three days", **values}


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_form_begins_with_a_calendar_and_without_a_query(admin_client):
    form = admin_client.get(ADD).context["form"]
    assert [form[name].field.widget.input_type for name in ("first", "last")] == ["date", "date"]
    assert form["query"].value() == ""


def confirmed(client, **values):
    """The form sent for a dry run, then confirmed."""
    form = client.post(ADD, filled(**values)).context["form"]
    return client.post(ADD, filled(**values, confirmed=form.asked), follow=True)


def test_the_list_shows_state_progress_and_who_asked(admin_client, job):
    page = text_of(admin_client.get(JOBS))
    assert all(told in page for told in (str(ago(3)), "running", "0 of 3 days fetched", "ann (command)", ADD))


def test_a_backfills_page_shows_its_days_and_what_was_done(admin_client, job):
    (run,) = backfills.advance(utc_now())
    page = text_of(admin_client.get(f"{JOBS}{job.pk}/change/"))
    assert all(told in page for told in ("to fetch", "under way", "started", "a gap"))
    assert f"/admin/ingestion/run/{run.pk}/change/" in page
    assert f"{JOBS}{job.pk}/change/" in text_of(admin_client.get(f"/admin/ingestion/run/{run.pk}/change/"))


def test_the_form_shows_a_dry_run_before_anything_is_made(admin_client, queue):
    assert "Start a backfill" in text_of(admin_client.get(ADD))
    page = text_of(admin_client.post(ADD, filled()))
    assert all(told in page for told in ("3 days: 3 to fetch; up to 15 requests", "Start this backfill", str(ago(2))))
    assert (Backfill.objects.count(), UpstreamRequest.objects.count(), queue()) == (0, 0, 0)


def test_what_was_shown_is_started_once_it_is_confirmed(admin_client, queue):
    page = text_of(confirmed(admin_client, query='{"dep_iata": "LIS"}', order="newest", share_percent=40))
    job = Backfill.objects.get()
    assert f"Backfill {job.pk} is made" in page
    assert (job.first, job.last, job.max_pages, job.query) == (ago(3), ago(1), 5, {"dep_iata": "LIS"})
    assert (job.order, job.share_percent, job.by, job.via, job.reason) == (
        "newest",
        40,
        "admin",
        "admin",
        "a gap of three days",
    )
    assert (queue(), LogEntry.objects.get().change_message) == (2, "Started: a gap of three days")


def test_another_backfill_than_the_one_shown_is_shown_first(admin_client, queue):
    form = admin_client.post(ADD, filled()).context["form"]
    page = text_of(admin_client.post(ADD, filled(max_pages=9, confirmed=form.asked)))
    assert "up to 27 requests" in page
    assert not Backfill.objects.exists()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"first": ago(93)}, "no plan reaches back so far"),
        ({"first": ago(1), "last": ago(2)}, "is after"),
        ({"query": '{"airport": "LIS"}'}, "is no filter"),
        ({"query": "[]"}, "all flights"),
        ({"query": '["LIS"]'}, "An object of names and texts is wanted"),
        ({"query": "{"}, "Enter a valid JSON"),
        ({"max_pages": 0}, "greater than or equal to 1"),
        ({"mode": "all"}, "not one of the available choices"),
        ({"reason": " "}, "This field is required"),
    ],
)
def test_what_can_not_be_asked_for_is_told_at_its_field(admin_client, values, why):
    page = text_of(admin_client.post(ADD, filled(**values)))
    assert why in page
    assert not Backfill.objects.exists()


def test_a_day_that_no_month_could_pay_for_is_refused(admin_client, settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 4}
    assert "more than is left in any month" in text_of(admin_client.post(ADD, filled()))


def shown_buttons(client, job):
    page = text_of(client.get(f"{JOBS}{job.pk}/change/"))
    return [each for each in ("pause", "resume", "cancel") if f"{JOBS}{job.pk}/{each}/" in page]


def test_the_buttons_are_those_that_can_be_pressed(admin_client, job):
    assert shown_buttons(admin_client, job) == ["pause", "cancel"]
    backfills.pause(job, Who("ann", "command"), utc_now())
    assert shown_buttons(admin_client, job) == ["resume", "cancel"]
    backfills.cancel(job, Who("ann", "command"), utc_now())
    assert shown_buttons(admin_client, job) == []


def test_a_backfill_is_paused_resumed_and_cancelled_with_a_reason(admin_client, job, queue):
    for button, state in (("pause", JobState.PAUSED), ("resume", JobState.RUNNING), ("cancel", JobState.CANCELLED)):
        text_of(admin_client.post(f"{JOBS}{job.pk}/{button}/", PRESSED, follow=True))
        job.refresh_from_db()
        assert job.state == state
    assert [each["reason"] for each in job.history] == ["a gap", *["the upstream was down"] * 3]
    told = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(told) == [f"{done}: the upstream was down" for done in ("Paused", "Resumed", "Cancelled")]
    assert queue() == 2


@pytest.mark.parametrize("button", ["pause", "resume", "cancel"])
def test_a_button_wants_a_reason(admin_client, job, button):
    before = Backfill.objects.get().history
    text_of(admin_client.post(f"{JOBS}{job.pk}/{button}/", {**PRESSED, "reason": "  "}))
    assert Backfill.objects.get().history == before


def test_a_button_pressed_too_late_says_so(admin_client, job):
    backfills.cancel(job, Who("ann", "command"), utc_now())
    page = text_of(admin_client.post(f"{JOBS}{job.pk}/cancel/", PRESSED, follow=True))
    assert "there is nothing to cancel" in page


@pytest.fixture
def looker(client, job):
    """Somebody who may look at backfills, and no more."""
    user = User.objects.create_user("looker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_backfill"))
    client.force_login(user)
    return client


def test_who_may_only_look_starts_and_stops_nothing(looker, job):
    assert shown_buttons(looker, job) == []
    assert looker.get(ADD).status_code == 403
    assert looker.post(f"{JOBS}{job.pk}/cancel/", PRESSED).status_code in {302, 403}
    assert Backfill.objects.get().state == JobState.RUNNING


def test_a_backfills_page_is_shown_while_the_store_is_down(admin_client, job, settings):
    Backfill.objects.filter(pk=job.pk).update(mode="partial")
    Run.objects.create(
        slot=str(ago(2)), backfill=True, state="published", shortfall="one page", trigger="test", started_at=utc_now(),
        opened_at=utc_now(), finished_at=utc_now(),
    )  # fmt: skip
    settings.MONGODB_URI = "mongodb://127.0.0.1:9/?directConnection=true&serverSelectionTimeoutMS=50"
    assert "No answer." in text_of(admin_client.get(f"{JOBS}{job.pk}/change/"))
