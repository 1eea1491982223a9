import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from flights import services, store
from flights.documents import flight_document, observation_document, slot_bounds
from flights.errors import StoreUnavailable
from flights.merge import merge, merge_all
from flights.records import SlotState, SlotSummary
from tests.factories import COLLECTED, OBSERVED, a_marketing_row, a_record, a_row, records_from

pytestmark = pytest.mark.usefixtures("documents")

SLOT, LATER_SLOT = "2026-11-24T04Z", "2026-11-24T06Z"
FLIGHT = "2026-11-24T0615-LYS-CDG-AF7641"


def a_summary(**changes):
    summary = SlotSummary(
        slot=SLOT,
        run="2026-11-24T04Z.1",
        collected_at=COLLECTED,
        requests=1,
        pages_planned=1,
        pages_fetched=1,
        rows_announced=200,
        rows_received=2,
        rows_merged=1,
        rows_rejected=0,
        published=1,
        repeated=0,
        sampling="first pages",
    )
    return replace(summary, **changes)


def two_hours_later(record, **changes):
    by = timedelta(hours=2)
    return replace(
        record,
        slot=LATER_SLOT,
        run="2026-11-24T06Z.2",
        collected_at=record.collected_at + by,
        observed_at=record.observed_at + by,
        first_seen=record.first_seen + by,
        last_seen=record.last_seen + by,
        **changes,
    )


def everything():
    names = (store.FLIGHTS, store.OBSERVATIONS)
    return {name: sorted(store.collection(name).find({}), key=lambda each: each["_id"]) for name in names}


def test_a_new_record_becomes_a_flight_and_an_observation():
    record = a_record()
    assert services.apply_records([record]) == services.Applied(1, 1, 1, 0)
    assert store.find_one(store.FLIGHTS, FLIGHT) == flight_document(record) | {"carriers": ["AF", "AFR"]} | {
        "marketed_as": []
    }
    assert store.find_one(store.OBSERVATIONS, f"{SLOT}|{FLIGHT}")["status"] == "active"


def test_repeating_a_batch_changes_nothing():
    records = records_from([a_row(), a_marketing_row("DL", "8423")])
    services.apply_records(records)
    before = everything()
    assert services.apply_records(records * 2) == services.Applied(2, 0, 0, 0)
    assert everything() == before


def test_a_later_slot_updates_the_flight_and_keeps_the_history():
    record = a_record()
    services.apply_records([record])
    applied = services.apply_records([two_hours_later(record, status="landed")])
    assert applied == services.Applied(1, 1, 0, 1)
    flight = store.find_one(store.FLIGHTS, FLIGHT)
    assert (flight["status"], flight["slot"], flight["first_seen"]) == ("landed", LATER_SLOT, OBSERVED)
    assert store.find_one(store.OBSERVATIONS, f"{SLOT}|{FLIGHT}")["status"] == "active"


def test_an_old_record_that_comes_late_does_not_replace_a_newer_one():
    record = a_record()
    services.apply_records([two_hours_later(record, status="landed")])
    services.apply_records([record])
    flight = store.find_one(store.FLIGHTS, FLIGHT)
    assert (flight["status"], flight["first_seen"]) == ("landed", OBSERVED)


def test_a_codeshare_that_another_page_brings_is_added_to_the_same_flight():
    services.apply_records(records_from([a_marketing_row("DL", "8423")], page="00.00000"))
    services.apply_records(records_from([a_row()], page="00.00001"))
    flight = store.find_one(store.FLIGHTS, FLIGHT)
    assert flight["marketed_as"] == ["DL8423"]
    assert flight["operating"]["airline_name"] == "Air France"
    assert store.count_range(store.OBSERVATIONS, slot_bounds(SLOT)) == 1


