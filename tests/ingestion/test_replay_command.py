import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError

from flights import store
from ingestion.models import Run, RunState
from tests.conftest import SLOT
from tests.ingestion.commanding import a_consumer, call
from tests.ingestion.misread import LATER_SLOT, PAGES, a_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics")]


def replayed(*words):
    return call("replay", *words)


@pytest.fixture
def consumer():
    with a_consumer():
        yield


def test_a_dry_run_says_what_would_change_and_writes_nothing(misread_run):
    before = {name: store.find_by(name, {}) for name in store.INDEXES}
    out, err = replayed("--slot", SLOT, "--dry-run")
    assert f"{SLOT}: 2 of 2 pages differ: 1 of 3 records change, 2 are new, 2 are gone" in out
    assert f"{SLOT} (1 of 1)" in err
    assert {name: store.find_by(name, {}) for name in store.INDEXES} == before
    misread_run.refresh_from_db()
    assert (misread_run.state, misread_run.replays) == (RunState.PUBLISHED, 0)


def test_the_difference_is_a_line_of_json(misread_run):
    told = json.loads(replayed("--slot", SLOT, "--dry-run", "--json")[0])
    assert (told["slot"], told["differs"], told["changed"]) == (SLOT, True, {"departure.gate": 1})
    assert {"flight_id", "field", "before", "after"} == set(told["samples"][0])


def test_it_replays_what_differs_and_waits_until_the_slot_is_closed_anew(misread_run, consumer):
    _, err = replayed("--slot", SLOT)
    assert f"{SLOT}: closed anew as revision 1" in err
    assert store.find_one(store.SLOTS, SLOT)["replay"] == 1


def test_what_does_not_differ_is_left_alone_unless_it_is_forced(consume, consumer):
    a_run()
    out, _ = replayed("--slot", SLOT)
    assert "nothing differs in 2 pages with 3 records" in out
    assert Run.objects.get().replays == 0
    assert "closed anew as revision 1" in replayed("--slot", SLOT, "--force")[1]


def test_a_range_of_dates_is_replayed_slot_by_slot(misread_run, consumer):
    a_run(LATER_SLOT, number=8, pages=PAGES[:1])
    out, err = replayed("--from", "2026-11-24", "--to", "2026-11-24")
    assert f"{SLOT}: closed anew as revision 1" in err
    assert f"{LATER_SLOT}: nothing differs in 1 pages" in out


def test_a_run_that_can_not_be_replayed_does_not_stop_the_others(misread_run, consumer):
    Run.objects.create(slot=LATER_SLOT, trigger="test", state=RunState.FAILED, started_at=NOW, opened_at=NOW)
    with pytest.raises(CommandError, match="1 of 2 runs could not be replayed"):
        replayed("--from", "2026-11-24")
    assert store.find_one(store.SLOTS, SLOT)["replay"] == 1


NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--slot", "2026-11-20T04Z"], "no run of 2026-11-20T04Z is known"),
        (["--slot", SLOT, "--to", "2026-11-24"], "--to goes with --from"),
        (["--from", "2026-11-25", "--to", "2026-11-24"], "is after"),
        (["--from", "2026-11-24", "--to", "2026-11-25"], "no run from 2026-11-24 to 2026-11-25 is known"),
    ],
)
def test_what_can_not_be_meant_is_told(words, said):
    with pytest.raises(CommandError, match=said):
        replayed(*words)


@pytest.mark.parametrize("words", [[], ["--from", "yesterday"], ["--slot", SLOT, "--from", "2026-11-24"]])
def test_words_that_make_no_sense_are_refused(words):
    with pytest.raises(CommandError):
        replayed(*words)


def test_without_a_consumer_it_says_what_is_missing(misread_run):
    with pytest.raises(CommandError, match="published anew, but not stored: is a consumer running"):
        replayed("--slot", SLOT, "--wait-seconds", "1")


def test_a_replay_that_was_begun_goes_on(misread_run, consumer):
    Run.objects.update(state=RunState.OPEN, step="transformation", replays=1, revision=1)
    _, err = replayed("--slot", SLOT)
    assert "its replay 1 was begun and not ended: it goes on" in err
    assert "closed anew as revision 1" in err


def test_a_replay_that_pauses_says_when_it_goes_on(misread_run, settings, down):
    settings.KAFKA_PRODUCER = {"message.timeout.ms": 300, "socket.timeout.ms": 300}
    down("kafka")
    with pytest.raises(CommandError, match="a worker goes on with it at"):
        replayed("--slot", SLOT, "--wait-seconds", "1")
    assert Run.objects.get().resumes_at > NOW + timedelta(days=1)


def test_a_run_that_somebody_works_on_says_so(misread_run):
    later = datetime.now(UTC) + timedelta(minutes=3)
    Run.objects.update(claimed_by="elsewhere:1", claimed_until=later)
    with pytest.raises(CommandError, match=r"another process works on the run of .* \(elsewhere:1\)"):
        replayed("--slot", SLOT)
