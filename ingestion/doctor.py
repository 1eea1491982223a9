"""What `manage.py doctor` looks at: settings, the four servers, what was prepared in them, clock, disk and quota."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from shutil import disk_usage

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import streaming.topics
from flights import store
from flights.errors import StoreUnavailable
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion import ledger, pausing, plan_words, tasks
from ingestion.errors import LedgerUnavailable, QueueUnavailable
from ingestion.models import Run, RunState
from streaming.errors import BrokerUnavailable

SERVER_SECONDS = 5.0
MOST_SKEW = timedelta(seconds=5)
LITTLE_DISK, TOO_LITTLE_DISK = 2 * 1024**3, 256 * 1024**2  # bytes
PREPARE = "run `manage.py prepare`"
RESUME = "manage.py schedule --resume --why …"


class Health(StrEnum):
    OK = "ok"
    DOUBTFUL = "doubtful"  # works now, and may not for long
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do where it is not well."""

    check: str
    health: Health
    text: str
    mend: str = ""


Found = Iterator[tuple[Health, str, str]]


def examine(*names: str) -> Iterator[Finding]:
    """One finding or more of each check, or of those named, in the order in which things depend on each other; raises
    nothing."""
    for name in names or CHECKS:
        try:
            for health, text, mend in CHECKS[name]():
                yield Finding(name, health, text, mend)
        except (StoreUnavailable, BrokerUnavailable, LedgerUnavailable, QueueUnavailable) as down:
            yield Finding(name, Health.BROKEN, str(down), _START[type(down)])


def _settings() -> Found:
    upstream: str = settings.AVIATIONSTACK["base_url"]
    if settings.DEBUG:
        text = "development mode (DJANGO_DEBUG is on): error pages show settings"
        yield Health.DOUBTFUL, text, "set DJANGO_DEBUG=0 where others can reach it"
    if "127.0.0.1" in upstream or "localhost" in upstream:
        yield Health.DOUBTFUL, "flights come from the simulator", "set AVIATIONSTACK_ACCESS_KEY to call the real API"
    else:
        yield Health.OK, "flights come from the upstream, with a key of your own", ""


def _sql() -> Found:
    with ledger.guarded():
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in waiting[:3])
        yield Health.BROKEN, f"{len(waiting)} migrations wait: {names}", PREPARE
    else:
        yield Health.OK, f"{connection.vendor} answers, its tables are of this version", ""


def _mongodb() -> Found:
    store.ping(SERVER_SECONDS)
    missing = store.missing_indexes()
    if missing:
        yield Health.BROKEN, f"indexes are missing: {', '.join(missing[:5])}", PREPARE
    else:
        yield Health.OK, "MongoDB answers, its indexes are there", ""


def _kafka() -> Found:
    streaming.topics.ping(SERVER_SECONDS)
    for topic, wanted in streaming.topics.partitions_wanted().items():
        partitions = streaming.topics.partitions_of(topic)
        if partitions < wanted:
            mend = "add partitions while no run is open, or set KAFKA_PARTITIONS to what there is"
            yield Health.DOUBTFUL, f"topic {topic} has {partitions} partitions, {wanted} are wanted", mend
        else:
            yield Health.OK, f"topic {topic}: {partitions} partitions", ""


def _queue() -> Found:
    tasks.check_queue()
    yield Health.OK, "Redis answers: work can be queued", ""


def _clock() -> Found:
    """Against the store's: documents carry both clocks."""
    skew = abs(store.clock() - utc_now())
    if skew > MOST_SKEW:
        text = f"this machine's clock and MongoDB's are {skew.total_seconds():.0f} s apart"
        yield Health.BROKEN, text, "set both by NTP: slots are planned by this clock, changes are ordered by that one"
    else:
        yield Health.OK, f"{utc_now():%Y-%m-%d %H:%M:%S} UTC, as MongoDB's", ""


def _disk() -> Found:
    folder = next(each for each in (settings.DATA_DIR, *settings.DATA_DIR.parents) if each.is_dir())
    free = disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GiB are free for spooled pages and files"
    if free < LITTLE_DISK:
        health = Health.BROKEN if free < TOO_LITTLE_DISK else Health.DOUBTFUL
        yield health, text, "free some in FLIGHTSITE_DATA_DIR: a page that MongoDB can't take is kept there"
    else:
        yield Health.OK, text, ""


def _quota() -> Found:
    with ledger.guarded():
        shared = ledger.month_plan(utc_now())
    text = f"{shared.remaining} of {shared.allowance} requests are left; {'; '.join(plan_words.sentences(shared))}"
    if shared.remaining == 0:
        yield Health.BROKEN, text, "wait for the reset, or raise the plan and AVIATIONSTACK_MONTHLY_REQUESTS with it"
    elif not shared.is_enough or shared.runs_out_on is not None:
        mend = "with a larger plan raise AVIATIONSTACK_MONTHLY_REQUESTS, or make INGEST_SCHEDULE rarer"
        yield Health.DOUBTFUL, text, mend
    else:
        yield Health.OK, text, ""


def _schedule() -> Found:
    """Beat and worker, by what they left in the ledger."""
    now = utc_now()
    if pause := pausing.paused(now):
        yield Health.DOUBTFUL, f"{pausing.told(pause)}; no slot is collected", f"`{RESUME}` when that is over"
        return
    tick = last_tick(settings.INGEST_SCHEDULE, now)
    run = Run.objects.filter(slot=slot_key(tick)).first()
    if run is None:
        mend = "is beat running (`Procfile`)? A slot without a run is recorded as missed"
        yield Health.DOUBTFUL, f"the present slot, {slot_key(tick)}, has no run", mend
    elif run.state == RunState.OPEN and run.claimed_by == "" and run.resumes_at is None and _is_old(run, now):
        yield Health.DOUBTFUL, f"the run of {run.slot} waits in {run.step}", "is a worker running (`Procfile`)?"
    else:
        yield Health.OK, f"the run of {run.slot} is {run.state}", ""


def _is_old(run: Run, now: datetime) -> bool:
    return now - run.opened_at > timedelta(seconds=2 * settings.RESUME_SECONDS)


_START: dict[type[Exception], str] = {
    StoreUnavailable: "start MongoDB, and look at MONGODB_URI",
    BrokerUnavailable: f"start Kafka, and look at KAFKA_BOOTSTRAP_SERVERS; for a missing topic {PREPARE}",
    LedgerUnavailable: f"start the SQL database, look at DATABASE_URL, and {PREPARE}",
    QueueUnavailable: "start Redis, and look at REDIS_URL",
}
CHECKS: dict[str, Callable[[], Found]] = {
    "settings": _settings,
    "sql": _sql,
    "mongodb": _mongodb,
    "kafka": _kafka,
    "redis": _queue,
    "clock": _clock,
    "disk": _disk,
    "quota": _quota,
    "schedule": _schedule,
}
