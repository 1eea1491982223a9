"""Slots that nothing was collected for, made from past days through the real broker and store."""

from datetime import date, timedelta

import pytest
import redis

import flights.services
from flights import as_known, store
from flights.documents import slot_bounds
from flights.indicators import stored
from flights.slots import slot_begin
from flights.times import utc_now
from ingestion import archive, audit, reconstruction, retention, services, sources, tasks
from ingestion.models import Run, RunState, Step
from ingestion.reconstruction import Verdict
from ingestion.verdicts import Fate
from streaming import events
from tests.ingestion.pages import keep_page
from tests.ingestion.past_days import (
    AFTER,
    BEFORE,
    DAY,
    IN_THE_AIR,
    LANDED,
    NOBODY_KNOWS,
    NOT_DEPARTED,
    SLOT,
    fetched_day,
    flown,
    name_of,
)
from tests.ingestion.refused import redriven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics")]

ROWS = [IN_THE_AIR, LANDED, NOT_DEPARTED, NOBODY_KNOWS]
EARLIER = flown(9, "06:00", "07:00", day=BEFORE)


@pytest.fixture(autouse=True)
def one_slot(settings):
    """The slot of 06:00 is the only one of a day."""
    settings.INGEST_SCHEDULE = "0 6 * * *"


@pytest.fixture
def both_days():
    return fetched_day(BEFORE, [EARLIER]), fetched_day(DAY, ROWS)


def judged(slot=SLOT):
    day = slot_begin(slot).date()
    return next(each for each in reconstruction.judge_slots(day, day, utc_now()) if each.slot == slot)


def reconstructed(slot=SLOT):
    """Open the slot's run and do its step."""
    run = reconstruction.open_reconstruction(judged(slot), utc_now())
    services.perform_step(run.pk, Step.SAVE_DATA)
    run.refresh_from_db()
    return run


def slot_record(slot=SLOT):
    return store.find_one(store.SLOTS, slot)


def observed(slot=SLOT):
    return [each["flight_id"] for each in store.find_range(store.OBSERVATIONS, slot_bounds(slot))]


def known_flights():
    return store.find_by(store.FLIGHTS, {})


def a_missed_slot(reason="nothing ran"):
    flights.services.miss_slot(SLOT, reason, utc_now())


def test_a_missed_slot_is_closed_with_the_flights_in_the_air_then(both_days, consume):
    a_missed_slot()
    run = reconstructed()
    slot = consume(0, SLOT)
    assert (run.state, run.backfill, run.requests.count()) == (RunState.PUBLISHED, False, 0)
    assert (slot["state"], slot["reason"], slot["backfill"]) == ("backfilled", None, True)
    assert observed() == [name_of(1)]
    counts = {name: slot["counts"][name] for name in ("requests", "rows_received", "published", "stored", "unstored")}
    assert counts == {"requests": 0, "rows_received": 1, "published": 1, "stored": 1, "unstored": 0}


def test_the_slot_says_how_it_was_made_and_what_is_doubtful(both_days, consume):
    a_missed_slot("the worker was down")
    reconstructed()
    told = consume(0, SLOT)["reconstruction"]
    assert (told["method"], told["instead_of"]) == ("active-by-actual-times-1", "missed: the worker was down")
    assert told["at"] == slot_begin(SLOT)
    assert [(day["date"], day["run"], day["pages_fetched"]) for day in told["days"]] == [
        (BEFORE, both_days[0].key, 1),
        (DAY, both_days[1].key, 1),
    ]
    assert (told["unplaced"], told["without_arrival"], told["diverted"]) == (1, 0, 0)
    assert told["caveats"][0].endswith("could not be placed, for want of actual times: 1")


def test_flights_are_not_changed_by_it(both_days, consume):
    consume(0, DAY)
    before, changes = known_flights(), store.find_by(store.CHANGES, {})
    reconstructed()
    consume(0, SLOT)
    assert known_flights() == before
    assert store.find_by(store.CHANGES, {}) == changes
    assert [each["status"] for each in before if each["_id"] == name_of(1)] == ["landed"]


