"""Work that goes on while bench/recovery.py takes servers away, each part in a process of its own."""

import itertools
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from kombu.exceptions import OperationalError
from msgspec.structs import replace

from bench import slots
from flights.keys.models import ApiKey
from flights.records import FlightEnd, FlightRecord, FlightStatus, Operating
from flights.slots import slot_key
from flights.times import utc_now
from ingestion import services, tasks
from ingestion.models import Run, Step
from streaming import services as streaming_services
from streaming.producer import observation_producer

DEPARTURES = datetime(2026, 11, 24, tzinfo=UTC)
EVERY_SECONDS = 0.1
FEW_PAGES = 3
_NOWHERE = FlightEnd(iata="LYS", icao=None, airport=None, zone=None)
_CARRIER = Operating(
    airline_iata="AF", airline_icao=None, airline_name=None, number=None, flight_iata=None, flight_icao=None
)
RECORD = FlightRecord(
    flight_id="", slot="2026-11-24T04Z", run="2026-11-24T04Z.1", flight_date="2026-11-24", status=FlightStatus.ACTIVE,
    status_text=None, operating=_CARRIER, departure=_NOWHERE, arrival=_NOWHERE, aircraft=None, live=None,
    departure_delay_min=None, arrival_delay_min=None, marketed_as=(), carriers=("AF",), first_seen=DEPARTURES,
    last_seen=DEPARTURES, collected_at=DEPARTURES, transform=1, operating_row=True, observed_at=DEPARTURES,
    page="00.00000", row=0, digest="0",
)  # fmt: skip


def key() -> dict[str, Any]:
    return {"key": ApiKey.objects.create_key(name="bench", requests_a_minute=10**7, rows_a_day=2**31 - 1)[1]}


def observations() -> dict[str, Any]:
    """Publish one new flight after another, until the process is stopped."""
    with observation_producer() as producer:
        for number in itertools.count():
            record = replace(RECORD, flight_id=f"2026-11-24T0615-LYS-CDG-AF{number}")
            streaming_services.publish([record], producer)
            time.sleep(EVERY_SECONDS)
    return {}


def queue() -> dict[str, Any]:
    """Queue one small task after another, until the process is stopped."""
    while True:
        with suppress(OperationalError):
            tasks.resume_runs.apply_async(retry=False)
        time.sleep(EVERY_SECONDS)


def transformed_run(number: int) -> dict[str, Any]:
    """A run of a few pages that has only its last step before it."""
    day = utc_now().date() - timedelta(days=number + 1)
    run, _ = services.open_backfill(day, FEW_PAGES, "bench", utc_now())
    for step in (Step.EXTRACTION, Step.TRANSFORMATION):
        slots.step(run.pk, step)
    return {"run": run.pk}


def long_run() -> dict[str, Any]:
    """A run of more pages than the bench will wait for, handed to the worker."""
    run, _ = services.open_run(slot_key(DEPARTURES), "bench", utc_now())
    tasks.enqueue(run)
    return {"run": run.pk}


def resume(run: int) -> dict[str, Any]:
    """Let a run that waits for its next try go on now; how long it would have waited."""
    known = Run.objects.get(pk=run)
    planned = (known.resumes_at - utc_now()).total_seconds() if known.resumes_at else 0.0
    Run.objects.filter(pk=run).update(resumes_at=None)
    tasks.enqueue(known)
    return {"planned_seconds": planned, "queued_at": time.monotonic()}
