"""Runs whose rows a faulty transform refused, and what becomes of their letters."""

import threading
from contextlib import closing

from flights import store
from flights.documents import slot_bounds
from flights.times import utc_now
from ingestion import redrive, services
from ingestion.models import Run, RunState, Step
from streaming.consumer import BatchConsumer
from streaming.producer import observation_producer
from streaming.services import handle_batch
from tests.conftest import SLOT
from tests.factories import a_row
from tests.ingestion.pages import keep_page

ROWS = [a_row(flight__iata=f"AF{n}", flight__number=str(n), departure__gate=f"B{n}") for n in range(1, 7)]
IDS = [f"2026-11-24T0615-LYS-CDG-AF{n}" for n in range(1, 7)]


def a_run(*pages, slot=SLOT):
    """A run whose pages are archived, transformed and published."""
    now = utc_now()
    run = Run.objects.create(
        slot=slot, trigger="test", step=Step.TRANSFORMATION, started_at=now, opened_at=now, pages_planned=len(pages)
    )
    for number, rows in enumerate(pages):
        keep_page(run, number, rows)
    for step in (Step.TRANSFORMATION, Step.SAVE_DATA):
        services.perform_step(run.pk, step)
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED
    return run


def letters(**conditions):
    return store.find_by(store.DEAD_LETTERS, conditions)


def redriven(**options):
    found = redrive.redrive(letters(state="open"), "a test", **options)
    return sorted((outcome.fate, outcome.text) for outcome in found)


def stored():
    return [each["flight_id"] for each in store.find_range(store.OBSERVATIONS, slot_bounds(SLOT))]


def consume_messages(count):
    with closing(BatchConsumer()) as consumer:
        while count > 0:
            count -= consumer.consume_batch(handle_batch, threading.Event())


def send(*messages):
    with observation_producer() as producer:
        producer.send(messages)
