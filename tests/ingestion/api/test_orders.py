from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from flights.keys import services as keys
from flights.slots import slot_key
from flights.times import utc_now
from ingestion.jobs import Backfill
from ingestion.models import Order, Run, RunState, Step

RUNS, BACKFILLS = "/api/v1/ops/runs", "/api/v1/ops/backfills"
WHY = "the night shift wants to see it"


def day(days_ago):
    return (utc_now() - timedelta(days=days_ago)).date().isoformat()


def started(answer):
    assert answer.status_code == 202, answer.content
    return [(each["slot"], each["outcome"]) for each in answer.json()["data"]["started"]]


def test_the_present_slot_is_opened_and_queued(place, queue, present):
    assert started(place("runs", reason=WHY)) == [(present, "opened")]
    run = Run.objects.get()
    assert (run.slot, run.trigger, run.state, queue()) == (present, "api", RunState.OPEN, 1)


def test_an_order_is_kept_with_who_placed_it_and_why(place, present):
    told = place("runs", once="order-0001", reason=WHY).json()["data"]
    order = Order.objects.get()
    assert (order.key_name, order.what, order.reason, order.token) == ("night shift", "run", WHY, "order-0001")
    assert (told["by"], told["reason"], told["order"]) == ("night shift", WHY, order.pk)
    assert order.started == [{"slot": present, "run": Run.objects.get().key, "outcome": "opened"}]


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.STOPPED])
def test_a_run_that_ended_without_its_slot_goes_on(place, queue, a_run, present, state):
    run = a_run(present, state=state, error="KeyRefused: the key is wrong")
    assert started(place("runs", reason=WHY)) == [(present, "resumed")]
    run.refresh_from_db()
    assert (run.state, run.error, queue()) == (RunState.OPEN, "", 1)


def test_a_run_of_an_earlier_slot_goes_on_when_its_pages_are_there(place, queue, a_run, present):
    a_run("2026-11-01T04Z", state=RunState.FAILED, step=Step.SAVE_DATA)
    assert started(place("runs", reason=WHY, slot="2026-11-01T04Z")) == [("2026-11-01T04Z", "resumed")]
    assert queue() == 1


@pytest.mark.parametrize(("state", "outcome"), [(RunState.OPEN, "under way"), (RunState.PUBLISHED, "fetched already")])
def test_a_run_that_needs_no_start_is_only_told(place, queue, a_run, present, state, outcome):
    a_run(present, state=state)
    assert started(place("runs", reason=WHY)) == [(present, outcome)]
    assert queue() == 0


def test_an_earlier_slot_without_a_run_can_not_be_collected(place, queue, present):
    answer = place("runs", reason=WHY, slot="2026-11-01T04Z")
    assert answer.status_code == 409
    assert f"which is slot {present}" in answer.json()["detail"]
    assert (Run.objects.count(), Order.objects.count(), queue()) == (0, 0, 0)


def test_an_earlier_slot_whose_pages_are_missing_is_not_filled_with_the_present(place, a_run, present):
    run = a_run("2026-11-01T04Z", state=RunState.FAILED)
    assert place("runs", reason=WHY, slot="2026-11-01T04Z").status_code == 409
    run.refresh_from_db()
    assert run.state == RunState.FAILED


@pytest.mark.parametrize(
    ("days", "name"),
    [((2, 3), "from"), ((93, 90), "from"), ((1, -2), "to")],
)
def test_days_that_can_not_be_fetched_are_400(place, days, name):
    answer = place("backfills", reason=WHY, **{"from": day(days[0]), "to": day(days[1])})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, name)


def test_the_same_order_again_has_the_same_answer_and_starts_nothing(place, queue, present):
    first, again = (place("runs", once="order-0001", reason=WHY) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert (Order.objects.count(), queue()) == (1, 1)


@pytest.mark.parametrize(
    ("what", "body"),
    [("runs", {"reason": "another"}), ("runs", {"reason": WHY, "slot": "2026-11-24T04Z"}),
     ("backfills", {"reason": WHY, "from": "2026-11-20", "to": "2026-11-20"})],
)  # fmt: skip
def test_the_same_token_with_another_order_is_422(place, queue, present, what, body, monkeypatch):
    place("runs", once="order-0001", reason=WHY)
    if what == "backfills":
        body = {**body, "from": day(2), "to": day(2)}
    answer = place(what, once="order-0001", **body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:flightsite:problem:unprocessable")
    assert (Order.objects.count(), Run.objects.count(), queue()) == (1, 1, 1)


def test_another_key_may_use_the_same_token(place, client, queue, present):
    place("runs", once="order-0001", reason=WHY)
    other = keys.create_key("day shift", may_operate=True)[1]
    headers = {"authorization": f"Api-Key {other}", "Idempotency-Key": "order-0001"}
    answer = client.post(RUNS, {"reason": WHY}, content_type="application/json", headers=headers)
    assert started(answer) == [(present, "under way")]
    assert Order.objects.count() == 2


def test_an_order_that_was_refused_may_be_placed_again_with_its_token(place, settings, queue):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 1}
    days = {"from": day(2), "to": day(2), "max_pages": 2}
    assert place("backfills", once="order-0001", reason=WHY, **days).status_code == 409
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 10_000}
    answer = place("backfills", once="order-0001", reason=WHY, **days)
    assert (answer.status_code, answer.json()["data"]["job"]) == (202, Backfill.objects.get().pk)


