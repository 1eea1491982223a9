from datetime import timedelta

import pytest

from flights.times import utc_now
from ingestion import ledger, pausing, plan_words
from ingestion.models import RunState

RUNS, BACKFILLS, QUOTA = "/api/v1/ops/runs", "/api/v1/ops/backfills", "/api/v1/ops/quota"


def slots_of(answer):
    assert answer.status_code == 200, answer.content
    return [row["slot"] for row in answer.json()["data"]]


@pytest.fixture
def known(a_run):
    a_run("2026-11-24T04Z", requests=3, state=RunState.PUBLISHED, pages_planned=3, shortfall="one page is missing")
    a_run("2026-11-24T06Z", state=RunState.FAILED, error="KeyRefused: the key is wrong")
    a_run("2026-11-20", requests=1, backfill=True)


def test_runs_are_listed_newest_slot_first_with_their_requests(ops, known):
    answer = ops.get(RUNS)
    assert slots_of(answer) == ["2026-11-24T06Z", "2026-11-24T04Z", "2026-11-20"]
    rows = answer.json()["data"]
    assert [row["requests"] for row in rows] == [0, 3, 1]
    assert (rows[0]["state"], rows[0]["error"]) == ("failed", "KeyRefused: the key is wrong")
    assert (rows[1]["shortfall"], rows[1]["error"]) == ("one page is missing", None)


@pytest.mark.parametrize(
    ("query", "slots"),
    [
        ("state=failed", ["2026-11-24T06Z"]),
        ("from=2026-11-24", ["2026-11-24T06Z", "2026-11-24T04Z"]),
        ("to=2026-11-23", ["2026-11-20"]),
        ("to=2026-11-24&from=2026-11-24&state=published", ["2026-11-24T04Z"]),
        ("to=9999-12-31&state=open", ["2026-11-20"]),
    ],
)
def test_runs_are_chosen_by_date_and_state(ops, known, query, slots):
    assert slots_of(ops.get(f"{RUNS}?{query}")) == slots


def test_runs_are_paged(ops, known):
    first = ops.get(f"{RUNS}?limit=2").json()
    assert slots_of(ops.get(first["next"])) == ["2026-11-20"]
    assert ops.get(first["next"]).json()["next"] is None


def test_one_run_has_its_tries(ops, a_run):
    run, now = a_run("2026-11-24T04Z", requests=2), utc_now()
    run.attempts.create(
        step="extraction", number=1, started_at=now, finished_at=now + timedelta(seconds=2), outcome="failed",
        error_class="RateLimited", error="wait",
    )  # fmt: skip
    run.attempts.create(step="extraction", number=2, started_at=now + timedelta(seconds=9))
    detail = ops.get(f"{RUNS}/2026-11-24T04Z").json()["data"]
    assert (detail["run"], detail["requests"]) == (run.key, 2)
    told = [(each["number"], each["outcome"], each["error_class"], each["seconds"]) for each in detail["tries"]]
    assert told == [(1, "failed", "RateLimited", 2.0), (2, "running", None, None)]


@pytest.mark.parametrize(("slot", "status"), [("2026-11-24T08Z", 404), ("yesterday", 400), ("2026-02-30", 400)])
def test_a_run_that_is_none_is_explained(ops, known, slot, status):
    answer = ops.get(f"{RUNS}/{slot}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["hint"]


@pytest.mark.parametrize("query", ["state=broken", "from=2026-11-24&to=2026-11-23", "cursor=x", "colour=red"])
def test_a_parameter_that_cannot_be_used_is_400(ops, known, query):
    assert ops.get(f"{RUNS}?{query}").status_code == 400


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(ops, a_run, django_assert_num_queries):
    assert ops.get(RUNS).status_code == 200  # the key is looked up, and noted as used
    for hour in range(0, 24, 2):
        a_run(f"2026-11-24T{hour:02}Z", requests=2)
    with django_assert_num_queries(1):
        assert len(slots_of(ops.get(RUNS))) == 12
    with django_assert_num_queries(2):
        ops.get(f"{RUNS}/2026-11-24T04Z")


def test_the_quota_says_what_is_used_left_and_planned(ops, a_run, settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 10_000}
    settings.INGEST_SCHEDULE = "0 0 * * *"
    run = a_run("2026-11-24T04Z", requests=3)
    run.requests.update(quota_remaining=9_000)
    told = ops.get(QUOTA).json()["data"]
    assert (told["allowance"], told["used"], told["told_remaining"], told["remaining"]) == (10_000, 1_000, 9_000, 9_000)
    shared = ledger.month_plan(utc_now())
    assert (told["pages_a_slot"], told["for_backfill"]) == (shared.pages_a_slot, shared.for_backfill)
    assert told["reserves"] == {"retries": 200, "people": 100, "backfills": shared.set_aside}
    assert (told["slots_to_serve"], told["spacing"]) == (told["slots_left"], shared.spacing)
    assert told["forecast"] == 1_000 + told["planned"] + told["committed"]
    assert (told["is_enough"], told["spent_last_day"], told["runs_out_on"]) == (True, 3, None)
    assert told["told"] == plan_words.sentences(shared)
    assert told["starts_at"] == ledger.month_start(utc_now()).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert told["resets_at"] == ledger.next_reset(utc_now()).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_quota_says_whether_the_schedule_is_paused(ops):
    assert ops.get(QUOTA).json()["data"]["paused"] is None
    pausing.pause_schedule("ada", "the plan is changed", utc_now())
    paused = ops.get(QUOTA).json()["data"]["paused"]
    assert (paused["by"], paused["why"], paused["until"]) == ("ada", "the plan is changed", None)


@pytest.mark.parametrize("url", [RUNS, f"{RUNS}/2026-11-24T04Z", BACKFILLS, QUOTA])
def test_a_key_that_may_only_read_is_told_which_scope_is_needed(client, db, url):
    from flights.keys import services as keys  # noqa: PLC0415

    answer = client.get(url, headers={"authorization": f"Api-Key {keys.create_key('notebook')[1]}"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs a key with the scope ops; this key has: read."
    assert "ask the operator" in answer.json()["hint"]


@pytest.mark.parametrize("url", [RUNS, BACKFILLS, QUOTA])
def test_no_address_answers_without_a_key(client, db, url):
    assert (client.get(url).status_code, client.post(url).status_code) == (401, 401)


def test_reading_costs_no_rows(ops, known):
    answer = ops.get(RUNS)
    assert '"rows";r=1000000;' in answer.headers["RateLimit"]
