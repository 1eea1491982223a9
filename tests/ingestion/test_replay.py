"""A transform bug is planted, slots are collected, the bug is mended, the slots are replayed: real broker and store."""

import threading
from contextlib import closing
from datetime import date

import pytest

from flights import store
from flights.documents import slot_bounds
from flights.times import utc_now
from ingestion import archive, audit, claims, differences, fields, redrive, replays, services, steps
from ingestion.errors import InvalidRow, ReplayRefused
from ingestion.models import Run, RunState, Step
from streaming.consumer import BatchConsumer
from streaming.errors import BrokerUnavailable
from streaming.services import handle_batch
from tests.conftest import SLOT
from tests.factories import a_row
from tests.ingestion.misread import LATER_SLOT, PAGES, a_run, mend, misread, said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics")]

RIGHT = {"2026-11-24T0615-LYS-CDG-AF7641", "2026-11-24T0615-LYS-CDG-AF1", "2026-11-24T0615-LYS-CDG-BA9"}
WRONG = {"2026-11-24T0615-LYS-CDG-XX7641", "2026-11-24T0615-LYS-CDG-XX1"}


@pytest.fixture
def as_if_it_had_never_been(collections, consume):
    """What a transform without the bug makes of the same two slots; all of it is gone again."""
    for number, slot in enumerate((SLOT, LATER_SLOT), 7):
        a_run(slot, number=number)
        consume(0, slot)
    told = said()
    Run.objects.all().delete()
    collections()
    return told


def ids(name=store.FLIGHTS):
    return {each.get("flight_id", each["_id"]) for each in store.find_by(name, {})}


def replayed(run):
    replays.begin(run, utc_now())
    replays.perform(run)
    return run


def read_all_anew(settings, seconds=8):
    """Another group reads the topic from its beginning, as after a lost commit."""
    settings.KAFKA_CONSUMER = {**settings.KAFKA_CONSUMER, "group.id": f"{settings.KAFKA_CONSUMER['group.id']}.again"}
    count = 0
    with closing(BatchConsumer()) as consumer:
        for _ in range(seconds * 2):
            read = consumer.consume_batch(handle_batch, threading.Event())
            count += read
            if count and not read:
                return count
    return count


def test_after_a_replay_everything_is_as_if_the_bug_had_never_been(as_if_it_had_never_been, monkeypatch, consume):
    misread(monkeypatch)
    run = a_run(number=7)
    consume(0)
    wrong = said()
    mend(monkeypatch)
    a_run(LATER_SLOT, number=8)
    consume(0, LATER_SLOT)
    assert said() != as_if_it_had_never_been
    assert ids() == RIGHT | WRONG
    replayed(run)
    slot = consume(1)
    assert said() == as_if_it_had_never_been
    assert ids() == ids(store.OBSERVATIONS) == RIGHT
    assert (slot["state"], slot["counts"]["stored"], slot["replay"]) == ("complete", 3, 1)
    assert audit.audit_run(run).findings == []
    kept = store.find_by(store.INDICATORS, {"slot": SLOT})
    assert {each["revision"] for each in kept} == {0, 1}
    old = {each["indicator"]: each for each in kept if each["revision"] == 0}
    assert {key: each["value"] for key, each in old.items()} == {
        key: each["value"] for key, each in wrong["answers"][SLOT].items()
    }
    assert (
        old["airline_most_active"]["value"] != as_if_it_had_never_been["answers"][SLOT]["airline_most_active"]["value"]
    )


def test_a_movement_that_only_another_slot_still_saw_keeps_what_that_said(monkeypatch, consume):
    misread(monkeypatch)
    run = a_run()
    consume(0)
    a_run(LATER_SLOT, number=8)
    consume(0, LATER_SLOT)
    mend(monkeypatch)
    replayed(run)
    consume(1)
    assert ids() == RIGHT | WRONG
    seen = {each["flight_id"] for each in store.find_range(store.OBSERVATIONS, slot_bounds(LATER_SLOT))}
    assert seen == WRONG | {"2026-11-24T0615-LYS-CDG-BA9"}
    replayed(Run.objects.get(slot=LATER_SLOT))
    consume(1, LATER_SLOT)
    assert ids() == RIGHT


