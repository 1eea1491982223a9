"""The tests' surroundings: servers of their own, a database of their own, an access key that must show nowhere.

Set before Django's settings load. MONGODB_URI, KAFKA_BOOTSTRAP_SERVERS and REDIS_URL are used when given.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import stamina

from tests.servers import start_test_servers, stop_test_servers

CANARY_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"
FOLDER = Path(tempfile.mkdtemp(prefix="flightsite-test-"))
DATABASE = f"flightsite_test_{os.getpid()}"


def _clean_up() -> None:
    stop_test_servers()
    shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(_clean_up)
os.environ |= start_test_servers(FOLDER / "servers")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "flightsite.settings",
    "DJANGO_DEBUG": "1",
    "FLIGHTSITE_DATA_DIR": str(FOLDER / "data"),
    "DATABASE_URL": f"sqlite:///{FOLDER / 'db.sqlite3'}",
    "MONGODB_URI": urlunsplit(urlsplit(os.environ["MONGODB_URI"])._replace(path=f"/{DATABASE}")),
    "AVIATIONSTACK_ACCESS_KEY": CANARY_KEY,
    "AVIATIONSTACK_BASE_URL": "http://127.0.0.1:9/v1",
}
stamina.set_testing(True, attempts=3)  # the same number of tries, no waiting


@pytest.fixture(scope="session")
def collections() -> Iterator[Callable[[], None]]:
    """Makes the collections once; hands out what empties them."""
    from flights import store  # noqa: PLC0415 - Django's settings are ready only now

    store.ensure_collections()

    def empty() -> None:
        for name in store.INDEXES:
            store.collection(name).delete_many({})

    yield empty
    store.database().client.drop_database(DATABASE)


@pytest.fixture
def documents(collections: Callable[[], None]) -> None:
    """An empty MongoDB database with its indexes."""
    collections()
