"""A locked ledger, a full disk, servers that are not there yet: clear words, nothing lost, and on it goes."""

import http.client
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import pytest

from flights import store
from flightsite.embedded import addresses
from tests.end_to_end.conftest import ROOT, until
from tests.proxy import Proxy

LOCKED = "CommandError: the run ledger is locked by another program: end it, or wait; nothing was lost"
SMALL = 16 * 1024  # bytes: below the size of the ledger's database

ACKNOWLEDGES, TAKES = b"HDEL\r\n$7\r\nunacked", b"BRPOP"  # what a worker says to Redis

HURRIED = 'DATABASES["default"]["OPTIONS"]["timeout"] = 0.2'
KEEP_A_PAGE = """
import sys, resource, django
django.setup()
from ingestion import archive
from ingestion.errors import ArchiveUnavailable, DiskFull
from flights.times import utc_now
page = archive.ArchivedPage(id="run/00.00000", run="run", slot="2026-11-24T04Z", page="00.00000", query=0,
                            status="received", sha256="", size=1, observed_at=utc_now(), collected_at=utc_now())
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), -1))
try:
    archive.keep(page, {}, bytes(range(256)) * 40)
except (ArchiveUnavailable, DiskFull) as error:
    print(type(error).__name__, error)
"""


@contextmanager
def locked(system):
    """The ledger's database in the hands of another program."""
    with closing(sqlite3.connect(system.folder / "db.sqlite3", isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def ended(system, *words, room=resource.RLIM_INFINITY):
    """A command run to its end: its exit code and last words. No file may grow beyond `room`."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=system.environment,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY)),
    )
    system.log(done.stdout + done.stderr)
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.fixture
def hurried(system):
    """The wait for the ledger shortened."""
    with (system.folder / "own_settings.py").open("a") as own_settings:
        own_settings.write(HURRIED)
    return system


def test_a_locked_ledger_is_told_in_one_line_and_collected_when_it_is_free(hurried, upstream):
    with locked(hurried):
        assert ended(hurried, "manage.py", "ingest", "--no-wait") == (1, LOCKED)
    hurried.start_line("consumer")
    hurried.manage("ingest")
    assert "1 slots, all add up" in hurried.manage("audit")


def test_a_ledger_locked_for_a_while_in_mid_run_is_waited_for_and_no_page_is_bought_twice(hurried, upstream):
    upstream.simulator.control({"faults": {"slow": 1.0}, "slow_seconds": 0.5})
    ingest = hurried.start("manage.py", "ingest", "--no-wait")
    until(lambda: store.collection(store.PAGES).count_documents({}) >= 1, "a page")
    with locked(hurried):
        time.sleep(3)  # longer than the ledger's own wait, shorter than the patience over it
    assert ingest.wait(60) == 0
    upstream.simulator.control({"faults": {}})
    hurried.start_line("consumer")
    hurried.manage("ingest")
    assert "1 slots, all add up" in hurried.manage("audit")


def test_a_ledger_without_room_is_told_with_its_folder_and_stays_whole(hurried, upstream):
    code, words = ended(hurried, "manage.py", "ingest", "--no-wait", room=SMALL)
    assert (code, "no room for its database (SQLite: in" in words) == (1, True)
    with closing(sqlite3.connect(hurried.folder / "db.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    hurried.start_line("consumer")
    hurried.manage("ingest")
    assert "1 slots, all add up" in hurried.manage("audit")


def test_a_page_that_finds_no_room_leaves_no_half_file_and_the_words_name_the_folder(hurried):
    hurried.environment["MONGODB_URI"] = "mongodb://127.0.0.1:9/none?serverSelectionTimeoutMS=200"
    _, words = ended(hurried, "-c", KEEP_A_PAGE, "100")
    spool = hurried.folder / "spool" / "run"
    assert words.startswith("DiskFull page 00.00000 could be kept neither in MongoDB")
    assert str(spool) in words
    assert list(spool.iterdir()) == []
    assert ended(hurried, "-c", KEEP_A_PAGE, "-1")[1].startswith("ArchiveUnavailable page 00.00000 is spooled")
    assert [file.name for file in spool.iterdir()] == ["00.00000.bson"]


@pytest.fixture
def late_servers(system):
    """Addresses at which nothing answers until this is called."""
    ports, lines = addresses.choose_ports(), []
    late = {"REDIS_URL": ports.redis, "MONGODB_URI": ports.mongodb}
    found = {name: urlsplit(system.environment[name]) for name in late}
    for name, port in late.items():
        system.environment[name] = urlunsplit(found[name]._replace(netloc=f"127.0.0.1:{port}"))
    kafka = urlsplit(f"//{system.environment['KAFKA_BOOTSTRAP_SERVERS']}")
    system.environment["KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{ports.kafka}"
    where = [(kafka, ports.kafka), *((found[name], late[name]) for name in late)]
    yield lambda: lines.extend(Proxy(each.port, host=each.hostname, own_port=port) for each, port in where)
    for line in lines:
        line.close()


@pytest.mark.timeout(400)  # the worker asks for its broker ever more seldom
def test_processes_started_before_their_servers_wait_say_so_and_then_collect(system, upstream, late_servers):
    port = addresses.choose_ports().kafka
    started = {name: system.start_line(name, WEB_PORT=str(port)) for name in ("worker", "beat", "consumer", "web")}
    until(lambda: "waiting for Kafka" in system.told_by("consumer"), "the consumer's word")
    until(lambda: "Cannot connect to redis" in system.told_by("worker"), "the worker's word")
    until(lambda: b'"down"' in asked(port, "/readyz"), "the web server's word")
    assert {process.poll() for process in started.values()} == {None}
    late_servers()
    system.manage("ingest", "--queue")
    assert "1 slots, all add up" in system.manage("audit")
    until(lambda: b'"down": []' in asked(port, "/readyz"), "readiness")


@pytest.mark.parametrize("word", [ACKNOWLEDGES, TAKES], ids=["acknowledges", "takes"])
def test_a_worker_whose_line_breaks_as_it_takes_or_acknowledges_a_task_takes_the_next_one(
    system, upstream, queue_line, word
):
    system.start_line("worker")
    system.start_line("consumer")
    until(lambda: "ready." in system.told_by("worker"), "the worker's start")
    queue_line.refuse(word)
    system.manage("ingest", "--queue", "--wait-seconds", "60")  # three tasks, one after the other
    assert "Connection to broker lost" in system.told_by("worker")
    assert "1 slots, all add up" in system.manage("audit")


def asked(port, path):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except OSError:
            return b""
