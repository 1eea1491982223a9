"""A slot whose pages are published again is closed anew, once for each revision."""

from datetime import timedelta

import pytest

from flights import services, store
from tests.factories import OBSERVED, a_record
from tests.flights.test_services import LATER_SLOT, SLOT, a_summary

pytestmark = pytest.mark.usefixtures("documents")


def closed(summary, *partitions, at=OBSERVED):
    return [services.end_partition(summary, number, 2, at) for number in partitions]


def test_a_later_revision_closes_the_slot_anew_after_its_last_partition():
    services.apply_records([a_record()])
    closed(a_summary(rows_rejected=1), 0, 1)
    services.apply_records([a_record(flight_id="2026-11-24T0615-LYS-CDG-AF1")])
    again, later = a_summary(published=2, revision=1), OBSERVED + timedelta(hours=1)
    assert closed(again, 1, at=later) == [None]
    assert store.find_one(store.SLOTS, SLOT)["counts"]["stored"] == 1
    assert closed(again, 0, at=later) == ["complete"]
    slot = store.find_one(store.SLOTS, SLOT)
    assert (slot["revision"], slot["closed_at"], slot["counts"]["stored"]) == (1, later, 2)
    assert slot["counts"]["rows_rejected"] == 0


@pytest.mark.parametrize("revision", [0, 1])
def test_markers_of_an_old_revision_or_the_same_change_nothing(revision):
    services.apply_records([a_record()])
    closed(a_summary(revision=1), 0, 1)
    before = store.find_one(store.SLOTS, SLOT)
    assert closed(a_summary(revision=revision, published=9), 0, 1, at=OBSERVED + timedelta(hours=1)) == [None, None]
    assert store.find_one(store.SLOTS, SLOT) == before


def test_partitions_of_two_revisions_are_not_added_up():
    services.apply_records([a_record()])
    assert closed(a_summary(revision=0), 0) + closed(a_summary(revision=1), 1) == [None, None]
    slot = store.find_one(store.SLOTS, SLOT)
    assert (slot["closed_at"], slot["revision"]) == (None, services.NEVER_CLOSED)


def test_slots_of_an_earlier_version_get_the_revision_that_they_were_closed_with():
    services.open_slot(SLOT, "r1", OBSERVED)
    services.open_slot(LATER_SLOT, "r2", OBSERVED)
    store.upsert(store.SLOTS, SLOT, {"closed_at": OBSERVED})
    store.collection(store.SLOTS).update_many({}, {"$unset": {"revision": ""}})
    store.ensure_collections()
    assert [store.find_one(store.SLOTS, slot)["revision"] for slot in (SLOT, LATER_SLOT)] == [0, -1]
