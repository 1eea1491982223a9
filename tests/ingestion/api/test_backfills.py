"""Backfills over the operators' API: started, read, tried dry, paused, resumed and cancelled."""

from datetime import timedelta

import pytest

from flights.times import utc_now
from ingestion import backfills
from ingestion.backfills import Who
from ingestion.jobs import Backfill, JobState
from ingestion.models import Order, Run, UpstreamRequest
from tests.ingestion.api.test_description import check, described

pytestmark = pytest.mark.usefixtures("documents")

BACKFILLS = "/api/v1/ops/backfills"
WHY = "the upstream was down on Friday"

__all__ = ["described"]


def ago(days):
    return utc_now().date() - timedelta(days=days)


def asked(oldest=3, newest=2, **body):
    return {"reason": WHY, "from": str(ago(oldest)), "to": str(ago(newest)), **body}


@pytest.fixture
def job(db):
    wanted = Backfill(first=ago(3), last=ago(2), max_pages=2)
    return backfills.create(wanted, Who("ann", "command", "a gap"), utc_now())


def data_of(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json()["data"]


def test_a_backfill_is_made_and_the_worker_told(place, ops, queue):
    wanted = {"max_pages": 5, "query": {"dep_iata": "LIS"}, "mode": "partial", "order": "newest", "share_percent": 40}
    placed = data_of(place("backfills", **asked(**wanted, days_at_once=2)), 202)
    job = Backfill.objects.get()
    assert (placed["job"], placed["started"], queue(), Run.objects.count()) == (job.pk, [], 2, 0)
    assert (job.by, job.via, job.reason, job.days_at_once) == ("night shift", "api", WHY, 2)
    told = data_of(ops.get(f"{BACKFILLS}/{job.pk}"))
    assert {name: told[name] for name in wanted} == wanted
    assert (told["from"], told["state"], told["progress"]["days"]) == (str(ago(3)), "running", 2)


def test_the_same_order_again_makes_no_second_backfill(place, queue):
    first, again = (place("backfills", once="order-0001", **asked()) for _ in range(2))
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    assert (Backfill.objects.count(), queue()) == (1, 2)


def test_a_days_fate_and_the_progress_are_told(ops, job):
    (run,) = backfills.advance(utc_now())
    told = data_of(ops.get(f"{BACKFILLS}/{job.pk}"))
    assert [(day["fate"], day["requests"], day["run"]) for day in told["days"]] == [
        ("under way", 2, run.key),
        ("to fetch", 2, None),
    ]
    assert data_of(ops.get(f"/api/v1/ops/runs/{run.slot}"))["job"] == job.pk
    assert (told["progress"]["under_way"], told["progress"]["requests_left"], told["progress"]["eta"]) == (1, 4, None)
    assert [(each["what"], each["by"], each["reason"]) for each in told["history"]] == [("started", "ann", "a gap")]


def test_backfills_are_listed_newest_first_by_state_and_paged(ops, job):
    other = backfills.create(Backfill(first=ago(9), last=ago(9)), Who("ben", "admin"), utc_now())
    backfills.pause(other, Who("ben", "admin"), utc_now())
    assert [each["job"] for each in data_of(ops.get(BACKFILLS))] == [other.pk, job.pk]
    assert [each["job"] for each in data_of(ops.get(f"{BACKFILLS}?state=running"))] == [job.pk]
    following = ops.get(f"{BACKFILLS}?limit=1").json()["next"]
    assert [each["job"] for each in data_of(ops.get(following))] == [job.pk]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"oldest": 93}, "from"),
        ({"oldest": 1, "newest": 2}, "from"),
        ({"newest": -2}, "to"),
        ({"query": {"flight_date": "2026-11-20"}}, "query"),
        ({"query": {"dep_iata": ""}}, "query"),
        ({"query": {"dep_iata": 7}}, "query"),
        ({"mode": "some"}, "mode"),
        ({"max_pages": 0}, "max_pages"),
        ({"share_percent": 101}, "share_percent"),
        ({"days_at_once": 11}, "days_at_once"),
    ],
)
def test_what_can_not_be_asked_for_is_400_with_its_name(place, body, name):
    answer = place("backfills", **asked(**body))
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, name)
    assert (Backfill.objects.count(), Order.objects.count()) == (0, 0)


