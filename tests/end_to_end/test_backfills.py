"""A backfill of 30 days, started, killed, paused, resumed and cancelled: every request is in the ledger, once.

The same from the command line and from the admin, with a real worker, real beat, and SIGKILL in mid-request.
"""

import json
import os
import re
import signal
import sqlite3
import time
from contextlib import closing
from datetime import timedelta

import httpx
import pytest

from flights.times import utc_now
from tests.end_to_end.conftest import until

DAYS = 30
WHY = "the gap of last month"
FIRST, LAST = (utc_now().date() - timedelta(days=ago) for ago in (DAYS + 1, 2))
# Beat has nothing to do but the work of backfills, and looks for it every other second.
HASTY = """
SCHEDULED = {"advance-backfills": 1.0, "resume-runs": 2.0}
CELERY_BEAT_SCHEDULE = {name: {**CELERY_BEAT_SCHEDULE[name], "schedule": often} for name, often in SCHEDULED.items()}
"""
SLOW = {"faults": {"slow": 1.0}, "slow_seconds": 0.7}
QUICK = {"faults": {}}


class CommandLine:
    """A person at a terminal."""

    def __init__(self, system):
        self.system = system

    def start(self):
        days = ("--from", str(FIRST), "--to", str(LAST), "--max-pages", "2")
        out = self.system.manage("backfill", "start", *days, "--reason", WHY, "--json")
        return json.loads(out)["job"]

    def decide(self, what, job):
        self.system.manage("backfill", what, str(job), "--reason", WHY)

    def close(self):
        """Nothing is open."""


class Admin:
    """A person with a browser."""

    def __init__(self, system):
        site = json.loads(system.manage("prepare", "--demo-access", "--json"))
        self.client = httpx.Client(base_url=system.serve(), follow_redirects=True, timeout=60)
        self._send("/admin/login/", username=site["admin_user"], password=site["admin_password"], next="/admin/")

    def start(self):
        values = {"first": FIRST, "last": LAST, "max_pages": 2, "query": "", "mode": "missing", "order": "oldest"}
        values |= {"days_at_once": 1, "share_percent": 100, "reason": WHY}
        shown = self._send("/admin/ingestion/backfill/add/", **values)
        assert f"{DAYS} days: {DAYS} to fetch; up to {2 * DAYS} requests" in shown.text
        confirmed = re.search(r'name="confirmed" value="([^"]*)"', shown.text)[1].replace("&#x27;", "'")
        made = self._send("/admin/ingestion/backfill/add/", **values, confirmed=confirmed)
        return int(re.search(r"/backfill/(\d+)/change/", str(made.url))[1])

    def decide(self, what, job):
        self._send(f"/admin/ingestion/backfill/{job}/{what}/", reason=WHY, _form_submitted="True")

    def close(self):
        self.client.close()

    def _send(self, url, **values):
        self.client.get(url)
        answer = self.client.post(
            url,
            data={**values, "csrfmiddlewaretoken": self.client.cookies["csrftoken"]},
            headers={"Referer": str(self.client.base_url)},
        )
        assert answer.status_code == 200, answer.text
        return answer


class Ledger:
    """The installation's ledger and the simulator's own count, read from outside."""

    def __init__(self, system, upstream):
        self.file, self.upstream = system.folder / "db.sqlite3", upstream
        self.before = upstream.simulator.log.total

    def read(self, query):
        with closing(sqlite3.connect(self.file, timeout=10)) as db:
            return db.execute(query).fetchall()

    def noted(self):
        return self.read("SELECT count(*) FROM ingestion_upstreamrequest")[0][0]

    def asked(self):
        """What the simulator was asked."""
        return self.upstream.simulator.log.total - self.before

    def is_asking(self):
        """A request is noted, sent, counted by the simulator and not answered yet."""
        under_way = self.read("SELECT count(*) FROM ingestion_upstreamrequest WHERE ended_at IS NULL")[0][0]
        return under_way == 1 and self.noted() == self.asked()

    def is_quiet(self):
        return not self.read("SELECT 1 FROM ingestion_stepattempt WHERE outcome = 'running'")

    def state(self, job):
        return dict(self.read("SELECT id, state FROM ingestion_backfill"))[job]

    def runs(self):
        return dict(self.read("SELECT state, count(*) FROM ingestion_run GROUP BY state"))


