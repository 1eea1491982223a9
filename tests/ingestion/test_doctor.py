"""What is wrong with an installation, told with what mends it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from flights import store
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion import pausing
from ingestion.models import Run
from tests.environment import CANARY_KEY

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])


@pytest.fixture
def well(documents, topics, upstream, settings):
    """An installation that nothing is wrong with, at the very beginning of a slot."""
    settings.DEBUG = False
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "base_url": "https://upstream.example/v1"}
    now = utc_now()
    return Run.objects.create(
        slot=slot_key(last_tick(settings.INGEST_SCHEDULE, now)), trigger="schedule", started_at=now, opened_at=now
    )


def told():
    """The findings by check, and the whole text; the command's own error is part of it."""
    out = StringIO()
    try:
        call_command("doctor", "--json", stdout=out)
        error = ""
    except CommandError as raised:
        error = str(raised)
    findings = [json.loads(line) for line in out.getvalue().splitlines()]
    assert CANARY_KEY not in out.getvalue() + error
    return findings, error


def of(check, findings):
    return [finding for finding in findings if finding["check"] == check]


def test_a_sound_installation_has_nothing_to_mend(well):
    findings, error = told()
    assert [(finding["check"], finding["text"]) for finding in findings if finding["health"] != "ok"] == []
    assert error == ""
    assert {finding["check"] for finding in findings} == {
        "settings", "sql", "mongodb", "kafka", "redis", "clock", "disk", "quota", "schedule"
    }  # fmt: skip


def test_in_words_every_trouble_has_what_mends_it_below(well, settings):
    settings.KAFKA_PARTITIONS = 6
    out = StringIO()
    call_command("doctor", stdout=out)
    lines = out.getvalue().splitlines()
    place = next(number for number, line in enumerate(lines) if "3 partitions, 6 are wanted" in line)
    assert lines[place].strip().startswith("doubtful kafka: topic test.")
    assert "→ add partitions" in lines[place + 1]


@pytest.mark.parametrize(("name", "check"), [("mongodb", "mongodb"), ("kafka", "kafka")])
def test_a_server_that_is_down_is_broken_and_the_rest_is_looked_at_all_the_same(well, down, name, check):
    down(name)
    findings, error = told()
    [broken] = of(check, findings)
    assert broken["health"] == "broken"
    assert broken["mend"].startswith("start ")
    assert of("schedule", findings)[0]["health"] == "ok"
    assert "broken" in error
    assert "hunter2" not in json.dumps(findings) + error


def test_a_queue_that_is_down_is_broken(well, monkeypatch):
    monkeypatch.setattr("flightsite.celery.app.conf.broker_url", "redis://127.0.0.1:9/0")
    [broken] = of("redis", told()[0])
    assert (broken["health"], broken["mend"]) == ("broken", "start Redis, and look at REDIS_URL")


def test_a_missing_index_is_named(well):
    store.collection(store.INDICATORS).drop_index([("slot", 1), ("_id", 1)])
    try:
        [broken] = of("mongodb", told()[0])
    finally:
        store.ensure_collections()
    assert (broken["health"], broken["text"]) == ("broken", "indexes are missing: indicators(slot, _id)")


def test_a_migration_that_waits_is_named(well):
    last = MigrationRecorder.Migration.objects.filter(app="ingestion").latest("pk")
    last.delete()  # no flush between tests brings it back
    try:
        [broken] = of("sql", told()[0])
    finally:
        MigrationRecorder.Migration.objects.create(app=last.app, name=last.name)
    assert broken["health"] == "broken"
    assert f"ingestion.{last.name}" in broken["text"]


def test_a_topic_that_is_missing_is_made_by_prepare(well, settings):
    settings.KAFKA_OBSERVED_TOPIC = "test.never-made"
    [broken] = of("kafka", told()[0])
    assert broken["health"] == "broken"
    assert "prepare" in broken["mend"]


def test_the_simulator_and_development_mode_are_told(well, settings):
    settings.DEBUG = True
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "base_url": "http://127.0.0.1:8421/v1"}
    findings = of("settings", told()[0])
    assert [finding["health"] for finding in findings] == ["doubtful", "doubtful"]


@pytest.mark.parametrize(
    ("allowance", "left", "health", "words"),
    [
        (10_000, 0, "broken", "0 of 10000 requests are left"),
        (100, 20, "doubtful", "serves 1 slot in"),
        (1_000_000, 990_000, "ok", "serves every slot"),
    ],
)
def test_the_quota_is_held_against_the_schedule(well, settings, allowance, left, health, words):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": allowance}
    settings.INGEST_SCHEDULE = "0 * * * *"
    told_at = {"sent_at": utc_now(), "ended_at": utc_now()}
    well.requests.create(
        page="00.00000", status=200, outcome="ok", charged=1, quota_limit=allowance, quota_remaining=left, **told_at
    )
    [finding] = of("quota", told()[0])
    assert finding["health"] == health
    assert words in finding["text"]


def test_a_present_slot_without_a_run_asks_for_beat(well):
    well.delete()
    [doubtful] = of("schedule", told()[0])
    assert "has no run" in doubtful["text"]
    assert "beat" in doubtful["mend"]


def test_a_run_that_waits_long_asks_for_a_worker(well):
    well.opened_at -= timedelta(minutes=5)
    well.save()
    [doubtful] = of("schedule", told()[0])
    assert "waits in extraction" in doubtful["text"]
    assert "worker" in doubtful["mend"]


def test_a_pause_of_the_schedule_is_told_with_who_and_why(well):
    well.delete()
    pausing.pause_schedule("ada", "the plan is changed", utc_now())
    [doubtful] = of("schedule", told()[0])
    assert "paused by ada" in doubtful["text"]
    assert "the plan is changed" in doubtful["text"]
    assert "--resume" in doubtful["mend"]
