"""What a replay makes takes the place of what was there, whatever the order in which messages come."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.collection import Collection

from flights import changes, restating, services, store
from flights.documents import flight_document, observation_document, slot_bounds
from flights.errors import StoreUnavailable
from flights.merge import merge_all, order_of, supersede
from tests.factories import COLLECTED, OBSERVED, a_marketing_row, a_record, a_row, records_from
from tests.flights.test_services import FLIGHT, LATER_SLOT, SLOT, a_summary, everything, two_hours_later
from tests.generated import several_pages

pytestmark = pytest.mark.usefixtures("documents")

WRONG, RIGHT = "2026-11-24T0615-LYS-CDG-XX7641", FLIGHT
FAULTY = a_record(carriers=("AF", "AFR", "XX"), marketed_as=("XX1",))
MENDED = a_record(replay=1)


def opened(*slots):
    for slot in slots:
        services.open_slot(slot, f"{slot}.1", COLLECTED)


def flights():
    return store.read_by_id(store.FLIGHTS, [WRONG, RIGHT])


def ended(replay, revision=1):
    summary = a_summary(replay=replay, revision=revision)
    return [services.end_partition(summary, number, 2, OBSERVED) for number in (0, 1)][1]


def test_a_later_replay_sorts_after_an_earlier_reading_and_before_a_newer_transform():
    orders = [order_of(replace(MENDED, replay=replay)) for replay in (0, 1, 2, 10)]
    assert orders == sorted(set(orders))
    assert orders[-1] < order_of(a_record(transform=2))


def test_what_a_later_replay_says_is_not_united_with_what_was_said_before():
    assert supersede(FAULTY, MENDED) == supersede(MENDED, FAULTY) == MENDED
    again = replace(MENDED, marketed_as=("DL8423",), page="00.00001")
    assert supersede(MENDED, again).marketed_as == ("DL8423",)


@pytest.mark.parametrize("other", [a_record(slot=LATER_SLOT), a_record(flight_id=WRONG)])
def test_only_what_one_slot_says_of_one_movement_is_replaced(other):
    with pytest.raises(ValueError, match="are different"):
        supersede(MENDED, replace(other, replay=2))


def test_a_replayed_record_takes_the_place_of_the_first_in_observation_and_flight():
    opened(SLOT)
    services.apply_records([FAULTY])
    services.apply_records([MENDED])
    assert store.find_one(store.OBSERVATIONS, f"{SLOT}|{FLIGHT}") == _stored(observation_document(MENDED))
    assert store.find_one(store.FLIGHTS, FLIGHT) == _stored(flight_document(MENDED))


def test_the_flight_keeps_what_other_slots_said():
    opened(SLOT, LATER_SLOT)
    later = two_hours_later(a_record(), status="landed", marketed_as=("DL8423",))
    services.apply_records([FAULTY, later])
    assert flights()[RIGHT]["carriers"] == ["AF", "AFR", "XX"]
    services.apply_records([MENDED])
    assert flights()[RIGHT] == _stored(flight_document(merge_all([MENDED, later])[RIGHT]))
    assert (flights()[RIGHT]["carriers"], flights()[RIGHT]["status"]) == (["AF", "AFR"], "landed")


def test_the_flight_is_not_stated_from_what_a_reconstructed_slot_infers():
    """What is inferred carries the collection's instant, so that it would win over what was told."""
    opened(SLOT, LATER_SLOT)
    inferred = two_hours_later(a_record(status="active"), status_inferred=True, carriers=("AF", "AFR", "XX"))
    services.apply_records([FAULTY, inferred])
    landed = replace(MENDED, status="landed")
    services.apply_records([landed])
    assert flights()[RIGHT] == _stored(flight_document(landed))


def test_movements_that_the_replay_does_not_find_again_go_when_it_has_ended():
    opened(SLOT)
    services.apply_records([replace(FAULTY, flight_id=WRONG)])
    assert ended(0, revision=0) == "complete"
    services.apply_records([MENDED])
    assert set(flights()) == {WRONG, RIGHT}
    assert ended(1) == "complete"
    assert set(flights()) == {RIGHT}
    assert [each["flight_id"] for each in store.find_range(store.OBSERVATIONS, slot_bounds(SLOT))] == [RIGHT]
    slot = store.find_one(store.SLOTS, SLOT)
    assert (slot["replay"], slot["counts"]["stored"], slot["counts"]["unstored"]) == (1, 1, 0)


def test_a_movement_that_only_another_slot_saw_stays_as_that_saw_it():
    opened(SLOT, LATER_SLOT)
    later = two_hours_later(a_record(flight_id=WRONG))
    services.apply_records([replace(FAULTY, flight_id=WRONG), later])
    services.apply_records([MENDED])
    ended(1)
    assert flights()[WRONG] == _stored(flight_document(later))


def test_messages_of_an_earlier_reading_that_come_late_change_nothing():
    opened(SLOT)
    services.apply_records([MENDED])
    ended(1)
    before = everything()
    assert services.apply_records([FAULTY, replace(FAULTY, flight_id=WRONG)]).new_observations == 0
    assert everything() == before