def test_two_writers_of_the_same_flights_leave_the_merge_of_both():
    one = [a_record(flight_id=f"2026-11-24T0615-LYS-CDG-AF{n}") for n in range(200)]
    other = [replace(two_hours_later(record), slot=SLOT, marketed_as=("DL1",)) for record in one]
    threads = [threading.Thread(target=services.apply_records, args=(part,)) for part in (one, other)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    expected = merge_all([*one, *other]).values()
    kept = store.read_by_id(store.FLIGHTS, [record.flight_id for record in one])
    assert {key: each["etag"] for key, each in kept.items()} == {
        record.flight_id: flight_document(record)["etag"] for record in expected
    }


def test_what_another_wrote_between_our_read_and_our_write_is_not_lost():
    """A consumer that was stopped between the two, while its partition went to another, must not write old over new."""
    services.apply_records([a_record()])
    old, new = (
        two_hours_later(a_record(), status="active"),
        two_hours_later(two_hours_later(a_record()), status="landed"),
    )
    meanwhile = [new]

    def document_of(record):
        while meanwhile:
            services.apply_records([meanwhile.pop()])
        return flight_document(record)

    services._write(store.FLIGHTS, {FLIGHT: old}, document_of)
    assert store.find_one(store.FLIGHTS, FLIGHT)["status"] == "landed"


def test_a_document_that_another_made_between_our_read_and_our_insert_is_merged():
    new, meanwhile = two_hours_later(a_record(), status="landed"), [a_record()]

    def document_of(record):
        while meanwhile:
            services.apply_records([meanwhile.pop()])
        return flight_document(record)

    services._write(store.FLIGHTS, {FLIGHT: new}, document_of)
    flight = store.find_one(store.FLIGHTS, FLIGHT)
    assert (flight["status"], flight["first_seen"]) == ("landed", OBSERVED)


def test_documents_that_never_stop_changing_are_given_up_and_tried_again_later():
    versions = iter(range(100))
    services.apply_records([a_record()])

    def document_of(record):
        store.upsert(store.FLIGHTS, FLIGHT, {"etag": str(next(versions))})
        return flight_document(record)

    with pytest.raises(StoreUnavailable, match="kept changing"):
        services._write(store.FLIGHTS, {FLIGHT: two_hours_later(a_record())}, document_of)


def a_world():
    rows = [a_row(), a_marketing_row("DL", "8423"), a_row(flight__iata="AF7643"), a_marketing_row("KL", "2009")]
    first = [record for n, row in enumerate(rows) for record in records_from([row], page=f"00.0000{n}")]
    return [*first, *(two_hours_later(record, status="landed") for record in first)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations(a_world()),
    st.lists(st.integers(0, 7), max_size=4),
    st.lists(st.integers(1, 11), max_size=4),
)
def test_any_order_repetition_and_batches_give_the_same_documents(collections, records, repeated, cuts):
    collections()
    messages = [*records, *(records[index] for index in repeated)]
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(messages)], strict=True):
        services.apply_records(messages[start:end])
    flights = [flight_document(record) for record in merge_all(a_world()).values()]
    by_slot = [merge_all(r for r in a_world() if r.slot == slot) for slot in (SLOT, LATER_SLOT)]
    observations = [observation_document(record) for slot in by_slot for record in slot.values()]
    found = everything()
    assert {each["_id"]: each["etag"] for each in found[store.FLIGHTS]} == {f["_id"]: f["etag"] for f in flights}
    assert {each["_id"]: each["etag"] for each in found[store.OBSERVATIONS]} == {
        each["_id"]: each["etag"] for each in observations
    }


def test_a_slot_is_open_from_the_start_of_its_run():
    services.open_slot(SLOT, "r1", COLLECTED)
    slot = store.find_one(store.SLOTS, SLOT)
    assert (slot["date"], slot["hour"], slot["state"], slot["closed_at"]) == ("2026-11-24", 4, "collecting", None)


