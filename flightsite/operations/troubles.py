"""What is wrong anywhere, in the order in which one thing follows from another. Pure."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from flightsite.operations.facts import Facts, Lag, Pulse
from flightsite.operations.levels import Level, Stage, Trouble
from flightsite.operations.wording import clock, counted, span
from ingestion import plan_words
from ingestion.doctor import Health
from ingestion.models import Step

SILENT = timedelta(minutes=2)  # beat sends, and a worker does, something every minute
UNFINISHED = frozenset(Stage) - {Stage.FAILED, Stage.MISSED, Stage.CLOSED}
BEFORE_A_WORKER = frozenset({Stage.OPENING, Stage.QUEUED})
WITH_THE_CONSUMER = frozenset({Stage.PUBLISHED, Stage.UNSEEN})
WITH_A_WORKER = frozenset({Stage.WORKING, Stage.WAITING})
START = {
    "redis": "Start Redis, and look at REDIS_URL",
    "mongodb": "Start MongoDB, and look at MONGODB_URI",
    "kafka": "Start Kafka, and look at KAFKA_BOOTSTRAP_SERVERS",
}
LEVELS = {Health.BROKEN: Level.BAD, Health.DOUBTFUL: Level.WARN}

Found = Iterator[Trouble]


def troubles_of(facts: Facts) -> list[Trouble]:
    """All that is wrong; what others may follow from comes first."""
    return [trouble for find in FINDERS for trouble in find(facts)]


def _tables(facts: Facts) -> Found:
    yield from _doctors(facts, "sql", UNFINISHED)


def _redis(facts: Facts) -> Found:
    if facts.is_down("redis"):
        text = "Redis does not answer, so beat can hand no work to the worker"
        yield Trouble(Level.BAD, text, START["redis"], BEFORE_A_WORKER)


def _mongodb(facts: Facts) -> Found:
    stops = WITH_A_WORKER | WITH_THE_CONSUMER
    if facts.is_down("mongodb"):
        text = "MongoDB does not answer, so no page can be archived and no flight stored"
        yield Trouble(Level.BAD, text, START["mongodb"], stops)
    else:
        yield from _doctors(facts, "mongodb", frozenset())


def _kafka(facts: Facts) -> Found:
    at_save = WITH_A_WORKER if facts.run and facts.run.step == Step.SAVE_DATA else frozenset()
    stops = at_save | WITH_THE_CONSUMER
    if facts.is_down("kafka"):
        text = "Kafka does not answer, so nothing that is collected gets to the consumer"
        yield Trouble(Level.BAD, text, START["kafka"], stops)
    else:
        yield from _doctors(facts, "kafka", stops)


def _pause(facts: Facts) -> Found:
    if facts.paused:
        stops = frozenset({Stage.OPENING})
        yield Trouble(Level.WARN, facts.paused.told, "“Resume the schedule” when that is over", stops)


def _plan(facts: Facts) -> Found:
    """What the allowance does not give."""
    if facts.left_out and facts.run is None:
        mend = "With a larger plan raise AVIATIONSTACK_MONTHLY_REQUESTS; “Run now” collects it all the same"
        yield Trouble(Level.WARN, f"It is left out on purpose: {facts.left_out}", mend, frozenset({Stage.OPENING}))
    plan = facts.plan
    if plan.remaining == 0:
        text = f"All {plan.allowance} requests of the month are used; they are reset on {plan.resets_at:%Y-%m-%d}"
        yield Trouble(Level.BAD, text, "Wait for it, or raise the plan and AVIATIONSTACK_MONTHLY_REQUESTS with it")
    elif plan.runs_out_on is not None or not plan.is_enough:
        [served, _, _, lasts] = plan_words.sentences(plan)
        text = lasts if plan.runs_out_on is not None else served
        mend = "With a larger plan raise AVIATIONSTACK_MONTHLY_REQUESTS, or make INGEST_SCHEDULE rarer"
        yield Trouble(Level.WARN, text, mend)


def _refusal(facts: Facts) -> Found:
    if facts.refused and not (facts.run and facts.refused in facts.run.error):
        text = f"the upstream's latest answer was a refusal ({facts.refused})"
        yield Trouble(Level.BAD, text, "Correct AVIATIONSTACK_ACCESS_KEY, the plan, or the query")


def _beat(facts: Facts) -> Found:
    pulse = facts.pulse
    if isinstance(pulse, Pulse) and beat_is_silent(pulse, facts):
        stops = {Stage.OPENING} if worker_is_silent(pulse, facts) else BEFORE_A_WORKER
        text = f"beat has handed out no task {_silence(pulse.beat, facts.now)}"
        yield Trouble(
            Level.BAD, text, "Start beat (`beat` in the Procfile, or the service of that name)", frozenset(stops)
        )


def _worker(facts: Facts) -> Found:
    pulse = facts.pulse
    if isinstance(pulse, Pulse) and worker_is_silent(pulse, facts):
        wait = f", with {counted(pulse.waiting, 'task')} waiting" if pulse.waiting else ""
        text = f"no worker has finished a task {_silence(pulse.worker, facts.now)}{wait}"
        yield Trouble(
            Level.BAD, text, "Start the worker (`worker` in the Procfile, or the service of that name)", BEFORE_A_WORKER
        )


def beat_is_silent(pulse: Pulse, facts: Facts) -> bool:
    return _is_long_ago(pulse.beat, facts)


def worker_is_silent(pulse: Pulse, facts: Facts) -> bool:
    """A worker at a long step finishes nothing meanwhile, and without beat there is nothing to finish."""
    has_work = pulse.waiting > 0 or not beat_is_silent(pulse, facts)
    return _is_long_ago(pulse.worker, facts) and has_work and not facts.busy


def _is_long_ago(instant: datetime | None, facts: Facts) -> bool:
    return instant is None or facts.now - instant > SILENT


def _silence(instant: datetime | None, now: datetime) -> str:
    if instant is None:
        return "since Redis began to count"
    return f"for {span(now - instant)} (since {clock(instant, now)})"


def _consumer(facts: Facts) -> Found:
    lag = facts.lag
    if isinstance(lag, Lag) and lag.members == 0:
        text = "nobody is in the consumers' group, so nothing that is published gets from Kafka into MongoDB"
        yield Trouble(
            Level.BAD,
            text,
            "Start the consumer (`consumer` in the Procfile, or the service of that name)",
            WITH_THE_CONSUMER,
        )


def _machine(facts: Facts) -> Found:
    yield from _doctors(facts, "disk", WITH_A_WORKER)
    if not facts.is_down("mongodb"):
        yield from _doctors(facts, "clock", frozenset())


def _doctors(facts: Facts, check: str, stops: frozenset[Stage]) -> Found:
    """What `manage.py doctor` finds; what is only doubtful stops nothing."""
    for finding in facts.findings:
        if finding.check == check and finding.health is not Health.OK:
            broken = finding.health is Health.BROKEN
            yield Trouble(LEVELS[finding.health], finding.text, finding.mend, stops if broken else frozenset())


FINDERS: tuple[Callable[[Facts], Found], ...] = (
    _tables,
    _redis,
    _mongodb,
    _kafka,
    _pause,
    _plan,
    _beat,
    _worker,
    _consumer,
    _machine,
    _refusal,
)