def test_what_an_earlier_reading_wrote_after_the_end_is_taken_back_when_its_batch_is_repeated():
    """A consumer that slept between looking and writing: it is killed after the write, and its batch is read again."""
    opened(SLOT)
    services.apply_records([MENDED])
    ended(1)
    before = everything()
    ghost = replace(FAULTY, flight_id=WRONG)
    store.insert_new(store.OBSERVATIONS, [observation_document(ghost)])
    store.insert_new(store.FLIGHTS, [flight_document(ghost)])
    services.apply_records([ghost])
    assert everything() == before


@pytest.fixture
def before_a_write(monkeypatch):
    """Does something in the moment before the driver sends a batch of this kind to a collection."""
    send = Collection.bulk_write

    def arrange(collection, kind, act):
        def overtaken(self, operations, **options):
            if self.name == collection and isinstance(operations[0], kind):
                act()
            return send(self, operations, **options)

        monkeypatch.setattr(Collection, "bulk_write", overtaken)

    return arrange


def once(act):
    """Not again for what it sends itself."""
    left = [act]
    return lambda: left.pop()() if left else None


def test_a_replay_that_begins_while_a_batch_is_written_takes_it_back(before_a_write):
    opened(SLOT)
    ghost = replace(FAULTY, flight_id=WRONG)
    before_a_write(store.OBSERVATIONS, InsertOne, once(lambda: (services.apply_records([MENDED]), ended(1))))
    services.apply_records([ghost])
    assert set(flights()) == {RIGHT}
    assert [each["flight_id"] for each in store.find_range(store.OBSERVATIONS, slot_bounds(SLOT))] == [RIGHT]


def test_a_flight_that_gets_an_observation_while_it_is_taken_back_stays(before_a_write):
    opened(SLOT, LATER_SLOT)
    services.apply_records([replace(FAULTY, flight_id=WRONG)])
    services.apply_records([MENDED])
    later = two_hours_later(a_record(flight_id=WRONG))
    before_a_write(store.FLIGHTS, DeleteOne, once(lambda: services.apply_records([later])))
    ended(1)
    assert flights()[WRONG] == _stored(flight_document(later))


def test_flights_that_never_hold_still_are_an_error(before_a_write):
    opened(SLOT)
    services.apply_records([FAULTY])

    def written_by_another():
        store.update_if(store.FLIGHTS, {"_id": FLIGHT}, {"etag": uuid4().hex})

    before_a_write(store.FLIGHTS, ReplaceOne, written_by_another)
    with pytest.raises(StoreUnavailable, match="kept changing"):
        services.apply_records([MENDED])


def test_flights_stated_anew_are_told_as_changed():
    opened(SLOT)
    services.apply_records([FAULTY])
    position = changes.Position(store.clock() - timedelta(minutes=1))
    store.collection(store.CHANGES).delete_many({})
    services.apply_records([MENDED])
    told = store.find_since(store.CHANGES, position.at, store.clock(), limit=10)
    assert [FLIGHT] in [entry["flights"] for entry in told]


def test_a_slot_without_a_record_can_still_be_replayed():
    services.apply_records([FAULTY])
    services.apply_records([MENDED])
    assert ended(1) == "complete"
    assert store.find_one(store.SLOTS, SLOT)["replay"] == 1


def test_each_slot_has_a_replay_of_its_own():
    opened(SLOT, LATER_SLOT)
    services.apply_records([MENDED])
    assert restating.replays_of([FAULTY, two_hours_later(a_record())]) == {SLOT: 1, LATER_SLOT: 0}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=several_pages(), second=several_pages(), order=st.randoms(use_true_random=False))
def test_whatever_the_order_what_the_last_replays_said_is_what_is_there(collections, first, second, order):
    collections()
    given = [*first, *(replace(each, replay=1) for each in second)]
    latest = {each.slot: max(one.replay for one in given if one.slot == each.slot) for each in given}
    opened(*latest)
    shuffled = given * 2
    order.shuffle(shuffled)
    for start in range(0, len(shuffled), 3):
        services.apply_records(shuffled[start : start + 3])
    for slot, replay in latest.items():
        if replay:
            restating.settle(slot, replay)
    left = [each for each in given if each.replay == latest[each.slot]]
    expected = {key: _stored(flight_document(each)) for key, each in merge_all(left).items()}
    assert store.read_by_id(store.FLIGHTS, list(merge_all(given))) == expected
    found = {each["_id"] for slot in latest for each in store.find_range(store.OBSERVATIONS, slot_bounds(slot))}
    assert found == {f"{each.slot}|{each.flight_id}" for each in left}


def _stored(document):
    """As MongoDB gives it back: lists, and whole milliseconds."""
    store.upsert("scratch", document["_id"], {k: v for k, v in document.items() if k != "_id"})
    found = store.find_one("scratch", document["_id"])
    store.remove("scratch", [document["_id"]])
    return found


def test_codeshares_that_a_replay_finds_are_merged_among_themselves():
    opened(SLOT)
    services.apply_records([FAULTY])
    services.apply_records(records_from([a_row(), a_marketing_row("DL", "8423")], replay=1))
    services.apply_records(records_from([a_marketing_row("KL", "2001")], replay=1, page="00.00001"))
    assert flights()[RIGHT]["marketed_as"] == ["DL8423", "KL2001"]
