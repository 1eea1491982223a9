"""Many processes that let the same backfills go on at once, on a SQLite file of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROCESSES, ROUNDS, PAGES, ROOM_FOR = 4, 10, 30, 6
MAKE = """
from datetime import timedelta
from flights.times import utc_now
from ingestion import backfills
from ingestion.backfills import Who
from ingestion.jobs import Backfill

today = utc_now().date()
for number in range(3):
    first, last = today - timedelta(days=12 + number), today - timedelta(days=2 + number)
    wanted = Backfill(first=first, last=last, max_pages=30, days_at_once=10)
    backfills.create(wanted, Who("test", "command"), utc_now())
"""
# Waits until told to begin, lets all backfills go on again and again, prints the days that it opened.
WORKER = """
import sys, django
django.setup()
from flights.times import utc_now
from ingestion import backfills

print("ready", flush=True)
sys.stdin.readline()
opened = [run.slot for _ in range(int(sys.argv[1])) for run in backfills.advance(utc_now())]
print(*opened, flush=True)
"""


@pytest.fixture
def environment(tmp_path):
    """Three backfills of overlapping days, with room for ROOM_FOR days in all."""
    made = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.sqlite3'}",
        "AVIATIONSTACK_MONTHLY_REQUESTS": "400",
        "QUOTA_PEOPLE_PERCENT": "50",
        "QUOTA_RETRY_PERCENT": "0",
        "QUOTA_BACKFILL_PERCENT": "49.9",
        "INGEST_SCHEDULE": "0 0 29 2 *",  # no slot takes anything of it
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=made, check=True)
    subprocess.run([sys.executable, "manage.py", "shell", "-c", MAKE], cwd=ROOT, env=made, check=True)
    return made


def in_parallel(environment):
    """The days that each process opened; they begin together."""
    pipes = {"text": True, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    words = [sys.executable, "-c", WORKER, str(ROUNDS)]
    workers = [subprocess.Popen(words, cwd=ROOT, env=environment, **pipes) for _ in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [worker.communicate()[0].splitlines()[-1].split() for worker in workers]


def test_a_day_is_opened_once_and_the_room_is_spent_once_whoever_lets_them_go_on(environment):
    opened = [slot for each in in_parallel(environment) for slot in each]
    assert len(opened) == ROOM_FOR
    assert len(set(opened)) == ROOM_FOR