def test_no_request_is_spent_and_the_pages_stay_as_they_were_received(misread_run, consume):
    before = [(page.id, page.sha256, page.observed_at) for page in archive.pages_of(misread_run.key)]
    replayed(misread_run)
    assert misread_run.requests.count() == 0
    assert [(page.id, page.sha256, page.observed_at) for page in archive.pages_of(misread_run.key)] == before
    assert {page.replay for page in archive.pages_of(misread_run.key)} == {1}


def test_a_difference_tells_by_field_and_with_samples_and_changes_nothing(misread_run):
    before = {name: store.find_by(name, {}) for name in store.INDEXES}
    difference = replays.difference_of(misread_run)
    assert {name: store.find_by(name, {}) for name in store.INDEXES} == before
    assert (difference.pages, difference.pages_differing, difference.records) == (2, 2, 3)
    assert (difference.found, difference.lost, difference.records_changed) == (2, 2, 1)
    assert difference.changed == {"departure.gate": 1}
    sample = next(each for each in difference.samples if each.field == "departure.gate")
    assert (sample.flight_id, sample.before, sample.after) == ("2026-11-24T0615-LYS-CDG-BA9", None, "B12")
    lines = differences.lines_of(difference)
    assert lines[0] == "2 of 2 pages differ: 1 of 3 records change, 2 are new, 2 are gone"
    assert '    2026-11-24T0615-LYS-CDG-BA9 departure.gate: null → "B12"' in lines


def test_nothing_differs_where_nothing_was_wrong(consume):
    run = a_run()
    consume(0)
    difference = replays.difference_of(run)
    assert not difference
    assert differences.lines_of(difference) == ["nothing differs in 2 pages with 3 records"]


def test_a_replay_of_what_was_right_changes_nothing_but_the_revision(consume):
    run = a_run()
    consume(0)
    before = said()
    replayed(run)
    consume(1)
    assert said() == before


@pytest.mark.parametrize("killed_in", [Step.TRANSFORMATION, Step.SAVE_DATA])
def test_a_replay_that_was_killed_goes_on_as_any_run(misread_run, monkeypatch, consume, killed_in):
    """SystemExit is what a signal becomes; a worker finds the open run by itself."""

    def killed(*_args):
        raise SystemExit(143)

    replays.begin(misread_run, utc_now())
    with monkeypatch.context() as patch:
        patch.setattr(archive, "keep_transformed" if killed_in == Step.TRANSFORMATION else "mark_published", killed)
        with pytest.raises(SystemExit):
            replays.perform(misread_run)
    misread_run.refresh_from_db()
    assert (misread_run.state, misread_run.step) == (RunState.OPEN, killed_in)
    assert services.runs_to_resume(utc_now()) == [misread_run]
    for step in (Step.TRANSFORMATION, Step.SAVE_DATA):
        services.perform_step(misread_run.pk, step)
    assert consume(1)["counts"]["stored"] == 3
    assert ids() == RIGHT


def test_a_replay_waits_for_the_broker_as_any_run(misread_run, down, settings, consume):
    kafka = settings.KAFKA_BOOTSTRAP_SERVERS
    settings.KAFKA_PRODUCER = {"message.timeout.ms": 300, "socket.timeout.ms": 300}
    replays.begin(misread_run, utc_now())
    down("kafka")
    replays.perform(misread_run)
    assert (misread_run.state, misread_run.resumes_at is not None) == (RunState.OPEN, True)
    assert BrokerUnavailable.__name__ in misread_run.error
    settings.KAFKA_BOOTSTRAP_SERVERS = kafka
    settings.KAFKA_PRODUCER = {}
    Run.objects.update(resumes_at=None)
    replays.perform(misread_run)
    consume(1)
    assert ids() == RIGHT


def test_old_messages_read_again_after_a_replay_change_nothing(misread_run, consume, settings):
    replayed(misread_run)
    consume(1)
    before = {name: store.find_by(name, {}) for name in (store.FLIGHTS, store.OBSERVATIONS, store.INDICATORS)}
    assert read_all_anew(settings) >= 3 + 3 + 2 * 3
    assert {name: store.find_by(name, {}) for name in before} == before


def test_replays_may_follow_each_other(misread_run, monkeypatch, consume):
    replayed(misread_run)
    consume(1)
    misread(monkeypatch)
    replayed(misread_run)
    consume(2)
    assert ids() == WRONG | {"2026-11-24T0615-LYS-CDG-BA9"}
    mend(monkeypatch)
    replayed(misread_run)
    assert consume(3)["replay"] == 3
    assert ids() == RIGHT


