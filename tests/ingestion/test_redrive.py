"""Rows redriven through the real broker and store, after a faulty transform was mended."""

import pytest

from flights import store
from flights.times import utc_now
from ingestion import archive, audit, claims, fields, redrive, services
from ingestion.errors import InvalidRow
from ingestion.models import Run, RunState
from ingestion.verdicts import Fate
from streaming import dead_letters
from tests.ingestion.refused import IDS, ROWS, a_run, letters, redriven, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics")]


def everything():
    found = {name: store.find_by(name, {}) for name in (store.FLIGHTS, store.OBSERVATIONS, store.SLOTS)}
    for slot in found[store.SLOTS]:
        [slot.pop(name) for name in ("opened_at", "changed_at", "closed_at", "revision", "ended")]
    return found


ACCEPTED = [(Fate.ACCEPTED, flight) for flight in IDS[1:4]]


def test_rows_that_a_faulty_transform_refused_become_flights_after_it_is_mended(broken_gates, consume):
    run = a_run(ROWS[:3], ROWS[3:])
    before = consume(0)
    assert (before["counts"]["rows_rejected"], before["counts"]["stored"]) == (3, 3)
    broken_gates()
    assert redriven() == ACCEPTED
    after = consume(1)
    counts = {name: after["counts"][name] for name in ("rows_received", "rows_rejected", "published", "stored")}
    assert counts == {"rows_received": 6, "rows_rejected": 0, "published": 6, "stored": 6}
    assert (after["state"], stored()) == ("complete", IDS)
    assert audit.audit_run(run).findings == []
    assert [(letter["state"], letter["closed_by"]) for letter in letters()] == [("redriven", "a test")] * 3
    assert letters()[0]["closed_why"].startswith("became 2026-11-24T0615-LYS-CDG-AF")


def test_a_dry_run_says_the_same_and_changes_nothing(broken_gates, consume):
    run = a_run(ROWS[:3], ROWS[3:])
    consume(0)
    broken_gates()
    before = {name: store.find_by(name, {}) for name in store.INDEXES}
    assert redriven(dry_run=True) == ACCEPTED
    assert {name: store.find_by(name, {}) for name in store.INDEXES} == before
    run.refresh_from_db()
    assert (run.revision, run.claimed_by) == (0, "")


def test_rows_that_are_still_refused_stay_open_and_nothing_is_published(broken_gates, consume):
    run = a_run(ROWS)
    consume(0)
    assert [fate for fate, _ in redriven()] == [Fate.REFUSED] * 3
    run.refresh_from_db()
    assert (run.revision, archive.pages_of(run.key)[0].published_at is None) == (0, False)
    assert [(letter["state"], letter["count"]) for letter in letters()] == [("open", 1)] * 3


def test_a_row_that_is_refused_for_another_reason_tells_that_one(broken_gates, consume, monkeypatch):
    a_run(ROWS)
    consume(0)
    broken_gates()
    text = fields.text

    def otherwise_faulty(told):
        if told == "B3":
            raise InvalidRow("odd-gate", "an odd number")
        return text(told)

    monkeypatch.setattr(fields, "text", otherwise_faulty)
    assert redriven()[-1] == (Fate.REFUSED, "odd-gate: an odd number")
    assert [(each["reason"], each["text"], each["count"]) for each in letters(state="open")] == [
        ("odd-gate", "an odd number", 1)
    ]
    assert dead_letters.open_by_reason() == {"bad-gate": 0, "odd-gate": 1}
    assert consume(1)["counts"]["rows_rejected"] == 1


def test_many_letters_of_a_slot_are_one_revision(broken_gates, consume):
    run = a_run(ROWS[:2], ROWS[2:3], ROWS[3:])
    broken_gates()
    redriven()
    run.refresh_from_db()
    assert run.revision == 1
    assert consume(1)["counts"]["stored"] == 6


def test_a_row_that_stands_in_two_slots_is_closed_when_both_have_it(broken_gates, consume):
    one, other = a_run(ROWS[:2]), a_run(ROWS[:2], slot="2026-11-24T06Z")
    (letter,) = letters()
    assert letter["count"] == 2
    broken_gates()
    services.Run.objects.claim(other.pk, "elsewhere:1", utc_now(), claims.LEASE)
    assert redriven() == [(Fate.STUCK, f"another process works on {other}")]
    assert [each["state"] for each in letters()] == ["open"]
    Run.objects.release(other.pk, "elsewhere:1")
    assert redriven() == [(Fate.ACCEPTED, f"{IDS[1]} and 1 more")]
    consume(1, "2026-11-24T06Z")
    assert [each["state"] for each in letters()] == ["redriven"]
    assert [audit.audit_run(run).findings for run in (one, other)] == [[], []]