def test_what_was_known_at_an_instant_is_not_changed_by_it(both_days, consume):
    consume(0, DAY)
    before = as_known.flight_at(name_of(1), utc_now())
    reconstructed()
    consume(0, SLOT)
    assert as_known.flight_at(name_of(1), utc_now()) == before
    assert before["status"] == "landed"


def test_the_observation_is_marked_and_carries_the_times_of_the_day_it_is_from(both_days, consume):
    consume(0, DAY)
    reconstructed()
    consume(0, SLOT)
    seen = store.find_one(store.OBSERVATIONS, f"{SLOT}|{name_of(1)}")
    day = store.find_one(store.OBSERVATIONS, f"{DAY}|{name_of(1)}")
    assert (seen["status"], seen["status_text"], seen["status_inferred"]) == ("active", "landed", True)
    assert "status_inferred" not in day
    names = ("collected_at", "observed_at", "first_seen", "last_seen", "order")
    assert [seen[name] for name in names] == [day[name] for name in names]


def test_codeshares_on_other_pages_are_united_and_counted_as_repeated(consume):
    other = flown(1, "06:21", "07:25")
    other["airline"] = {"name": "Delta", "iata": "DL", "icao": None}
    operating = {"flight_number": "1", "flight_iata": "af1", "airline_iata": "af", "airline_icao": "afr"}
    other["flight"] = {"number": "8", "iata": "DL8", "icao": None, "codeshared": operating}
    fetched_day(BEFORE, [EARLIER])
    fetched_day(DAY, [IN_THE_AIR], [other])
    run = reconstructed()
    counts = consume(0, SLOT)["counts"]
    assert (counts["published"], counts["repeated"], counts["stored"], counts["unstored"]) == (2, 1, 1, 0)
    assert store.find_one(store.OBSERVATIONS, f"{SLOT}|{name_of(1)}")["marketed_as"] == ["DL8"]
    assert audit.audit_run(run).findings == []


def test_the_latest_record_of_a_flight_places_it(consume):
    """A second page, fetched later, knows that it had landed."""
    fetched_day(BEFORE, [EARLIER])
    fetched_day(DAY, [IN_THE_AIR, flown(5, "06:21", None, flight_status="active")], [flown(5, "06:21", "06:40")])
    reconstructed()
    consume(0, SLOT)
    assert observed() == [name_of(1)]


def test_a_repetition_changes_nothing(both_days, consume):
    run = reconstructed()
    consume(0, SLOT)
    before = (slot_record(), store.find_by(store.OBSERVATIONS, {}), known_flights())
    Run.objects.filter(pk=run.pk).update(state=RunState.OPEN, finished_at=None)
    services.perform_step(run.pk, Step.SAVE_DATA)
    fetched_day(AFTER, [])  # its closing comes after all that
    consume(0, AFTER)
    after = store.find_by(store.OBSERVATIONS, {})
    assert (slot_record(), after, known_flights()) == before


def test_a_run_that_is_killed_in_the_middle_is_made_good_by_the_next_try(both_days, consume, monkeypatch):
    run = reconstruction.open_reconstruction(judged(), utc_now())
    seen_on, calls = sources.seen_on, []

    def killed(page, active, run):
        calls.append(page)
        if len(calls) == 2:
            raise SystemExit("killed")
        return seen_on(page, active, run)

    monkeypatch.setattr(sources, "seen_on", killed)
    with pytest.raises(SystemExit):
        services.perform_step(run.pk, Step.SAVE_DATA)
    run.refresh_from_db()
    assert (run.state, run.step, services.runs_to_resume(utc_now())) == (RunState.OPEN, Step.SAVE_DATA, [run])
    services.perform_step(run.pk, Step.SAVE_DATA)
    assert consume(0, SLOT)["state"] == "backfilled"
    assert (observed(), audit.audit_run(run).findings) == ([name_of(1)], [])