def test_a_row_that_the_present_code_refuses_is_kept_and_counted(broken_gates, consume):
    broken_gates()  # whole first
    run = a_run(pages=[[a_row(departure__gate="B2", flight__iata="AF2", flight__number="2"), a_row()]])
    consume(0)
    assert store.find_by(store.DEAD_LETTERS, {}) == []
    with pytest.MonkeyPatch.context() as patch:
        _break_gates(patch)
        difference = replays.difference_of(run)
        assert (difference.refused, difference.lost) == ({"bad-gate": 1}, 1)
        replayed(run)
    slot = consume(1)
    assert (slot["counts"]["rows_rejected"], slot["counts"]["stored"]) == (1, 1)
    assert [letter["reason"] for letter in store.find_by(store.DEAD_LETTERS, {})] == ["bad-gate"]
    assert audit.audit_run(run).findings == []


def _break_gates(patch):
    text = fields.text

    def faulty(told):
        if told == "B2":
            raise InvalidRow("bad-gate", "gate B2")
        return text(told)

    patch.setattr(fields, "text", faulty)


def test_a_redrive_after_a_replay_keeps_the_replays_records(misread_run, consume):
    replayed(misread_run)
    consume(1)
    letters = store.find_by(store.DEAD_LETTERS, {"state": "open"})
    assert [outcome.fate for outcome in redrive.redrive(letters, "a test")] == ["still refused"]
    assert ids() == RIGHT
    steps.keep_made(*_remade(misread_run))
    misread_run.refresh_from_db()
    assert archive.records_of(archive.pages_of(misread_run.key)[0].id)[0].replay == 1


def _remade(run):
    page = archive.pages_of(run.key)[0]
    made = steps.transform_rows(
        steps.read_envelope(archive.body_of(page.id)).rows, steps.source_of(page), steps.zone_of
    )
    return page, made


def test_only_a_published_run_is_replayed(misread_run):
    Run.objects.update(state=RunState.FAILED)
    misread_run.refresh_from_db()
    with pytest.raises(ReplayRefused, match="is failed: let it end first"):
        replays.begin(misread_run, utc_now())


def test_pages_that_are_gone_can_not_be_read_anew(misread_run):
    store.upsert(store.SLOTS, SLOT, {"pages_removed_at": utc_now()})
    with pytest.raises(ReplayRefused, match="were removed on"):
        replays.difference_of(misread_run)


def test_a_run_that_somebody_works_on_is_left_alone(misread_run):
    with claims.holding(misread_run), pytest.raises(ReplayRefused, match="another process works on the run"):
        replays.begin(misread_run, utc_now())
    misread_run.refresh_from_db()
    assert (misread_run.replays, misread_run.revision, misread_run.state) == (0, 0, RunState.PUBLISHED)


def test_the_claim_of_a_process_that_is_gone_does_not_count(misread_run):
    holder = claims._holder().rpartition(":")[0] + ":4194999"
    Run.objects.update(claimed_by=holder, claimed_until=utc_now() + claims.LEASE)
    misread_run.refresh_from_db()
    replays.begin(misread_run, utc_now())
    assert (misread_run.replays, misread_run.state) == (1, RunState.OPEN)


def test_a_page_that_the_present_code_can_not_read_at_all_stops_it_before_anything_is_written(misread_run):
    page = archive.pages_of(misread_run.key)[0]
    archive.keep(page, {}, b"<html>")
    with pytest.raises(ReplayRefused, match="can't read page"):
        replays.difference_of(misread_run)


def test_runs_are_found_by_date(consume):
    first, second = a_run(), a_run(LATER_SLOT, number=8, pages=PAGES[:1])
    day = a_run("2026-11-23", number=9, pages=PAGES[:1])
    assert replays.runs_between(date(2026, 11, 24), date(2026, 11, 24)) == [first, second]
    assert replays.runs_between(date(2026, 11, 23), date(2026, 11, 24)) == [day, first, second]
    assert replays.runs_between(date(2026, 11, 25), date(2026, 11, 30)) == []
    with pytest.raises(ReplayRefused, match="no run of 2026-11-20 is known"):
        replays.run_of("2026-11-20")


def test_a_reconstructed_slot_is_replayed_by_replaying_its_days(misread_run):
    Run.objects.update(reconstructs={"at": "2026-11-24T04:00:00+00:00", "runs": {}})
    misread_run.refresh_from_db()
    with pytest.raises(ReplayRefused, match="replay these, and it is made anew from them"):
        replays.begin(misread_run, utc_now())
