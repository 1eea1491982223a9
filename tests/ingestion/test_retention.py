"""Old raw pages go, but none that anything still needs."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

import flights.services
from flights import store
from flights.errors import StoreUnavailable
from flights.times import utc_now
from ingestion import archive, retention, services, tasks
from ingestion.audit import audit_run
from ingestion.models import Run, RunState
from streaming import dead_letters
from streaming.letters import DeadLetter, Kind, Place
from tests.ingestion.pages import keep_page

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

NOW = utc_now()
OLD = NOW - timedelta(days=31)


@pytest.fixture(autouse=True)
def thirty_days(documents, settings):
    settings.RETENTION_PAGES_DAYS = 30


def a_run(slot, *, state=RunState.PUBLISHED, closed=True):
    """A run as publishing leaves it, and its slot."""
    run = services.open_run(slot, "test", OLD)[0]
    Run.objects.filter(pk=run.pk).update(state=state)
    flights.services.open_slot(slot, run.key, OLD)
    if closed:
        store.upsert(store.SLOTS, slot, {"closed_at": OLD, "revision": 0, "state": "complete"})
    return run


def keep(run, number=0, received=OLD, letters=()):
    return keep_page(run, number, observed_at=received, collected_at=received, letters=list(letters))


def left():
    return sorted(each["_id"] for each in store.find_by(store.PAGES, {}))


def slot_of(days, hour=4):
    return f"{NOW - timedelta(days=days):%Y-%m-%d}T{hour:02}Z"


def test_pages_older_than_the_setting_go_and_the_slot_says_so():
    run = a_run(slot_of(31))
    keep(run, 0), keep(run, 1)
    done = retention.prune(NOW)
    assert (done.pages, done.slots, dict(done.kept), left()) == (2, 1, {}, [])
    assert store.find_one(store.SLOTS, run.slot)["pages_removed_at"] == NOW.replace(
        microsecond=NOW.microsecond // 1000 * 1000
    )


@pytest.mark.parametrize(("age", "gone"), [(timedelta(0), 0), (timedelta(milliseconds=1), 1)])
def test_the_age_is_that_of_the_answer_to_the_millisecond(age, gone):
    received = (NOW - timedelta(days=30)).replace(microsecond=0)
    keep(a_run(slot_of(31)), received=received - age)
    assert retention.prune(received + timedelta(days=30)).pages == gone


def test_a_day_fetched_lately_keeps_its_pages_however_old_the_day_is():
    run = a_run(f"{NOW - timedelta(days=60):%Y-%m-%d}T04Z")
    page = keep(run, received=NOW - timedelta(days=1))
    assert retention.prune(NOW).pages == 0
    assert left() == [page.id]


@pytest.mark.parametrize(
    ("state", "closed", "reason"),
    [
        (RunState.OPEN, False, retention.OPEN_RUN),
        (RunState.FAILED, False, retention.OPEN_RUN),
        (RunState.STOPPED, False, retention.OPEN_RUN),
        (RunState.PUBLISHED, False, retention.OPEN_SLOT),
    ],
)
def test_what_is_not_finished_keeps_its_pages(state, closed, reason):
    page = keep(a_run(slot_of(40), state=state, closed=closed))
    done = retention.prune(NOW)
    assert (done.pages, dict(done.kept), left()) == (0, {reason: 1}, [page.id])


def test_a_revision_that_is_under_way_keeps_its_pages():
    run = a_run(slot_of(40))
    keep(run)
    Run.objects.filter(pk=run.pk).update(revision=1)
    assert retention.prune(NOW).kept == {retention.OPEN_SLOT: 1}


def test_pages_of_a_run_that_the_ledger_lost_go():
    run = a_run(slot_of(40))
    keep(run)
    run.delete()
    assert retention.prune(NOW).pages == 1


def test_a_run_with_an_open_dead_letter_keeps_all_its_pages_until_it_is_closed():
    """A redrive counts the slot anew from all of them."""
    run = a_run(slot_of(40))
    letter = DeadLetter(id="a" * 32, kind=Kind.ROW, reason="bad-gate", text="x", version="v", payload=b"{}", size=2)
    dead_letters.keep([(letter, Place("somewhere", 0))], NOW)
    kept = [keep(run, 0).id, keep(run, 1, letters=[letter.id]).id]
    keep(a_run(slot_of(41)), 0)
    done = retention.prune(NOW)
    assert (done.pages, dict(done.kept), left()) == (1, {retention.OPEN_LETTER: 2}, kept)
    store.upsert(store.DEAD_LETTERS, letter.id, {"state": "discarded"})
    assert retention.prune(NOW).pages == 2
    assert left() == []


def test_a_dry_run_says_the_same_and_removes_nothing():
    run = a_run(slot_of(40))
    pages = [keep(run, number).id for number in range(3)]
    lines = []
    done = retention.prune(NOW, dry_run=True, tell=lines.append)
    assert (done.pages, left()) == (3, pages)
    assert lines == [f"{run.slot}: 3 pages would be removed"]
    assert "pages_removed_at" not in store.find_one(store.SLOTS, run.slot)
    assert retention.prune(NOW).pages == done.pages


def test_killed_in_the_middle_it_goes_on_the_next_time(monkeypatch):
    runs = [a_run(slot_of(40, hour)) for hour in (2, 4)]
    for run in runs:
        keep(run, 0), keep(run, 1)
    first = runs[0]
    flights.services.note_pages_removed(first.slot, OLD)
    archive.remove([archive.page_id(first.key, "00.00000")])  # killed here
    done = retention.prune(NOW)
    assert (done.pages, left()) == (3, [])
    assert store.find_one(store.SLOTS, first.slot)["pages_removed_at"] < NOW - timedelta(days=1)


def test_zero_keeps_for_ever(settings):
    settings.RETENTION_PAGES_DAYS = 0
    keep(a_run(slot_of(1000)), received=NOW - timedelta(days=1000))
    assert retention.prune(NOW).pages == 0
    assert len(left()) == 1


def test_the_audit_says_that_such_a_slot_can_not_be_counted_anew():
    run = a_run(slot_of(40))
    keep(run)
    retention.prune(NOW)
    assert audit_run(run).removed_at is not None
    out = StringIO()
    call_command("audit", stdout=out)
    assert f"{run.slot}: its raw pages were removed on {NOW:%Y-%m-%d}: not counted anew" in out.getvalue()
    assert "0 slots, all add up; 1 have no raw pages any more" in out.getvalue()


def test_the_command_tells_what_went_and_what_stayed():
    keep(a_run(slot_of(40)))
    keep(a_run(slot_of(41), state=RunState.FAILED, closed=False))
    out = StringIO()
    call_command("prune", "--dry-run", stdout=out, stderr=StringIO())
    assert "1 pages of 1 slots would be removed" in out.getvalue()
    assert "1 old pages stay: its run has not been published" in out.getvalue()
    out = StringIO()
    call_command("prune", "--json", stdout=out, stderr=StringIO())
    told = json.loads(out.getvalue())
    assert (told["pages"], told["slots"], told["kept"]) == (1, 1, {retention.OPEN_RUN: 1})


def test_without_a_store_the_command_says_so_and_the_task_leaves_it_to_the_next_night(down):
    down("mongodb")
    with pytest.raises(CommandError, match="call the command again"):
        call_command("prune")
    assert tasks.prune_old() == 0


def test_the_nightly_task_removes():
    keep(a_run(slot_of(40)))
    assert tasks.prune_old() == 1


def test_sizes_are_told_of_every_collection():
    keep(a_run(slot_of(40)))
    documents, size = store.size_of(store.PAGES)
    assert documents == 1
    assert size > 100
    assert store.size_of(store.CHANGES) == (0, 0)


def test_sizes_of_a_store_that_is_down(down):
    down("mongodb")
    with pytest.raises(StoreUnavailable):
        store.size_of(store.PAGES)
