"""The access key appears nowhere: it is a canary in every test, and this looks for it."""

from flights import store
from tests.end_to_end.conftest import until
from tests.environment import CANARY_KEY

ALL_KINDS = ["401", "500", "php-error-as-code", "error-200", "html", "truncated", "reset", "429-rate", "403"]


def closed():
    return store.collection(store.SLOTS).find_one({"closed_at": {"$ne": None}})


def documents_text():
    return "".join(str(each) for name in store.INDEXES for each in store.collection(name).find({}))


def test_the_key_is_in_no_log_no_error_no_database(system, upstream):
    system.start("manage.py", "consume")
    for kind in ALL_KINDS:
        upstream.simulator.control({"at_offset": {"100": {"fault": kind, "count": 3}}})
        process = system.start("manage.py", "ingest", "--no-wait")
        process.wait()
        upstream.simulator.control({"at_offset": {}})
    until(closed, "the slot's closing")
    kept = b"".join(file.read_bytes() for file in system.folder.rglob("*") if file.is_file())
    assert b"page 00.00000" in kept
    assert CANARY_KEY.encode() not in kept
    assert CANARY_KEY not in documents_text()