def test_a_day_that_is_missing_makes_the_slot_partial_and_is_named(consume):
    fetched_day(DAY, ROWS)
    reconstructed()
    slot = consume(0, SLOT)
    assert slot["state"] == "partial"
    assert slot["reason"].startswith(f"flights that departed on {BEFORE} are missing")
    assert slot["reconstruction"]["caveats"][0] == slot["reason"]


def test_a_day_of_which_not_all_pages_were_fetched_makes_the_slot_partial(consume):
    fetched_day(BEFORE, [EARLIER])
    fetched_day(DAY, ROWS, total=412)
    reconstructed()
    slot = consume(0, SLOT)
    assert (slot["state"], slot["reason"]) == ("partial", f"of {DAY} 1 of 5 pages were fetched")
    assert (slot["completeness"]["pages_planned"], slot["completeness"]["pages_fetched"]) == (6, 2)


def test_a_slot_in_which_nothing_was_in_the_air_is_empty_and_says_so(consume):
    fetched_day(BEFORE, [EARLIER])
    fetched_day(DAY, [LANDED])
    reconstructed()
    slot = consume(0, SLOT)
    assert (slot["state"], slot["reason"]) == ("empty", "none of the flights of the days fetched was in the air then")


def test_a_neighbour_fetched_later_makes_the_next_revision_and_keeps_the_earlier_answers(consume):
    over_midnight = flown(7, "23:50", None, day=BEFORE, departure__scheduled=f"{BEFORE}T23:40:00+00:00")
    over_midnight["arrival"] |= {"scheduled": f"{DAY}T09:00:00+00:00", "actual": f"{DAY}T08:30:00+00:00"}
    fetched_day(DAY, ROWS)
    reconstructed()
    consume(0, SLOT)
    assert judged().verdict == Verdict.DONE
    fetched_day(BEFORE, [over_midnight])
    assert (judged().verdict, judged().why) == (Verdict.ANEW, f"{BEFORE} came after {DAY}")
    run = reconstructed()
    slot = consume(1, SLOT)
    assert (run.revision, slot["revision"], slot["state"]) == (1, 1, "backfilled")
    assert len(observed()) == 2
    answers = store.find_range(store.INDICATORS, stored.slot_bounds("airline_most_active", SLOT))
    assert [(each["slot_revision"], each["population"]) for each in answers] == [(0, 1), (1, 2)]
    assert judged().verdict == Verdict.DONE


def test_what_an_earlier_revision_said_and_this_one_does_not_is_withdrawn(consume):
    """The later day knows better of a flight that both tell of."""
    day = fetched_day(DAY, [IN_THE_AIR, flown(5, "06:21", "07:20")])
    reconstructed()
    consume(0, SLOT)
    assert observed() == [name_of(1), name_of(5)]
    fetched_day(BEFORE, [flown(5, "06:21", "06:40")])
    run = reconstructed()
    slot = consume(1, SLOT)
    assert (observed(), slot["counts"]["unstored"], audit.audit_run(run).findings) == ([name_of(1)], 0, [])
    assert day.key in sources.runs_of(run)


def test_a_day_that_is_published_anew_makes_the_slot_anew(both_days, consume):
    reconstructed()
    consume(0, SLOT)
    Run.objects.filter(slot=DAY).update(revision=1)
    assert (judged().verdict, judged().why) == (Verdict.ANEW, f"{DAY} came after {BEFORE}, {DAY}")


def test_a_slot_is_not_made_anew_before_the_earlier_one_is_stored(both_days):
    reconstructed()
    Run.objects.filter(slot=DAY).update(revision=1)
    assert (judged().verdict, "once that is stored" in judged().why) == (Verdict.DONE, True)


@pytest.mark.parametrize("state", [RunState.PUBLISHED, RunState.OPEN])
def test_a_slot_with_a_run_that_collects_or_collected_is_left_alone(both_days, state):
    run = services.open_run(SLOT, "schedule", utc_now())[0]
    Run.objects.filter(pk=run.pk).update(state=state)
    assert judged().verdict == Verdict.NOT
    assert f"run {run.pk}" in judged().why


