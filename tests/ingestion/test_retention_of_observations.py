"""Old observations go where an archive holds them; what would need them says so; put back, all is as before."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

import flights.services
from flights import answering, store
from flights.documents import slot_bounds
from flights.exports import archives
from ingestion import months, replays, retention, tasks
from ingestion.audit import audit_run
from ingestion.errors import ReplayRefused
from ingestion.models import Run, RunState
from ingestion.redrive import _why_not
from streaming import dead_letters
from streaming.letters import DeadLetter, Kind, Place
from tests.flights.api.stored import rows_of
from tests.ingestion.october import (
    DAY,
    FIRST,
    NOW,
    OCTOBER,
    SECOND,
    SLOTS,
    collect,
    documents,
    everything,
    october,
    slot_of,
)
from tests.ingestion.pages import keep_page

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])


@pytest.fixture(autouse=True)
def stored(documents, settings, tmp_path):
    settings.ARCHIVE_DIR = tmp_path / "archive"
    settings.RETENTION_OBSERVATIONS_DAYS = 30
    october()


def archive():
    return months.archive_month(OCTOBER, NOW)


def prune(now=NOW, **options):
    return retention.prune_observations(now, **options)


def restore(now=NOW):
    return months.restore_month(OCTOBER, now)


def a_run(slot=FIRST, state=RunState.PUBLISHED, **changes):
    """The run of a slot, which names it."""
    run = Run.objects.create(slot=slot, trigger="test", state=state, started_at=NOW, opened_at=NOW, **changes)
    store.upsert(store.SLOTS, slot, {"run": run.key})
    return run


def left(slot):
    return store.count_range(store.OBSERVATIONS, slot_bounds(slot))


def test_archived_removed_and_put_back_all_is_as_it_was():
    before = everything()
    archive()
    done = prune()
    assert (done.observations, done.slots, dict(done.kept), documents()) == (10, 3, {}, [])
    for name in (store.FLIGHTS, store.INDICATORS):
        assert documents(name) == before[name]
    assert all(slot_of(each)["observations_removed_at"] for each in SLOTS)
    assert restore().slots == 3
    assert documents() == before[store.OBSERVATIONS]
    assert not any(slot_of(each)["observations_removed_at"] for each in SLOTS)
    assert months.check_month(OCTOBER).findings == []


def test_without_an_archive_they_stay():
    assert prune().kept == {retention.NOT_ARCHIVED: 3}
    assert len(documents()) == 10


def test_zero_keeps_for_ever(settings):
    settings.RETENTION_OBSERVATIONS_DAYS = 0
    archive()
    assert (prune().before, len(documents())) == (None, 10)


def test_young_ones_stay_and_are_not_counted():
    archive()
    done = prune(NOW - timedelta(days=11))
    assert (done.observations, dict(done.kept), len(documents())) == (0, {}, 10)


def test_put_back_they_stay_as_long_again():
    archive()
    prune()
    restore()
    assert prune(NOW + timedelta(days=29)).observations == 0
    assert prune(NOW + timedelta(days=31)).observations == 10


def test_a_damaged_archive_keeps_them():
    file = archive().file_of(store.OBSERVATIONS)
    (archives.folder_of(OCTOBER) / file.name).write_bytes(b"PAR1")
    assert prune().kept == {retention.ARCHIVE_DAMAGED: 3}
    (archives.folder_of(OCTOBER) / archives.MANIFEST).write_text("{")
    assert prune().kept == {retention.ARCHIVE_DAMAGED: 3}
    assert len(documents()) == 10


def test_what_is_not_as_it_was_archived_stays():
    archive()
    store.upsert(store.SLOTS, FIRST, {"revision": 1})
    store.upsert(store.OBSERVATIONS, next(each["_id"] for each in documents() if each["slot"] == SECOND), {"etag": "x"})
    assert (prune().kept, left(DAY), len(documents())) == ({retention.ARCHIVE_OUTDATED: 2}, 0, 7)


@pytest.mark.parametrize(
    ("state", "revision", "reason"),
    [
        (RunState.OPEN, 0, retention.OPEN_RUN),
        (RunState.FAILED, 0, retention.OPEN_RUN),
        (RunState.PUBLISHED, 1, retention.OPEN_SLOT),
    ],
)
def test_what_a_run_needs_stays(state, revision, reason):
    archive()
    a_run(state=state, revision=revision)
    assert (prune().kept, left(FIRST), left(SECOND)) == ({reason: 1}, 3, 0)


def test_an_open_dead_letter_keeps_those_of_its_run():
    archive()
    letter = DeadLetter(id="a" * 32, kind=Kind.ROW, reason="bad-gate", text="x", version="v", payload=b"{}", size=2)
    dead_letters.keep([(letter, Place("somewhere", 0))], NOW)
    keep_page(a_run(), letters=[letter.id])
    assert (prune().kept, left(FIRST)) == ({retention.OPEN_LETTER: 1}, 3)


@pytest.mark.parametrize(("slot", "kept"), [("2026-10-26T04Z", 3), ("2026-10-27T04Z", 2), ("2026-10-28T04Z", 0)])
def test_a_replay_of_the_days_around_keeps_them(slot, kept):
    archive()
    flights.services.open_slot(slot, "r", NOW)
    a_run(slot, RunState.OPEN, replays=1)
    done = prune()
    assert (done.kept[retention.REPLAYED], done.slots) == (kept, 3 - kept)


def test_a_replay_whose_messages_may_come_again_keeps_them(settings):
    archive()
    a_run(SECOND, replays=1)
    assert prune().observations == 10
    restore()
    store.upsert(store.SLOTS, SECOND, {"closed_at": NOW + timedelta(days=28)})
    assert prune(NOW + timedelta(days=31)).kept == {retention.REPLAYED: 2}


def test_a_dry_run_says_the_same_and_removes_nothing():
    archive()
    lines = []
    done = prune(dry_run=True, tell=lines.append)
    assert (done.observations, done.slots, len(documents())) == (10, 3, 10)
    assert f"{FIRST}: 3 observations would be removed" in lines
    assert not slot_of().get("observations_removed_at")


def test_killed_in_the_middle_it_goes_on_the_next_time():
    archive()
    flights.services.note_observations_removed(SECOND, NOW)
    store.remove(store.OBSERVATIONS, [each["_id"] for each in documents() if each["slot"] == SECOND][:2])
    assert (prune().observations, documents()) == (8, [])
    restore()
    assert len(documents()) == 10


def test_a_restoration_killed_in_the_middle_is_not_undone_at_night():
    archive()
    prune()

    def killed(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        months.restore_month(OCTOBER, NOW, tell=lambda line: "observations" in line and killed(line))
    assert len(documents()) == 10
    assert slot_of()["observations_removed_at"]
    assert prune().observations == 0
    assert restore().slots == 3


def test_an_archive_is_not_written_over_by_one_without_them():
    earlier = archive()
    prune()
    with pytest.raises(archives.ArchiveFault, match="put them back first"):
        archive()
    assert archives.find(OCTOBER) == earlier
    checked = months.check_month(OCTOBER)
    assert (checked.removed, checked.findings) == (10, [])


def test_the_command_tells_of_both(settings):
    settings.RETENTION_PAGES_DAYS = 0
    out = StringIO()
    call_command("prune", "--dry-run", stdout=out, stderr=StringIO())
    assert "RETENTION_PAGES_DAYS is 0" in out.getvalue()
    assert "0 observations of 0 slots would be removed" in out.getvalue()
    settings.RETENTION_OBSERVATIONS_DAYS = 1
    out = StringIO()
    call_command("prune", "--json", stdout=out, stderr=StringIO())
    assert json.loads(out.getvalue())["observations"]["kept_slots"] == {retention.NOT_ARCHIVED: 3}


def test_the_nightly_task_removes_both(settings):
    settings.RETENTION_OBSERVATIONS_DAYS = 1
    archive()
    assert tasks.prune_old() == 10


def test_a_replay_is_refused_when_observations_of_the_days_around_went():
    archive()
    prune()
    for slot in (FIRST, "2026-10-27T04Z", "2026-10-13T04Z"):
        with pytest.raises(ReplayRefused, match="unarchive --month"):
            replays.check(a_run(slot))
    replays.check(a_run("2026-10-28T04Z"))
    restore()
    replays.check(Run.objects.get(slot=FIRST))


def test_a_redrive_is_refused_and_so_is_one_that_states_flights_anew():
    archive()
    near, replayed = a_run("2026-10-22T04Z"), a_run("2026-10-22T06Z", replays=1)
    run = a_run()
    assert _why_not(run.key, run) is None
    store.upsert(
        store.SLOTS, replayed.slot, {"closed_at": NOW - timedelta(days=20), "revision": 0, "state": "complete"}
    )
    prune()
    assert "unarchive" in _why_not(run.key, run)
    assert _why_not(near.key, near) is None
    assert "unarchive" in _why_not(replayed.key, replayed)


def test_the_audit_says_that_such_a_slot_can_not_be_counted_anew():
    archive()
    run = a_run()
    prune()
    assert (audit_run(run).removed, audit_run(run).adds_up) == ("observations", True)
    out = StringIO()
    call_command("audit", stdout=out)
    assert f"{FIRST}: its observations were removed on {NOW:%Y-%m-%d}: not counted anew" in out.getvalue()
    assert "0 slots, all add up; 1 have no observations any more" in out.getvalue()


def test_indicators_are_not_answered_anew_from_nothing():
    before = documents(store.INDICATORS)
    archive()
    prune()
    assert answering.answer_again(FIRST, NOW) == []
    store.upsert(store.SLOTS, FIRST, {"revision": 1})
    assert answering.answer_slot(FIRST, NOW) == []
    assert documents(store.INDICATORS) == before
    told = StringIO()
    call_command("indicators", "--slot", FIRST, "--recompute", stdout=StringIO(), stderr=told)
    assert "not answered anew: its observations were removed" in told.getvalue()


def test_a_slot_that_is_closed_anew_with_all_its_rows_has_them_again():
    archive()
    prune()
    collect(FIRST, rows_of(3, day="2026-10-20"), revision=1)
    assert (slot_of()["observations_removed_at"], left(FIRST)) == (None, 3)


def test_a_slot_that_is_closed_anew_with_some_of_its_rows_has_not():
    archive()
    prune()
    collect(FIRST, rows_of(2, day="2026-10-20"), revision=1, published=3)
    assert (slot_of()["observations_removed_at"] is None, left(FIRST)) == (False, 2)