@pytest.mark.parametrize("state", [RunState.OPEN, RunState.FAILED])
def test_a_run_that_has_not_ended_is_left_alone(broken_gates, state):
    run = a_run(ROWS)
    Run.objects.update(state=state)
    broken_gates()
    assert redriven()[0] == (Fate.STUCK, f"{run} is {state}: let it end first")
    assert redriven(dry_run=True) == redriven()


def test_letters_whose_page_is_gone_say_so(broken_gates):
    a_run(ROWS)
    broken_gates()
    store.collection(store.PAGES).delete_many({})
    assert redriven() == [(Fate.STUCK, "its page is gone from the archive")] * 3


def test_letters_whose_run_is_gone_say_so(broken_gates):
    run = a_run(ROWS)
    broken_gates()
    Run.objects.all().delete()
    assert redriven() == [(Fate.STUCK, f"run {run.key} is gone from the ledger")] * 3


def test_a_page_that_would_lose_flights_stays_as_it_is(broken_gates, monkeypatch):
    a_run(ROWS)
    broken_gates()
    text = fields.text

    def worse(told):
        if told == "B6":
            raise InvalidRow("bad-gate", "now this one")
        return text(told)

    monkeypatch.setattr(fields, "text", worse)
    fate, why = redriven()[0]
    assert (fate, why.split(" that page")[0]) == (Fate.STUCK, "the present code would lose 1 flights")
    assert archive.pages_of(Run.objects.get().key)[0].record_count == 3


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["2026-11-24T04Z", "messages published"])
def test_a_redrive_that_is_killed_leaves_its_letters_open_and_is_repeated(broken_gates, consume, moment):
    """At the line of progress that follows the records, and at the one that follows the markers."""

    def killed(line):
        if moment in line:
            raise Killed

    run = a_run(ROWS[:3], ROWS[3:])
    broken_gates()
    with pytest.raises(Killed):
        redriven(tell=killed)
    assert {letter["state"] for letter in letters()} == {"open"}
    assert redriven() == ACCEPTED
    run.refresh_from_db()
    assert consume(run.revision)["counts"]["stored"] == 6
    assert audit.audit_run(run).findings == []
    assert {letter["count"] for letter in letters()} == {1}


def test_redriving_twice_gives_the_same_documents(broken_gates, consume):
    a_run(ROWS)
    broken_gates()
    redriven()
    consume(1)
    before = everything()
    store.collection(store.DEAD_LETTERS).update_many({}, {"$set": {"state": "open"}})
    redriven()
    consume(2)
    assert everything() == before


def test_a_page_is_counted_once_even_if_its_letter_forgot_it(broken_gates):
    a_run(ROWS)
    store.collection(store.DEAD_LETTERS).update_many({}, {"$set": {"origins": []}})
    redriven()
    assert {letter["count"] for letter in letters()} == {1}


def test_rows_beyond_the_bound_are_redriven_by_the_letter_that_counts_them(broken_gates, consume, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_OPEN", 1)
    a_run(ROWS)
    assert sorted(letter["count"] for letter in letters()) == [1, 2]
    consume(0)
    assert {fate for fate, _ in redriven()} == {Fate.REFUSED}
    broken_gates()
    assert {fate for fate, _ in redriven()} == {Fate.ACCEPTED}
    assert sorted((letter["state"], letter["count"]) for letter in letters()) == [("redriven", 1), ("redriven", 2)]
    assert consume(1)["counts"]["stored"] == 6


def test_letters_of_an_earlier_version_say_that_they_can_not(documents):
    store.insert_new(store.DEAD_LETTERS, [{"_id": "old", "reason": "not-json"}])
    store.ensure_collections()
    assert redriven() == [(Fate.STUCK, "it was kept by an earlier version, without its place")]


def test_a_letter_that_is_refused_again_while_it_is_redriven_stays_open(broken_gates):
    a_run(ROWS[:2])
    (letter,) = letters()
    broken_gates()
    store.collection(store.DEAD_LETTERS).update_many({}, {"$set": {"etag": "changed"}})
    assert [each.fate for each in redrive.redrive([letter], "a test")] == [Fate.REFUSED]
    assert [each["state"] for each in letters()] == ["open"]
