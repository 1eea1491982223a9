"""Many processes that want the last requests at once, on a SQLite file of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT, PROCESSES, WANTED = 40, 4, 30
# Waits until told to begin, asks for pages of the run, prints how many requests it was granted.
WORKER = """
import sys, django
django.setup()
from ingestion import ledger
from ingestion.errors import QuotaExhausted
from ingestion.models import Run

granted, run = 0, Run.objects.filter(pk=int(sys.argv[1])).first()
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    try:
        with ledger.guarded(), ledger.noted(run, f"00.{number:05d}"):
            granted += 1
    except QuotaExhausted:
        pass
print(granted, flush=True)
"""


@pytest.fixture
def environment(tmp_path):
    """The environment of processes with a ledger of their own: SQLite in a file, nothing spent, LEFT to spend."""
    made = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.sqlite3'}",
        "AVIATIONSTACK_MONTHLY_REQUESTS": str(LEFT),
        "QUOTA_PEOPLE_PERCENT": "10",
        "QUOTA_RETRY_PERCENT": "0",
        "QUOTA_BACKFILL_PERCENT": "0",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=made, check=True)
    return made


def in_parallel(environment, runs):
    """What each process was granted; they begin together."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(run), str(WANTED)],
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for run in runs
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [int(worker.communicate()[0]) for worker in workers]


def sql(environment, query):
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", query],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


OPEN = """
from datetime import UTC, datetime
from ingestion.models import Run
now = datetime.now(UTC)
for number, trigger in enumerate(TRIGGERS):
    run = Run.objects.create(slot=f"2026-11-24T{number:02d}Z", trigger=trigger, started_at=now, opened_at=now)
    print(run.pk)
"""


@pytest.mark.parametrize(("trigger", "granted"), [("admin", LEFT), ("schedule", LEFT - 4)])
def test_processes_that_ask_at_once_get_exactly_what_is_left(environment, trigger, granted):
    runs = sql(environment, OPEN.replace("TRIGGERS", repr([trigger] * PROCESSES)))
    assert sum(in_parallel(environment, runs)) == granted
    counted = sql(
        environment,
        "from ingestion.models import *; print(UpstreamRequest.objects.count(), QuotaPeriod.objects.get().granted)",
    )
    assert counted == [str(granted), str(granted)]