def test_a_failed_run_that_brought_a_page_is_left_alone(both_days):
    run = services.open_run(SLOT, "schedule", utc_now())[0]
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    keep_page(run)
    assert (judged().verdict, judged().why) == (Verdict.NOT, f"run {run.pk} brought pages before it failed")


def test_a_closed_slot_without_a_run_is_left_alone(both_days):
    flights.services.open_slot(SLOT, "an older ledger's", utc_now())
    store.upsert(store.SLOTS, SLOT, {"closed_at": utc_now(), "revision": 0, "state": "complete"})
    assert (judged().verdict, judged().why) == (Verdict.NOT, "it is closed")


def test_a_failed_run_without_a_page_becomes_the_run_that_reconstructs(both_days, consume):
    run = services.open_run(SLOT, "schedule", utc_now())[0]
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, error="KeyRefused: the key is wrong")
    assert reconstructed().pk == run.pk
    slot = consume(0, SLOT)
    assert (slot["state"], observed()) == ("backfilled", [name_of(1)])
    assert slot["reconstruction"]["instead_of"] == "failed: KeyRefused: the key is wrong"


def test_a_slot_that_is_not_over_is_left_alone(settings):
    now = utc_now()
    settings.INGEST_SCHEDULE = f"{now.minute} {now.hour} * * *"
    fetched_day(f"{now:%Y-%m-%d}", ROWS)
    found = reconstruction.judge_slots(now.date(), now.date(), now)
    assert [(each.verdict, each.why) for each in found] == [(Verdict.NOT, "its time is not over")]


def test_a_day_that_was_fetched_before_the_slot_tells_nothing_of_it():
    run = fetched_day(DAY, ROWS)
    Run.objects.filter(pk=run.pk).update(started_at=slot_begin(SLOT))
    assert (judged().verdict, judged().why) == (Verdict.NOT, f"{DAY} was fetched before this slot's time")


def test_a_day_of_which_only_some_flights_were_asked_for_tells_nothing(both_days):
    Run.objects.filter(slot=DAY).update(queries=[{"flight_date": DAY, "airline_iata": "AF"}])
    assert (judged().verdict, judged().why) == (Verdict.NOT, f"of {DAY} only some flights were asked for")


def test_a_neighbour_alone_makes_no_slot():
    fetched_day(BEFORE, ROWS)
    assert (judged().verdict, judged().why) == (Verdict.NOT, f"{DAY} was not fetched")


def test_the_slots_of_a_day_are_those_in_which_its_flights_may_be_in_the_air(settings):
    settings.INGEST_SCHEDULE = "0 4,10 * * *"
    slots = [f"{tick:%Y-%m-%dT%H}" for tick in reconstruction.ticks_of_day(date(2025, 2, 10))]
    assert slots == ["2025-02-09T10", "2025-02-10T04", "2025-02-10T10", "2025-02-11T04", "2025-02-11T10"]


def test_the_task_opens_what_a_fetched_day_makes_possible_a_few_at_a_time(settings, consume):
    settings.INGEST_SCHEDULE = "0 * * * *"
    fetched_day(DAY, ROWS)
    opened = reconstruction.open_due(utc_now())
    assert [run.slot for run in opened] == [f"{DAY}T0{hour}Z" for hour in range(reconstruction.MOST_OPEN)]
    assert reconstruction.open_due(utc_now()) == []
    for run in opened:
        services.perform_step(run.pk, Step.SAVE_DATA)
    assert reconstruction.open_due(utc_now())[0].slot == f"{DAY}T04Z"


def test_the_task_opens_nothing_where_it_is_switched_off(both_days, settings):
    settings.RECONSTRUCT_SLOTS = False
    assert tasks.reconstruct_slots() == 0
    assert Run.objects.filter(slot=SLOT).count() == 0


def test_a_day_fetched_long_ago_is_left_to_the_command(both_days):
    assert reconstruction.open_due(utc_now() + reconstruction.LOOK_BACK + timedelta(minutes=1)) == []
    assert judged().verdict == Verdict.NEW


