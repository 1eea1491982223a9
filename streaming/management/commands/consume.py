"""`manage.py consume`: Kafka → MongoDB until SIGTERM."""

import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from prometheus_client import REGISTRY
from structlog import get_logger

from flights import exposition
from flights.errors import MetricsNotServed
from streaming import metrics, services, stopping
from streaming.consumer import BatchConsumer
from streaming.errors import BrokerUnavailable
from streaming.producer import dead_letter_producer
from streaming.topics import ensure_topics

WAIT_FOR_BROKER_SECONDS = 2.0
logger = get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Read flights.observed and write flights, observations and slots to MongoDB. Runs until SIGTERM or "
        "Ctrl-C, then finishes or gives back its batch and leaves the group. Start as many as there are partitions."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch-messages",
            type=int,
            default=settings.CONSUMER_BATCH_MESSAGES,
            help="messages written and committed at once, at the most (default: %(default)s)",
        )

    def handle(self, *args: Any, batch_messages: int, **options: Any) -> None:
        stop = stopping.stop_event()
        try:
            exposition.serve(REGISTRY)
        except MetricsNotServed as error:
            raise CommandError(str(error)) from error
        with suppress(stopping.HandedBack):
            if _topics_ready(stop):
                _work(batch_messages, stop)


def _work(batch_messages: int, stop: threading.Event) -> None:
    consumer = BatchConsumer(batch_messages)
    logger.info("consumer started")
    try:
        with dead_letter_producer() as dead_letters:
            _consume(consumer, services.dead_letter_forwarder(dead_letters), stop)
    finally:
        consumer.close()
        logger.info("consumer stopped")


def _topics_ready(stop: threading.Event) -> bool:
    """Wait for the broker: processes may start in any order."""
    while not stop.is_set():
        try:
            ensure_topics()
        except BrokerUnavailable as error:
            logger.warning("waiting for Kafka", why=str(error))
            stop.wait(WAIT_FOR_BROKER_SECONDS)
        else:
            return True
    return False


def _consume(consumer: BatchConsumer, forward: services.Forward, stop: threading.Event) -> None:
    while not stop.is_set():
        started = time.monotonic()
        done = consumer.consume_batch(lambda batch: services.handle_batch(batch, forward), stop)
        if done:
            metrics.MESSAGES.inc(done)
            metrics.BATCH_SECONDS.observe(time.monotonic() - started)
            logger.info("batch written", messages=done)
