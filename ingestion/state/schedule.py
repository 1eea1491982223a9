"""The schedule: the slot that is due now, and whether it is closed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from prometheus_client.core import Metric

from flights import store
from flights.slots import last_tick, slot_key
from ingestion import ledger, pausing, periods
from ingestion.models import Run
from ingestion.state.families import gauge
from ingestion.state.slots import ENDED, STORE_SECONDS


def schedule(now: datetime) -> Iterator[Metric]:
    """What the clock says alone; so it is told whatever is down."""
    tick = last_tick(settings.INGEST_SCHEDULE, now)
    following = periods.tick_of(settings.INGEST_SCHEDULE, tick + timedelta(seconds=1))
    interval = (following - tick).total_seconds()
    yield gauge("flightsite_due_slot_timestamp_seconds", "The schedule's last tick.", tick.timestamp())
    yield gauge("flightsite_schedule_interval_seconds", "From the last tick to the next.", interval)


def pause(now: datetime) -> Iterator[Metric]:
    with ledger.guarded():
        paused = pausing.paused(now) is not None
    yield gauge("flightsite_schedule_paused", "1: an operator has paused the schedule.", float(paused))


def due_slot(now: datetime) -> Iterator[Metric]:
    slot = slot_key(last_tick(settings.INGEST_SCHEDULE, now))
    yield gauge(
        "flightsite_due_slot_closed", "1: nothing more is to come of the due slot.", float(_is_closed(slot, now))
    )


def _is_closed(slot: str, now: datetime) -> bool:
    """Its record says so; one without a record may be left out by the plan of the allowance, or by a pause."""
    with store.within(STORE_SECONDS):
        found = store.find_one(store.SLOTS, slot)
    if found is not None:
        return found.get("state") in ENDED
    with ledger.guarded():
        if Run.objects.filter(slot=slot).exists():
            return False
        return pausing.paused(now) is not None or ledger.why_not_served(slot) is not None