@pytest.fixture
def queue_down(monkeypatch):
    monkeypatch.setattr("flightsite.celery.app.conf.broker_url", "redis://nobody:hunter2@127.0.0.1:9/0")


@pytest.mark.parametrize("what", ["runs", "backfills"])
def test_without_the_queue_an_order_is_503_and_nothing_is_half_done(place, queue_down, what):
    days = {"from": day(2), "to": day(2)} if what == "backfills" else {}
    answer = place(what, reason=WHY, **days)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.json()["detail"] == "The worker's queue does not answer."
    assert b"hunter2" not in answer.content
    assert (Run.objects.count(), Order.objects.count(), Backfill.objects.count()) == (0, 0, 0)


def test_an_order_placed_before_is_answered_without_the_queue(place, present, monkeypatch):
    first = place("runs", once="order-0001", reason=WHY)
    monkeypatch.setattr("flightsite.celery.app.conf.broker_url", "redis://127.0.0.1:9/0")
    assert place("runs", once="order-0001", reason=WHY).json() == first.json()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": 7}, "reason"),
        ({"reason": WHY, "slot": "yesterday"}, "slot"),
        ({"reason": WHY, "slto": "2026-11-24T04Z"}, "slto"),
    ],
)
def test_a_body_that_cannot_be_used_is_400_and_explained(place, body, name):
    answer = place("runs", **body)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, name)
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"reason": "\\ud800 x"}', "application/json", 400),
        (b"reason=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_that_is_no_object_is_explained(ops, body, kind, status):
    answer = ops.post(RUNS, body, content_type=kind, headers={"Idempotency-Key": "order-0001"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("token", [None, "short", "with space in it", "x" * 129])
def test_an_order_needs_an_idempotency_key(ops, present, token):
    headers = {"Idempotency-Key": token} if token else {}
    answer = ops.post(RUNS, {"reason": WHY}, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "Idempotency-Key")
    assert not Order.objects.exists()


@pytest.mark.parametrize("url", [RUNS, BACKFILLS])
def test_a_key_that_may_only_read_places_no_order(client, db, queue, url):
    headers = {"authorization": f"Api-Key {keys.create_key('notebook')[1]}", "Idempotency-Key": "order-0001"}
    answer = client.post(url, {"reason": WHY}, content_type="application/json", headers=headers)
    assert (answer.status_code, Run.objects.count()) == (403, 0)


def test_the_hour_of_the_present_slot_is_the_schedules(place, settings, queue):
    settings.INGEST_SCHEDULE = "* * * * *"
    now = utc_now()
    assert started(place("runs", reason=WHY))[0][0] in {slot_key(now), slot_key(now + timedelta(minutes=1))}


def test_the_admin_shows_an_order(place, admin_client, present):
    place("runs", reason=WHY)
    order = Order.objects.get()
    page = admin_client.get("/admin/ingestion/order/").content.decode()
    assert all(told in page for told in ("night shift", WHY))
    detail = admin_client.get(f"/admin/ingestion/order/{order.pk}/change/").content.decode()
    assert f"/admin/ingestion/run/{Run.objects.get().pk}/change/" in detail


ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=3), max_size=2)
DAYS = st.sampled_from([day(400), day(93), day(3), day(1), day(0), day(-1), "2026-02-30", "0001-01-01", "9999-12-31"])
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "reason": st.just(WHY) | st.text(max_size=30) | ODD,
        "from": DAYS | ODD,
        "to": DAYS | ODD,
        "max_pages": st.integers(-1, 1001) | ODD,
        "query": st.dictionaries(st.sampled_from(["dep_iata", "flight_date"]), st.text(max_size=3), max_size=2) | ODD,
        "mode": st.sampled_from(["missing", "partial", "all"]) | ODD,
        "share_percent": st.integers(0, 101) | ODD,
        "slot": st.sampled_from(["2026-11-24T04Z", "2026-11-24T24Z", "2026-11-20"]) | ODD,
    },
)


@effort(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(what=st.sampled_from(["runs", "backfills"]), body=BODIES)
def test_any_body_is_answered_or_explained(place, what, body):
    answer = place(what, **body)
    assert answer.status_code in {202, 400, 409}
    assert answer.status_code == 202 or answer.json()["hint"]
