"""The tests' surroundings: servers of their own, a database of their own, an access key that must show nowhere.

Set before Django's settings load, so that tests may import the project at their top. MONGODB_URI,
KAFKA_BOOTSTRAP_SERVERS and REDIS_URL are used when given.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import stamina

from flightsite.collection import ALL_FLIGHTS
from tests.servers import start_test_servers, stop_test_servers

CANARY_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"
FOLDER = Path(tempfile.mkdtemp(prefix="flightsite-test-"))
DATABASE = f"flightsite_test_{os.getpid()}"
MONGODB_IS_OURS = "MONGODB_URI" not in os.environ  # and goes with its folder


def prepare() -> None:
    """Start what is needed and load Django."""
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
        "COLLECTION_PLAN": ALL_FLIGHTS,  # one question; tests/ingestion/test_collected_by_default.py asks the default's
    }
    stamina.set_testing(True, attempts=20, cap=True)  # the same number of tries, no waiting
    django.setup()


def _clean_up() -> None:
    stop_test_servers()
    shutil.rmtree(FOLDER, ignore_errors=True)