def test_a_slot_is_closed_when_its_last_partition_has_ended():
    services.apply_records([a_record()])
    states = [services.end_partition(a_summary(), number, 3, OBSERVED) for number in (2, 0, 1)]
    assert states == [None, None, "complete"]
    slot = store.find_one(store.SLOTS, SLOT)
    assert slot["counts"] == {
        "requests": 1,
        "rows_received": 2,
        "rows_merged": 1,
        "rows_rejected": 0,
        "published": 1,
        "repeated": 0,
        "stored": 1,
        "unstored": 0,
    }
    assert slot["completeness"]["share"] == 0.01


def test_a_marker_read_again_closes_nothing_twice():
    services.apply_records([a_record()])
    [services.end_partition(a_summary(), number, 2, OBSERVED) for number in (0, 0)]
    assert store.find_one(store.SLOTS, SLOT)["closed_at"] is None
    assert services.end_partition(a_summary(), 1, 2, OBSERVED) == "complete"
    assert services.end_partition(a_summary(), 1, 2, OBSERVED + timedelta(hours=1)) is None
    assert store.find_one(store.SLOTS, SLOT)["closed_at"] == OBSERVED


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "complete"),
        ({"shortfall": "page 2 was refused"}, "partial"),
        ({"published": 2}, "partial"),
        ({"backfill": True}, "backfilled"),
        ({"rows_received": 0, "rows_merged": 0, "published": 1}, "empty"),
    ],
)
def test_a_slot_is_graded_by_what_its_run_says(changes, state):
    services.apply_records([a_record()])
    assert services.end_partition(a_summary(**changes), 0, 1, OBSERVED) == state


def test_messages_that_did_not_become_flights_are_told():
    services.end_partition(a_summary(published=5, repeated=2), 0, 1, OBSERVED)
    slot = store.find_one(store.SLOTS, SLOT)
    assert slot["counts"]["unstored"] == 3
    assert slot["reason"].startswith("3 published messages did not become flights")


def test_a_failed_slot_says_why_and_closes_when_its_run_goes_on():
    services.fail_slot(SLOT, "2026-11-24T04Z.1", SlotState.FAILED, "the key was refused", OBSERVED)
    slot = store.find_one(store.SLOTS, SLOT)
    assert (slot["state"], slot["reason"]) == ("failed", "the key was refused")
    services.apply_records([a_record()])
    assert services.end_partition(a_summary(), 0, 1, OBSERVED) == "complete"


def test_a_closed_slot_stays_as_it_is():
    services.apply_records([a_record()])
    services.end_partition(a_summary(), 0, 1, OBSERVED)
    services.fail_slot(SLOT, "other", SlotState.FAILED, "late", OBSERVED)
    services.open_slot(SLOT, "other", OBSERVED)
    assert store.find_one(store.SLOTS, SLOT)["state"] == "complete"


@pytest.mark.parametrize(
    ("announced", "received", "share"), [(None, 2, None), (0, 0, None), (200, 2, 0.01), (100, 103, 1.0)]
)
def test_the_share_is_told_only_where_the_upstream_announced_something(announced, received, share):
    assert services.share_of(a_summary(rows_announced=announced, rows_received=received)) == share


def test_merging_two_movements_is_a_fault_of_ours():
    with pytest.raises(ValueError, match="different movements"):
        merge(a_record(), a_record(flight_id="2026-11-24T0615-LYS-CDG-AF1"))


def test_a_slot_that_was_left_out_is_closed_when_a_person_runs_it_all_the_same():
    assert services.miss_slot(SLOT, "the allowance serves 1 slot in 4", COLLECTED)
    services.open_slot(SLOT, "2026-11-24T04Z.1", COLLECTED)
    services.apply_records([a_record()])
    assert services.end_partition(a_summary(), 0, 1, OBSERVED) is not None
    slot = store.find_one(store.SLOTS, SLOT)
    assert (slot["revision"], slot["counts"]["stored"], slot["closed_at"]) == (0, 1, OBSERVED)
