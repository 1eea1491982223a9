"""The operators' page with real servers: every panel, each server down, who may see and press what, what is kept."""

import time
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.urls import reverse

import flights.services
from flights import store
from flights.records import SlotState
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from flightsite.operations.calendar import LETTERS
from flightsite.operations.tags import code
from ingestion import heartbeats, pausing
from ingestion.models import Run, RunState, SchedulePause
from streaming import dead_letters
from streaming.letters import DeadLetter, Kind, Place

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

PAGE = "/admin/operations/"
WHY = {"reason": "the night shift wants it"}
BUTTONS = ("run-now", "retry", "pause", "resume")


@pytest.fixture(autouse=True)
def daily(settings, documents, topics, queue):
    """A slot a day, so that no test crosses into the next; all four servers are there."""
    settings.INGEST_SCHEDULE = "0 0 * * *"


@pytest.fixture
def present():
    return slot_key(last_tick("0 0 * * *", utc_now()))


@pytest.fixture
def run(present):
    """The present slot's run, with a try of extraction."""
    now = utc_now()
    run = Run.objects.create(slot=present, trigger="schedule", started_at=now, opened_at=now, pages_planned=26)
    run.attempts.create(step="extraction", number=1, started_at=now, finished_at=now, outcome="done")
    return run


@pytest.fixture
def viewer(client):
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_run"))
    client.force_login(user)
    return client


@pytest.fixture
def cut(down, settings):
    """Makes one server unreachable."""

    def at(name):
        if name == "redis":
            settings.REDIS_URL = "redis://:hunter2@127.0.0.1:9/0"
        else:
            down(name)

    return at


def fail(run, error="KeyRefused: HTTP 401: the access key was refused"):
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, error=error, finished_at=utc_now())


