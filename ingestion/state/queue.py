"""The worker's queue in Redis, and the heartbeats that beat and worker leave there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from celery import current_app
from prometheus_client.core import Metric
from redis import Redis
from redis.exceptions import RedisError

from ingestion import heartbeats
from ingestion.errors import QueueUnavailable
from ingestion.state.families import gauge, gauges

ANSWER_SECONDS = 1.0  # to connect, and to answer
UNACKED = "unacked"  # where Celery keeps what a worker has taken and not finished, or waits with


def queue(_now: datetime) -> Iterator[Metric]:
    name = current_app.conf.task_default_queue
    with _answering() as redis:
        tasks = {name: redis.llen(name), UNACKED: redis.hlen(UNACKED)}
    yield gauges("flightsite_queue_tasks", "Tasks that wait, or are taken and not finished.", "queue", tasks)


def beats(_now: datetime) -> Iterator[Metric]:
    with _answering() as redis:
        told = heartbeats.read(redis)
    for name, what in ((heartbeats.BEAT, "beat last sent a task"), (heartbeats.WORKER, "a worker last ended a task")):
        if name in told:
            yield gauge(f"flightsite_{name}_heartbeat_timestamp_seconds", f"When {what}.", told[name])


@contextmanager
def _answering() -> Iterator[Redis]:
    try:
        with heartbeats.connected(ANSWER_SECONDS) as redis:
            yield redis
    except RedisError as error:
        raise QueueUnavailable(f"Redis does not answer ({type(error).__name__})") from error
