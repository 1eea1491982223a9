"""The admin's pages about runs and requests, with a real queue."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion import services
from ingestion.models import Run, RunState
from tests.ingestion.pages import keep_page

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

RUNS = "/admin/ingestion/run/"
REQUESTS = "/admin/ingestion/upstreamrequest/"
RUN_NOW = "/admin/ingestion/run/run_now/"
PRESSED = {"_form_submitted": "True", "reason": "the upstream was down"}


@pytest.fixture
def run(documents):
    now = utc_now()
    run = Run.objects.create(slot="2026-11-24T04Z", trigger="schedule", started_at=now, opened_at=now)
    run.attempts.create(step="extraction", number=1, started_at=now, finished_at=now, outcome="done")
    run.requests.create(page="00.00000", sent_at=now, status=200, outcome="ok", charged=1, quota_remaining=9_321)
    return run


@pytest.fixture
def failed(run):
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, error="KeyRefused: the key is wrong")
    run.refresh_from_db()
    return run


@pytest.fixture
def failed_now(failed, settings):
    """The failed run of the present slot, a day long so that no test crosses into the next."""
    settings.INGEST_SCHEDULE = "0 0 * * *"
    Run.objects.filter(pk=failed.pk).update(slot=services.present_slot(utc_now()))
    failed.refresh_from_db()
    return failed


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_runs_show_state_cost_and_trouble(admin_client, failed):
    page = text_of(admin_client.get(RUNS))
    assert all(text in page for text in ("2026-11-24T04Z", "schedule", "failed", "KeyRefused: the key is wrong"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"state__exact": "failed"}, 1),
        ({"state__exact": "open"}, 0),
        ({"trigger": "schedule"}, 1),
        ({"backfill__exact": "1"}, 0),
        ({"q": "2026-11-24"}, 1),
        ({"q": "2025"}, 0),
    ],
)
def test_runs_are_filtered_and_searched(admin_client, failed, query, shown):
    assert len(admin_client.get(RUNS, query).context["cl"].result_list) == shown


def test_a_runs_page_shows_tries_pages_and_links(admin_client, run):
    keep_page(run, total=120)
    page = text_of(admin_client.get(f"{RUNS}{run.pk}/change/"))
    assert all(text in page for text in ("extraction 1 of run", "1 of 120", f"run__id__exact={run.pk}"))
    assert reverse("admin:flights_slot_change", args=[run.slot]) in page


def test_a_page_that_could_not_be_read_says_why(admin_client, run):
    keep_page(run, fault="UnusableAnswer: cut <off>")
    assert "usable: UnusableAnswer: cut &lt;off&gt;" in text_of(admin_client.get(f"{RUNS}{run.pk}/change/"))


def test_a_runs_page_is_shown_while_the_archive_is_down(admin_client, run, settings):
    settings.MONGODB_URI = "mongodb://127.0.0.1:9/?directConnection=true&serverSelectionTimeoutMS=50"
    assert "MongoDB does not answer" in text_of(admin_client.get(f"{RUNS}{run.pk}/change/"))


def test_a_run_is_not_changed_by_a_form(admin_client, run):
    assert admin_client.post(f"{RUNS}{run.pk}/change/", {"state": "published"}).status_code == 403


def test_run_now_asks_before_it_does_anything(admin_client, queue):
    assert "Run this slot now?" in text_of(admin_client.get(RUN_NOW))
    assert not Run.objects.exists()


def test_run_now_opens_the_present_slots_run_and_queues_it(admin_client, queue):
    page = text_of(admin_client.post(RUN_NOW, PRESSED, follow=True))
    run = Run.objects.get()
    assert (run.slot, run.trigger) == (slot_key(last_tick(settings.INGEST_SCHEDULE, utc_now())), "admin")
    assert queue() == 1
    assert f"Slot {run.slot}: the run is open and queued." in page


def test_run_now_pressed_again_says_that_the_run_is_there(admin_client, queue):
    admin_client.post(RUN_NOW, PRESSED)
    page = text_of(admin_client.post(RUN_NOW, PRESSED, follow=True))
    assert "has its run already (open): nothing was started." in page
    assert (Run.objects.count(), queue()) == (1, 1)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_button_wants_a_reason(admin_client, failed_now, queue, reason):
    for button in (RUN_NOW, f"{RUNS}{failed_now.pk}/try_again/"):
        text_of(admin_client.post(button, {**PRESSED, "reason": reason}))
    failed_now.refresh_from_db()
    assert (failed_now.state, Run.objects.count(), queue()) == ("failed", 1, 0)
    assert not LogEntry.objects.exists()


def test_who_pressed_a_button_and_why_stands_on_the_runs_page(admin_client, failed_now, queue):
    page = text_of(admin_client.post(f"{RUNS}{failed_now.pk}/try_again/", PRESSED, follow=True))
    assert "Try again: the upstream was down" in page
    failed_now.delete()
    page = text_of(admin_client.post(RUN_NOW, PRESSED, follow=True))
    assert "Run now: the upstream was down" in page
    assert LogEntry.objects.count() == 2


def test_the_dialogs_script_is_sent_to_the_run(admin_client, queue):
    answer = admin_client.post(RUN_NOW, PRESSED, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"{RUNS}{Run.objects.get().pk}/change/"


def test_run_now_without_redis_leaves_an_open_run_and_says_so(admin_client, documents, refusing_queue):
    page = text_of(admin_client.post(RUN_NOW, PRESSED, follow=True))
    assert "could not be queued: Redis does not answer." in page
    assert services.runs_to_resume(utc_now() + timedelta(minutes=1)) == [Run.objects.get()]


@pytest.mark.parametrize(("state", "shown"), [("failed", True), ("open", False), ("published", False)])
def test_try_again_is_offered_for_failed_runs_only(admin_client, run, state, shown):
    Run.objects.update(state=state)
    assert ("try_again" in text_of(admin_client.get(f"{RUNS}{run.pk}/change/"))) == shown


def test_try_again_reopens_and_queues_a_failed_run(admin_client, failed_now, queue):
    page = text_of(admin_client.post(f"{RUNS}{failed_now.pk}/try_again/", PRESSED, follow=True))
    failed_now.refresh_from_db()
    assert (failed_now.state, failed_now.error, queue()) == ("open", "", 1)
    assert "the run goes on from extraction." in page


def test_try_again_does_not_fetch_the_present_for_a_slot_that_is_over(admin_client, failed, queue):
    page = text_of(admin_client.post(f"{RUNS}{failed.pk}/try_again/", PRESSED, follow=True))
    failed.refresh_from_db()
    assert (failed.state, queue()) == ("failed", 0)
    assert "its hour is over" in page


def test_try_again_leaves_a_run_that_has_not_failed(admin_client, run, queue):
    page = text_of(admin_client.post(f"{RUNS}{run.pk}/try_again/", PRESSED, follow=True))
    assert "there is nothing to try again." in page
    assert queue() == 0


@pytest.fixture
def viewer(client):
    """Staff who may look at runs and do nothing else."""
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_run"))
    client.force_login(user)
    return client


def test_a_viewer_sees_runs_without_buttons(viewer, run):
    assert "Run this slot now" not in text_of(viewer.get(RUNS))


@pytest.mark.parametrize("button", ["run_now/", "{}/try_again/"])
def test_a_viewer_can_press_nothing(viewer, failed, queue, button):
    assert viewer.post(RUNS + button.format(failed.pk), PRESSED).status_code == 403
    assert (Run.objects.get().state, queue()) == ("failed", 0)


def test_a_login_leads_to_the_admin(client, admin_user):
    told = {"username": admin_user.username, "password": "password"}
    assert client.post("/admin/login/", told).url == "/admin/"


def test_a_visitor_is_sent_to_the_login(client, run):
    assert client.post(RUN_NOW, PRESSED).url.startswith("/admin/login/")


def test_a_press_without_the_csrf_token_is_refused(admin_user, queue, client):
    client.handler.enforce_csrf_checks = True
    client.force_login(admin_user)
    assert client.post(RUN_NOW, PRESSED).status_code == 403
    assert not Run.objects.exists()


def test_the_quota_is_told_above_the_requests(admin_client, run, settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 9_500}
    answer = admin_client.get(REQUESTS)
    assert list(answer.context["quota"].values())[:4] == [179, 9_500, 9_321, 9_321]
    assert "9321" in text_of(answer)
    assert "The allowance of 9500 a month serves" in text_of(answer)


@pytest.mark.parametrize(
    ("query", "shown"),
    [({"outcome": "ok"}, 1), ({"outcome": "KeyRefused"}, 0), ({"q": "2026-11-24T04Z"}, 1), ({"q": "2025"}, 0)],
)
def test_requests_are_filtered_and_searched(admin_client, run, query, shown):
    assert len(admin_client.get(REQUESTS, query).context["cl"].result_list) == shown


def test_a_runs_requests_are_a_link_away(admin_client, run):
    other = Run.objects.create(slot="2026-11-24T06Z", trigger="admin", started_at=utc_now(), opened_at=utc_now())
    assert len(admin_client.get(REQUESTS, {"run__id__exact": other.pk}).context["cl"].result_list) == 0


def test_a_requests_page_answers(admin_client, run):
    assert "9321" in text_of(admin_client.get(f"{REQUESTS}{run.requests.get().pk}/change/"))


def test_a_stopped_run_may_be_tried_again_and_its_state_shows_apart(admin_client, failed_now, queue):
    Run.objects.filter(pk=failed_now.pk).update(state=RunState.STOPPED)
    assert "stopped" in text_of(admin_client.get(RUNS))
    admin_client.post(f"{RUNS}{failed_now.pk}/try_again/", PRESSED, follow=True)
    failed_now.refresh_from_db()
    assert (failed_now.state, failed_now.trigger) == (RunState.OPEN, "admin")
