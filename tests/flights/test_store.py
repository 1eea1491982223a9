import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.errors import BulkWriteError, OperationFailure

from flights import metrics, store
from flights.errors import StoreUnavailable

pytestmark = pytest.mark.usefixtures("documents")


def test_collections_and_indexes_may_be_ensured_again():
    store.ensure_collections()
    indexes = store.collection(store.FLIGHTS).index_information()
    assert {"carriers_1__id_1", "departure.iata_1__id_1", "arrival.iata_1__id_1", "numbers_1__id_1"} <= set(indexes)


def test_inserting_tells_which_were_there_and_leaves_them():
    store.insert_new(store.FLIGHTS, [{"_id": "a", "n": 1}])
    assert store.insert_new(store.FLIGHTS, [{"_id": "a", "n": 2}, {"_id": "b", "n": 2}]) == {"a"}
    assert store.read_by_id(store.FLIGHTS, ["a", "b", "c"]) == {"a": {"_id": "a", "n": 1}, "b": {"_id": "b", "n": 2}}


def test_inserting_nothing_is_nothing():
    assert store.insert_new(store.FLIGHTS, []) == set()


def test_a_document_is_replaced_while_it_is_as_read():
    store.insert_new(store.FLIGHTS, [{"_id": "a", "etag": "1"}])
    assert store.replace_unchanged(store.FLIGHTS, [("1", {"_id": "a", "etag": "2"})])
    assert store.find_one(store.FLIGHTS, "a") == {"_id": "a", "etag": "2"}


def test_a_document_that_somebody_changed_is_left():
    store.insert_new(store.FLIGHTS, [{"_id": "a", "etag": "3"}])
    assert not store.replace_unchanged(store.FLIGHTS, [("1", {"_id": "a", "etag": "2"})])
    assert store.find_one(store.FLIGHTS, "a") == {"_id": "a", "etag": "3"}


def test_replacing_nothing_is_done():
    assert store.replace_unchanged(store.FLIGHTS, [])


def test_a_range_has_both_ends_outside_and_is_in_order():
    store.insert_new(store.FLIGHTS, [{"_id": key, "x": key} for key in "dbace"])
    found = store.find_range(store.FLIGHTS, ("a", "e"), {"x": {"$ne": "c"}}, limit=2, fields={"_id": 1})
    assert found == [{"_id": "b"}, {"_id": "d"}]
    assert store.count_range(store.FLIGHTS, ("a", "e")) == 3


def test_fields_are_set_only_where_the_condition_holds():
    store.upsert(store.SLOTS, "s", {"state": "open"}, {"first": True})
    assert store.update_if(store.SLOTS, {"_id": "s", "state": "closed"}, {"n": 1}) is None
    assert store.update_if(store.SLOTS, {"_id": "s", "state": "open"}, {"n": 1}) == {
        "_id": "s",
        "state": "open",
        "first": True,
        "n": 1,
    }


def test_a_store_that_is_down_is_its_own_error_and_tells_no_password(down):
    down("mongodb")
    with pytest.raises(StoreUnavailable) as failure:
        store.ping()
    assert "hunter2" not in str(failure.value)
    assert failure.value.retryable


def test_a_refused_login_is_an_outage_that_tells_no_password(login_refused):
    with pytest.raises(StoreUnavailable, match="refuses the login") as failure:
        store.find_one(store.FLIGHTS, "a")
    assert "hunter2" not in "".join(traceback.format_exception(failure.value))


def test_a_command_that_is_refused_for_another_reason_is_a_fault_of_ours():
    with pytest.raises(OperationFailure), store.store_errors():
        store.database().command("noSuchCommand")


def test_a_write_that_is_not_acknowledged_is_an_outage():
    with pytest.raises(StoreUnavailable, match="did not acknowledge"), store.store_errors():
        raise BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]})


def test_a_fault_of_ours_is_not_taken_for_an_outage():
    with pytest.raises(BulkWriteError), store.store_errors():
        raise BulkWriteError({"writeErrors": [{"code": 2}], "writeConcernErrors": []})


def test_a_refused_document_is_not_taken_for_one_that_is_there():
    with pytest.raises(BulkWriteError):
        store._duplicates(BulkWriteError({"writeErrors": [{"code": 2, "index": 0}]}), [])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (OperationFailure("internal server error", 1), "is its disk full"),
        (OperationFailure("no space", 14031), "no room left on its disk"),
        (OperationFailure("cursor id 7 not found", 43), "lost the place of a long read"),
        (BulkWriteError({"writeErrors": [{"code": 11000}, {"code": 14031}]}), "no room left on its disk"),
    ],
)
def test_a_server_that_has_no_room_is_down_and_says_so(said, told):
    with pytest.raises(StoreUnavailable, match=told), store.store_errors():
        raise said


def test_a_wrong_request_is_a_fault_of_ours():
    with pytest.raises(OperationFailure, match="unknown operator"), store.store_errors():
        raise OperationFailure("unknown operator", 2)


def counted(command, outcome):
    """How many commands of this kind were counted so far."""
    labels = {"command": command, "outcome": outcome}
    samples = [sample for family in metrics._SECONDS.collect() for sample in family.samples if sample.labels == labels]
    return next((sample.value for sample in samples if sample.name.endswith("_count")), 0)


def test_every_command_is_timed_by_its_kind_and_outcome():
    before = counted("find", "ok"), counted("other", "ok"), counted("other", "failed")
    store.find_one(store.FLIGHTS, "a")
    store.ping()
    with pytest.raises(OperationFailure):
        store.database().command("noSuchCommand")
    after = counted("find", "ok"), counted("other", "ok"), counted("other", "failed")
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1]


def test_what_takes_longer_than_it_may_is_no_answer(down):
    down("mongodb")
    with pytest.raises(StoreUnavailable), store.within(0.1):
        store.find_one(store.FLIGHTS, "a")


def test_threads_that_are_the_first_share_one_connection():
    store.close()
    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(lambda _: id(store.database().client), range(8)))
    assert len(clients) == 1
