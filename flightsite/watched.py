"""What lets worker and beat be watched: each serves its own metrics, and leaves its heartbeat in Redis."""

from typing import Any

from celery.signals import after_task_publish, beat_init, task_postrun, worker_init
from django.conf import settings
from prometheus_client import REGISTRY

from flights import exposition
from flights.errors import MetricsNotServed
from ingestion import heartbeats


@worker_init.connect
def worker_starts(**_: Any) -> None:
    """Its children do the work, and so the counting: what this process counts itself would tell nothing."""
    if settings.METRICS_PORT is not None and settings.METRICS_FOLDER is None:
        raise SystemExit(
            "METRICS_PORT: a worker's children count in a folder: set PROMETHEUS_MULTIPROC_DIR to one of the worker's "
            "own and start it by `bin/counted`, or unset METRICS_PORT"
        )
    try:
        exposition.serve(exposition.counters())
    except MetricsNotServed as error:
        raise SystemExit(str(error)) from error


@task_postrun.connect
def task_ended(**_: Any) -> None:
    heartbeats.write(heartbeats.WORKER)


@beat_init.connect
def beat_starts(**_: Any) -> None:
    try:
        exposition.serve(REGISTRY)
    except MetricsNotServed as error:
        raise SystemExit(str(error)) from error
    after_task_publish.connect(task_sent)


def task_sent(**_: Any) -> None:
    heartbeats.write(heartbeats.BEAT)