def test_the_audit_of_a_reconstructed_slot_adds_up_and_finds_what_is_lost(both_days, consume):
    run = reconstructed()
    consume(0, SLOT)
    found = audit.audit_run(run)
    assert (found.rows_received, found.published, found.stored, found.findings) == (1, 1, 1, [])
    store.remove(store.OBSERVATIONS, [f"{SLOT}|{name_of(1)}"])
    assert "published flights missing from the store: 1 is not 0" in audit.audit_run(run).findings


def test_after_the_days_pages_were_removed_the_slot_stays_and_says_that_it_cant_be_counted(
    both_days, consume, settings
):
    run = reconstructed()
    consume(0, SLOT)
    settings.RETENTION_PAGES_DAYS = 1
    assert retention.prune(utc_now() + timedelta(days=2)).pages == 2
    assert audit.audit_run(run).removed_at is not None
    assert (judged().verdict, "were removed since" in judged().why) == (Verdict.DONE, True)
    assert slot_record()["state"] == "backfilled"


def test_pages_that_go_before_the_run_is_done_fail_it_and_leave_the_slot_as_it_was(both_days):
    a_missed_slot()
    before = slot_record()
    run = reconstruction.open_reconstruction(judged(), utc_now())
    archive.remove([page.id for page in archive.pages_of(both_days[1].key)])
    services.perform_step(run.pk, Step.SAVE_DATA)
    run.refresh_from_db()
    assert (run.state, "SourcesGone" in run.error) == (RunState.FAILED, True)
    assert slot_record() == before
    assert judged().verdict == Verdict.AGAIN


def test_two_that_open_the_same_slot_at_once_make_one_run(both_days):
    one, other = judged(), judged()
    assert reconstruction.open_reconstruction(one, utc_now()) is not None
    assert reconstruction.open_reconstruction(other, utc_now()) is None


def test_it_does_not_count_as_a_slot_that_was_collected(both_days, consume):
    reconstructed()
    assert Run.objects.of_slots().count() == 0


def test_messages_of_it_that_were_refused_are_redriven_and_count_in_the_next_revision(both_days, consume, monkeypatch):
    consume(0, DAY)
    run = reconstructed()
    with monkeypatch.context() as yesterday:  # a consumer that does not know today's observations
        yesterday.setattr(events, "OBSERVED", "flightsite.of-yesterday")
        assert (consume(0, SLOT)["counts"]["unstored"], slot_record()["state"]) == (1, "partial")
    assert redriven() == [(Fate.ACCEPTED, name_of(1))]
    slot = consume(1, SLOT)
    assert (slot["counts"]["unstored"], slot["state"]) == (0, "backfilled")
    run.refresh_from_db()
    assert (run.revision, audit.audit_run(run).findings, judged().verdict) == (1, [], Verdict.DONE)


def test_after_the_days_pages_were_removed_its_messages_stay_refused(both_days, consume, monkeypatch, settings):
    consume(0, DAY)
    reconstructed()
    with monkeypatch.context() as yesterday:
        yesterday.setattr(events, "OBSERVED", "flightsite.of-yesterday")
        consume(0, SLOT)
    settings.RETENTION_PAGES_DAYS = 1
    retention.prune(utc_now() + timedelta(days=2))
    [(fate, why)] = redriven()
    assert (fate, "raw pages were removed" in why) == (Fate.STUCK, True)


def test_a_worker_takes_what_the_task_opened(settings):
    fetched_day(DAY, ROWS)
    with redis.Redis.from_url(settings.REDIS_URL) as queue:
        queue.delete("celery")
        assert (tasks.reconstruct_slots(), queue.llen("celery")) == (1, 1)
        assert (tasks.reconstruct_slots(), queue.llen("celery")) == (0, 1)
        queue.delete("celery")
    run = Run.objects.get(slot=SLOT)
    assert (run.state, run.step, run.trigger) == (RunState.OPEN, Step.SAVE_DATA, "reconstruction")


def test_the_task_waits_while_the_store_is_down(both_days, down):
    down("mongodb")
    assert tasks.reconstruct_slots() == 0
