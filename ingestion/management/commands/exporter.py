"""`manage.py exporter`: the state of the stores for Prometheus, until SIGTERM."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from prometheus_client import CollectorRegistry
from structlog import get_logger

from flights import exposition
from flights.errors import MetricsNotServed
from ingestion.state.collecting import StateCollector
from ingestion.state.parts import PARTS
from streaming import stopping

DEFAULT_PORT = 8422
logger = get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Serve the state of slots, runs, quota, queue, lag and servers at /metrics, read from the stores when asked. "
        f"Runs until SIGTERM or Ctrl-C, on METRICS_HOST and METRICS_PORT (default: {DEFAULT_PORT}). One is enough."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stopping.stop_event()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(StateCollector(PARTS))
        try:
            exposition.serve(registry, DEFAULT_PORT)
        except MetricsNotServed as error:
            raise CommandError(str(error)) from error
        logger.info("exporter started", port=settings.METRICS_PORT or DEFAULT_PORT)
        stop.wait()
        logger.info("exporter stopped")