def text_of(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def close_slot(slot, state="complete", **values):
    now = utc_now()
    flights.services.open_slot(slot, "run", now)
    counts = {"rows_received": 2_600, "stored": 2_431, "rows_rejected": 12}
    told = {"state": state, "closed_at": now, "counts": counts, "completeness": {"share": 0.974}, **values}
    store.update_if(store.SLOTS, {"_id": slot}, told)


def test_the_page_shows_the_slot_its_run_and_all_panels(admin_client, run, present):
    Run.objects.filter(pk=run.pk).update(state=RunState.PUBLISHED, step="save_data", finished_at=utc_now())
    close_slot(present)
    page = text_of(admin_client.get(PAGE))
    assert f"The slot {present} is complete: 2,431 flights" in page
    assert all(text in page for text in ("97.4%", "save_data", "of 10,000", "Python", "MongoDB", "nothing", " ms"))
    assert reverse("admin:flights_slot_change", args=[present]) in page
    assert reverse("admin:ingestion_run_change", args=[run.pk]) in page


def test_before_the_first_run_there_is_a_page_too(admin_client):
    page = text_of(admin_client.get(PAGE))
    assert "no record yet" in page
    assert "None yet" in page


def test_a_stopped_worker_is_told_with_what_starts_it(admin_client, run):
    with heartbeats.connected(1.0) as redis:
        redis.set("flightsite:heartbeat:beat", time.time())
        redis.set("flightsite:heartbeat:worker", time.time() - 24 * 60)
        try:
            page = text_of(admin_client.get(PAGE))
        finally:
            redis.delete("flightsite:heartbeat:beat", "flightsite:heartbeat:worker")
    assert "its run waits in <code>extraction</code> (fetching pages)" in page
    assert "No worker has finished a task for 24 minutes" in page
    assert "Start the worker (<code>worker</code> in the Procfile, or the service of that name)." in page


def test_a_refused_key_is_the_first_thing_said(admin_client, run):
    fail(run)
    page = text_of(admin_client.get(PAGE))
    assert "its run failed in <code>extraction</code>" in page
    assert page.index("the access key was refused") < page.index("ops-grid")
    assert "Retry" in page


@pytest.mark.parametrize(
    ("name", "told", "shown"),
    [
        ("mongodb", "Start MongoDB, and look at MONGODB_URI", "consumers in the group"),
        ("kafka", "Start Kafka, and look at KAFKA_BOOTSTRAP_SERVERS", "no record yet"),
        ("redis", "Start Redis, and look at REDIS_URL", "consumers in the group"),
    ],
)
def test_what_is_down_is_told_and_the_rest_is_shown(admin_client, run, cut, name, told, shown):
    cut(name)
    page = text_of(admin_client.get(PAGE))
    assert told in page
    assert shown in page.lower()
    assert "hunter2" not in page


def test_what_mongodb_would_tell_is_not_known_without_it(admin_client, run, cut):
    cut("mongodb")
    page = text_of(admin_client.get(PAGE))
    assert page.count("Not known: MongoDB does not answer.") == 2  # calendar and dead letters
    assert "Indexes and clock could not be checked: MongoDB does not answer." in page
    assert "clock</strong> is broken" not in page
    assert "ServerSelectionTimeoutError" not in page


def test_how_much_is_stored_is_told_from_the_slots_record(admin_client, run, present):
    Run.objects.filter(pk=run.pk).update(state=RunState.PUBLISHED, step="save_data", finished_at=utc_now())
    flights.services.open_slot(present, "run", utc_now())
    assert "waiting" in text_of(admin_client.get(PAGE))
    store.update_if(store.SLOTS, {"_id": present}, {"ended.r0.p2": True, "partitions": 3})
    page = text_of(admin_client.get(PAGE))
    assert "1 of 3 partitions" in page
    assert "published, being stored" in page
    assert "<code>save_data</code> (publish to Kafka)" in page


def test_run_now_says_how_many_requests_it_may_cost(admin_client, present):
    page = text_of(admin_client.get(PAGE))
    admin_client.post(f"{PAGE}run-now/", WHY)
    assert f"collects {present}, up to {Run.objects.get(slot=present).pages_planned} request" in page


@pytest.mark.parametrize("table", ["django_session", "ingestion_run"])
def test_without_sql_the_page_says_so_with_503(admin_client, table):
    def refuse(execute, sql, *rest):
        if table in sql:
            raise OperationalError("could not connect to postgres://nobody:hunter2@db")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        page = text_of(admin_client.get(PAGE), 503)
    assert "DATABASE_URL" in page
    assert "hunter2" not in page


def test_the_calendar_tells_gaps_and_offers_to_fill_them(admin_client, run, present):
    yesterday, before = (slot_key(last_tick("0 0 * * *", utc_now()) - timedelta(days=days)) for days in (1, 2))
    Run.objects.create(slot=before, trigger="schedule", started_at=utc_now(), opened_at=utc_now())
    close_slot(before)
    flights.services.miss_slot(yesterday, "nothing <ran>", utc_now())
    page = text_of(admin_client.get(PAGE))
    assert f"{yesterday}: missed: nothing &lt;ran&gt;" in page
    assert f"first={yesterday[:10]}&amp;last={yesterday[:10]}&amp;reason=gap" in page
    assert f"first={before[:10]}" not in page


def test_the_backfills_form_is_filled_by_the_calendars_link(admin_client):
    form = text_of(admin_client.get("/admin/ingestion/backfill/add/?first=2026-11-20&last=2026-11-20&reason=gap"))
    assert form.count('value="2026-11-20"') == 2
    assert 'value="gap"' in form


def test_open_dead_letters_lead_to_their_list(admin_client):
    letter = DeadLetter(id="a" * 32, kind=Kind.ROW, reason="bad-gate", text="x", version="v", payload=b"{}", size=2)
    dead_letters.keep([(letter, Place("somewhere", 0))], utc_now())
    page = text_of(admin_client.get(PAGE))
    assert "/admin/streaming/deadletter/?reason=bad-gate" in page
    assert "bad-gate" in text_of(admin_client.get("/admin/streaming/deadletter/?reason=bad-gate"))


def test_the_queries_do_not_grow_with_the_slots(admin_client, run, django_assert_max_num_queries):
    for days in range(1, 14):
        slot = slot_key(last_tick("0 0 * * *", utc_now()) - timedelta(days=days))
        Run.objects.create(slot=slot, trigger="schedule", started_at=utc_now(), opened_at=utc_now())
        close_slot(slot)
    with django_assert_max_num_queries(20):
        admin_client.get(PAGE)


def test_run_now_opens_queues_and_keeps_who_and_why(admin_client, upstream, queue, present):
    page = text_of(admin_client.post(f"{PAGE}run-now/", WHY, follow=True))
    run = Run.objects.get()
    assert (run.slot, run.trigger, queue()) == (present, "admin", 1)
    assert "the run is open and queued." in page
    assert [each.change_message for each in LogEntry.objects.all()] == [f"Run now: {WHY['reason']}"]


def test_pressed_twice_a_button_works_once(admin_client, upstream, queue, run):
    fail(run)
    for _ in range(2):
        page = text_of(admin_client.post(f"{PAGE}retry/", {**WHY, "run": run.pk}, follow=True))
    assert "there is nothing to try again." in page
    assert (queue(), LogEntry.objects.count()) == (1, 1)
    for _ in range(2):
        page = text_of(admin_client.post(f"{PAGE}run-now/", WHY, follow=True))
    assert "nothing was started." in page
    assert (queue(), Run.objects.count(), LogEntry.objects.count()) == (1, 1, 1)


def test_a_run_whose_hour_is_over_is_refused_with_the_reason(admin_client, queue, run):
    Run.objects.filter(pk=run.pk).update(slot="2026-11-24T00Z", state=RunState.FAILED)
    page = text_of(admin_client.post(f"{PAGE}retry/", {**WHY, "run": run.pk}, follow=True))
    assert "its hour is over" in page
    assert (queue(), LogEntry.objects.exists()) == (0, False)


@pytest.mark.parametrize("number", ["", "x", "4711"])
def test_a_run_that_nobody_knows_is_not_tried(admin_client, number):
    assert "There is no such run." in text_of(admin_client.post(f"{PAGE}retry/", {**WHY, "run": number}, follow=True))


def test_the_schedule_is_paused_and_resumed_with_who_and_why(admin_client, admin_user):
    page = text_of(admin_client.post(f"{PAGE}pause/", {**WHY, "until": "2099-01-01T06:00"}, follow=True))
    pause = pausing.paused(utc_now())
    assert (pause.by, pause.why, f"{pause.until:%Y-%m-%d %H}") == (admin_user.username, WHY["reason"], "2099-01-01 06")
    assert f"The schedule was paused by {admin_user.username}" in page
    assert "resume it first" in text_of(admin_client.post(f"{PAGE}pause/", WHY, follow=True))
    page = text_of(admin_client.post(f"{PAGE}resume/", {"reason": "done"}, follow=True))
    assert "runs again" in page
    assert "nothing to resume" in text_of(admin_client.post(f"{PAGE}resume/", WHY, follow=True))
    told = [each.change_message for each in LogEntry.objects.order_by("pk")]
    assert told == [f"Paused: {WHY['reason']}", "Resumed: done"]
    shown = text_of(admin_client.get(f"/admin/ingestion/schedulepause/{pause.pk}/change/"))
    assert all(text in shown for text in told)


def test_a_pause_that_is_over_or_unreadable_is_refused(admin_client):
    assert "is over" in text_of(admin_client.post(f"{PAGE}pause/", {**WHY, "until": "2020-01-01T00:00"}, follow=True))
    assert "Until:" in text_of(admin_client.post(f"{PAGE}pause/", {**WHY, "until": "soon"}, follow=True))
    assert not SchedulePause.objects.exists()


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_button_wants_a_reason(admin_client, run, queue, button, reason):
    fail(run)
    page = text_of(admin_client.post(f"{PAGE}{button}/", {"reason": reason, "run": run.pk}, follow=True))
    assert "Nothing was done. Reason:" in page
    assert (queue(), LogEntry.objects.exists(), SchedulePause.objects.exists()) == (0, False, False)


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_is_pressed_by_post_only(admin_client, button):
    assert admin_client.get(f"{PAGE}{button}/").status_code == 405


def test_a_viewer_sees_the_page_without_buttons(viewer, run):
    fail(run)
    page = text_of(viewer.get(PAGE))
    assert "its run failed" in page
    assert all(f"{PAGE}{button}/" not in page for button in BUTTONS)
    assert "backfill/add" not in page


@pytest.mark.parametrize("button", BUTTONS)
def test_a_viewer_can_press_nothing(viewer, run, queue, button):
    assert viewer.post(f"{PAGE}{button}/", {**WHY, "run": run.pk}).status_code == 403
    assert (queue(), SchedulePause.objects.exists()) == (0, False)


def test_others_do_not_see_it(client):
    assert client.get(PAGE).url.startswith("/admin/login/")
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize("button", BUTTONS)
def test_a_press_without_the_csrf_token_is_refused(client, admin_user, button):
    client.handler.enforce_csrf_checks = True
    client.force_login(admin_user)
    assert client.post(f"{PAGE}{button}/", WHY).status_code == 403


def test_the_page_is_the_sidebars_first_entry_and_on_the_index(admin_client):
    index = text_of(admin_client.get("/admin/"))
    assert index.index(PAGE) < index.index("/admin/flights/slot/")
    assert "Operations: how the last slot stands" in index


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a `b` c", "a <code>b</code> c"),
        ("<i>`<b>`", "&lt;i&gt;<code>&lt;b&gt;</code>"),
        ("one ` only", "one <code> only</code>"),
    ],
)
def test_what_is_code_is_shown_as_such_and_escaped(text, shown):
    assert code(text) == shown


def test_a_slot_state_has_its_letter():
    assert set(LETTERS) == set(SlotState)