@pytest.fixture
def installation(system):
    with (system.folder / "own_settings.py").open("a") as own_settings:
        own_settings.write(HASTY)
    system.environment["QUOTA_BACKFILL_PERCENT"] = "20"  # on whatever day of the month
    system.start_line("beat", FLIGHTSITE_DATA_DIR=str(system.folder))
    return system


def kill(worker):
    """SIGKILL to the worker with its children: nobody can tidy up."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def killed_in_mid_request(worker, ledger, pages):
    until(lambda: ledger.asked() >= pages and ledger.is_asking(), f"request {pages}")
    kill(worker)


@pytest.fixture(params=[CommandLine, Admin])
def hands(request, installation):
    with closing(request.param(installation)) as person:
        yield person


def test_thirty_days_started_killed_paused_resumed_and_cancelled_cost_what_the_simulator_counted(
    installation, upstream, hands
):
    ledger = Ledger(installation, upstream)
    upstream.simulator.control(SLOW)
    worker = installation.start_line("worker")
    job = hands.start()
    killed_in_mid_request(worker, ledger, 3)
    worker = installation.start_line("worker")
    killed_in_mid_request(worker, ledger, ledger.asked() + 2)

    hands.decide("pause", job)
    worker = installation.start_line("worker")
    asked = ledger.asked()
    time.sleep(5)  # beat has told the worker several times by now
    assert (ledger.state(job), ledger.asked(), ledger.noted()) == ("paused", asked, asked)

    hands.decide("resume", job)
    until(lambda: ledger.asked() >= asked + 3, "further pages")
    hands.decide("cancel", job)
    until(ledger.is_quiet, "the end of what was under way")
    assert (ledger.state(job), ledger.noted()) == ("cancelled", ledger.asked())
    assert ledger.runs().keys() <= {"published", "stopped", "open"}
    cancelled_at = ledger.asked()

    upstream.simulator.control(QUICK)
    whole = start_the_rest(installation)
    for days in range(5, DAYS + 1, 5):  # patience for each: the machine may be busy
        until(lambda days=days: ledger.runs().get("published", 0) >= days, f"{days} days")
    until(lambda: ledger.state(whole) == "done", "the end of the second backfill")
    assert ledger.asked() > cancelled_at
    assert ledger.runs() == {"published": DAYS}
    assert ledger.noted() == ledger.asked()
    bought = ledger.read("SELECT run_id, page FROM ingestion_upstreamrequest WHERE outcome = 'ok'")
    assert len(bought) == len(set(bought))


def start_the_rest(system):
    days = ("--from", str(FIRST), "--to", str(LAST), "--max-pages", "2")
    return json.loads(system.manage("backfill", "start", *days, "--days-at-once", "2", "--json"))["job"]


def test_a_command_killed_in_mid_request_is_gone_on_with_by_another_without_a_worker(system, upstream):
    system.environment["QUOTA_BACKFILL_PERCENT"] = "20"
    ledger = Ledger(system, upstream)
    upstream.simulator.control(SLOW)
    days = ("--from", str(FIRST), "--to", str(FIRST + timedelta(days=1)), "--max-pages", "3")
    victim = system.start("manage.py", "backfill", "start", *days, "--wait")
    until(lambda: ledger.asked() >= 2 and ledger.is_asking(), "the second request")
    victim.kill()
    victim.wait()
    assert ledger.noted() == ledger.asked()
    upstream.simulator.control(QUICK)
    system.start("manage.py", "consume")
    system.manage("backfill", "wait", "1")
    assert (ledger.state(1), ledger.runs(), ledger.noted()) == ("done", {"published": 2}, ledger.asked())
    assert "all add up" in system.manage("audit")
