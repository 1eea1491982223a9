import json
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from flights import store
from flights.documents import slot_bounds
from flights.keys.models import ApiKey
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion import services
from ingestion.models import Run, RunState
from tests.ingestion.commanding import a_consumer, call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics", "upstream")]


@pytest.fixture
def ingested():
    with a_consumer():
        out, err = call("ingest", "--json")
    return json.loads(out), err


def present():
    return slot_key(last_tick("0 */2 * * *", utc_now()))


def test_ingest_collects_the_present_slot_and_reports_sums_that_come_out(ingested):
    report, progress = ingested
    assert (report["slot"], report["state"], report["requests"]) == (present(), "complete", 3)
    assert report["rows_received"] == report["rows_merged"] + report["rows_rejected"] + report["published"] == 300
    assert report["published"] == report["stored"] + report["repeated"]
    assert {"extraction", "transformation", "save_data", "consumer", "total"} <= set(report["seconds"])
    assert "page 00.00002: 100 rows" in progress


def test_ingesting_again_fetches_nothing(ingested):
    out, err = call("ingest", "--json")
    assert json.loads(out) == ingested[0]
    assert "nothing to fetch" in err


def test_the_audit_of_what_was_ingested_adds_up(ingested):
    out, _ = call("audit")
    assert "300 rows =" in out
    assert "1 slots, all add up" in out
    assert "1 slots, all add up" in call("audit", "--slot", present())[0]


def remove_a_flight():
    found = store.find_range(store.OBSERVATIONS, slot_bounds(present()), limit=1)
    store.collection(store.OBSERVATIONS).delete_one({"_id": found[0]["_id"]})


def add_a_flight():
    store.insert_new(store.OBSERVATIONS, [{"_id": f"{present()}|made-up", "flight_id": "made-up"}])


def change_a_page():
    store.collection(store.PAGES).update_one({}, {"$set": {"sha256": "0"}})


def forget_a_page():
    store.collection(store.PAGES).delete_one({"page": "00.00001"})


def change_the_record():
    store.collection(store.SLOTS).update_one({}, {"$inc": {"counts.stored": 1}})


def lose_the_record():
    store.collection(store.SLOTS).delete_many({})


def unpublish():
    store.collection(store.PAGES).update_one({"page": "00.00001"}, {"$set": {"published_at": None}})


def untransform():
    store.collection(store.PAGES).update_one({"page": "00.00001"}, {"$set": {"transform": None}})


def buy_twice():
    bought = Run.objects.get().requests.filter(page="00.00001").get()
    bought.pk = None
    bought.save()


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (remove_a_flight, "published flights missing from the store"),
        (add_a_flight, "stored flights that no page brought"),
        (change_a_page, ": hash: "),
        (forget_a_page, "pages paid for but not kept"),
        (change_the_record, "the slot's record of stored"),
        (lose_the_record, "the slot has no record"),
        (unpublish, "records are not published yet"),
        (untransform, "rows are not transformed yet"),
        (buy_twice, "pages bought twice"),
    ],
)
def test_the_audit_finds_what_does_not_add_up(ingested, damage, finding):
    damage()
    out = StringIO()
    with pytest.raises(CommandError, match="do not add up"):
        call_command("audit", stdout=out)
    assert finding in out.getvalue()


def test_the_audit_of_an_open_slot_says_so():
    call("ingest", "--no-wait")
    out = StringIO()
    with pytest.raises(CommandError, match="do not add up"):
        call_command("audit", stdout=out)
    assert "the slot is not closed" in out.getvalue()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["audit", "--slot", "yesterday"], "is no slot"),
        (["audit", "--slot", "2026-11-24T04Z"], "there is no run"),
        (["ingest", "--slot", "yesterday"], "is no slot"),
        (["ingest", "--slot", "2020-01-01T04Z"], "the upstream answers for the present only"),
    ],
)
def test_what_can_not_be_done_is_refused_with_the_reason(words, why, monkeypatch):
    with pytest.raises(CommandError, match=why):
        call(*words)
    assert Run.objects.count() == 0


def test_without_a_consumer_ingest_says_what_is_missing():
    with pytest.raises(CommandError, match="is a consumer running"):
        call("ingest", "--wait-seconds", "0.5")


def test_a_refused_key_is_told_with_what_to_do(upstream):
    upstream.simulator.control({"next": ["401"]})
    with pytest.raises(CommandError, match="set AVIATIONSTACK_ACCESS_KEY"):
        call("ingest")


def test_a_passing_failure_says_when_it_is_tried_again(upstream):
    upstream.simulator.control({"next": ["500"] * 3})
    with pytest.raises(CommandError, match="is tried again at"):
        call("ingest")


def test_a_queued_run_that_pauses_is_not_waited_for(upstream):
    upstream.simulator.control({"next": ["500"] * 3})
    run, _ = services.open_run(present(), "schedule", utc_now())
    services.perform_step(run.pk, "extraction")
    with pytest.raises(CommandError, match="is tried again at"):
        call("ingest", "--queue")


def test_a_failed_slot_goes_on_when_it_is_ingested_again(upstream):
    upstream.simulator.control({"next": ["401"]})
    with pytest.raises(CommandError):
        call("ingest", "--no-wait")
    assert "goes on with extraction" in call("ingest", "--no-wait")[1]
    assert Run.objects.get().state == RunState.PUBLISHED


def test_an_open_run_goes_on_when_it_is_ingested_again():
    services.open_run(present(), "schedule", utc_now())
    assert "is open and goes on with extraction" in call("ingest", "--no-wait")[1]


def test_a_queued_slot_without_a_worker_says_so(settings):
    with pytest.raises(CommandError, match="is a worker running"):
        call("ingest", "--queue", "--wait-seconds", "0.5")


def test_without_redis_the_command_line_still_ingests(settings, monkeypatch):
    monkeypatch.setattr("flightsite.celery.app.conf.broker_url", "redis://127.0.0.1:9/0")
    call("ingest", "--no-wait")
    assert Run.objects.get().state == RunState.PUBLISHED


def test_a_store_that_is_down_is_told_not_raised(down):
    down("mongodb")
    with pytest.raises(CommandError, match="MongoDB does not answer"):
        call("ingest")
    with pytest.raises(CommandError, match="can't be reached"):
        call("audit")


def test_prepare_makes_access_once_more_each_time():
    first = json.loads(call("prepare", "--demo-access", "--json")[0])
    second = json.loads(call("prepare", "--demo-access", "--json")[0])
    assert (ApiKey.objects.is_valid(first["api_key"]), ApiKey.objects.is_valid(second["api_key"])) == (False, True)
    assert get_user_model().objects.get(username="demo").check_password(second["admin_password"])


def test_prepare_tells_a_person_too():
    assert "admin_user: demo" in call("prepare", "--demo-access")[0]
    assert call("prepare")[0] == ""


def test_prepare_without_a_broker_says_so(down, monkeypatch):
    down("kafka")
    monkeypatch.setattr("streaming.topics.ADMIN_SECONDS", 0.3)
    with pytest.raises(CommandError, match="Kafka does not answer"):
        call("prepare")