def test_fetching_all_days_again_is_refused_with_the_reason(place):
    answer = place("backfills", **asked(mode="all"))
    assert (answer.status_code, "a day has one run" in answer.json()["detail"]) == (409, True)


def test_a_backfill_is_paused_resumed_and_cancelled(place, ops, job, queue):
    for what, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        placed = data_of(place(f"backfills/{job.pk}/{what}", reason=WHY), 202)
        assert (placed["what"], placed["job"]) == (what, job.pk)
        assert data_of(ops.get(f"{BACKFILLS}/{job.pk}"))["state"] == state
    told = data_of(ops.get(f"{BACKFILLS}/{job.pk}"))
    assert told["told"] == f"cancelled by night shift (api): {WHY}"
    assert (Order.objects.filter(job=job).count(), queue()) == (3, 2)


def test_what_was_decided_already_is_not_decided_twice(place, job):
    once = {"once": "order-0001", "reason": WHY}
    first, again = (place(f"backfills/{job.pk}/pause", **once) for _ in range(2))
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    answer = place(f"backfills/{job.pk}/pause", reason=WHY)
    assert (answer.status_code, "there is nothing to pause" in answer.json()["detail"]) == (409, True)
    other = backfills.create(Backfill(first=ago(9), last=ago(9)), Who("ben", "admin"), utc_now())
    assert place(f"backfills/{other.pk}/pause", **once).status_code == 422


def test_a_pause_needs_no_queue(place, job, monkeypatch):
    monkeypatch.setattr("flightsite.celery.app.conf.broker_url", "redis://127.0.0.1:9/0")
    assert place(f"backfills/{job.pk}/pause", reason=WHY).status_code == 202
    job.refresh_from_db()
    assert job.state == JobState.PAUSED


def test_a_decision_needs_a_reason(place, job):
    answer = place(f"backfills/{job.pk}/cancel")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "reason")


@pytest.mark.parametrize(("number", "status"), [("77", 404), ("x", 400), ("0", 400)])
def test_a_backfill_that_is_not_there_is_explained(ops, place, number, status):
    assert ops.get(f"{BACKFILLS}/{number}").status_code == status
    assert place(f"backfills/{number}/pause", reason=WHY).status_code == status


def test_a_dry_run_spends_and_writes_nothing(ops):
    told = data_of(ops.get(f"{BACKFILLS}/dry-run?from={ago(3)}&to={ago(2)}&max_pages=5"))
    assert (told["to_fetch"], told["requests"], len(told["days"])) == (2, 10, 2)
    assert told["served_now"] == sum(day["why"] is None for day in told["days"])
    assert (Backfill.objects.count(), Run.objects.count(), UpstreamRequest.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("query", ["", "from=2026-11-20", "from=2020-11-20&to=2020-11-21"])
def test_a_dry_run_of_what_can_not_be_asked_for_is_400(ops, query):
    assert ops.get(f"{BACKFILLS}/dry-run?{query}").status_code == 400


def test_what_is_read_is_as_described(ops, place, job, described):
    backfills.advance(utc_now())
    check(ops.get(BACKFILLS), described, "BackfillList")
    check(ops.get(f"{BACKFILLS}/{job.pk}"), described, "BackfillAnswer")
    check(ops.get(f"{BACKFILLS}/dry-run?from={ago(3)}&to={ago(2)}"), described, "DryRunAnswer")
    check(place(f"backfills/{job.pk}/pause", reason=WHY), described, "PlacedAnswer")
    check(ops.get(f"{BACKFILLS}/77"), described, "Problem")
