"""`/metrics`: what all processes of this host counted, and the state of the stores at this moment."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from flights import store
from flights.documents import ENDS_BEFORE
from flights.errors import StoreUnavailable
from flights.records import CLOSED_STATES, SlotState
from flights.slots import slot_key
from flights.times import utc_now
from flightsite.env import multiprocess_folder
from ingestion import ledger
from ingestion.models import Run, RunState
from streaming import dead_letters

RECENT = timedelta(days=14)


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """The text that Prometheus reads; needs no key, holds no secret."""
    counted = generate_latest(_counters())
    state = CollectorRegistry(auto_describe=False)
    state.register(StateCollector())
    return HttpResponse(counted + generate_latest(state), content_type=CONTENT_TYPE_LATEST)


def _counters() -> CollectorRegistry:
    """The counters of every process that shares PROMETHEUS_MULTIPROC_DIR, else those of this one."""
    if multiprocess_folder() is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


class StateCollector(Collector):
    """Reads the ledger and the slots' records, so it is right after any restart and while processes are dead."""

    def collect(self) -> Iterator[Metric]:
        yield from _ledger()
        try:
            yield from _slots()
            yield _open_letters()
        except StoreUnavailable:
            yield GaugeMetricFamily("flightsite_store_up", "Whether MongoDB answers.", value=0)
        else:
            yield GaugeMetricFamily("flightsite_store_up", "Whether MongoDB answers.", value=1)


def _ledger() -> Iterator[Metric]:
    now = utc_now()
    used, left = ledger.used_this_month(now), ledger.remaining(now)
    yield GaugeMetricFamily("flightsite_upstream_requests_used", "Requests charged this month.", value=used)
    yield GaugeMetricFamily("flightsite_upstream_requests_left", "Requests left this month.", value=left)
    runs = GaugeMetricFamily("flightsite_runs", "Runs in the ledger, by state.", labels=["state"])
    counts = dict(Run.objects.order_by().values_list("state").annotate(Count("pk")))
    for state in RunState.values:
        runs.add_metric([state], counts.get(state, 0))
    yield runs


def _open_letters() -> Metric:
    letters = GaugeMetricFamily("flightsite_dead_letters_open", "Open dead letters.", labels=["reason"])
    for reason, count in dead_letters.open_by_reason().items():
        letters.add_metric([reason], count)
    return letters


def _slots() -> Iterator[Metric]:
    now = utc_now()
    recent = store.find_range(store.SLOTS, (slot_key(now - RECENT), ENDS_BEFORE))
    states = GaugeMetricFamily("flightsite_slots", "Slots of the last 14 days, by state.", labels=["state"])
    counts = Counter(SlotState.BACKFILLED if slot.get("reconstruction") else slot.get("state") for slot in recent)
    for state in SlotState:
        states.add_metric([state.value], counts[state.value])
    yield states
    closed = [slot for slot in recent if slot.get("state") in CLOSED_STATES and not slot.get("reconstruction")]
    if not closed:
        return
    last = max(closed, key=lambda slot: slot["closed_at"])
    age = (now - last["closed_at"]).total_seconds()
    yield GaugeMetricFamily("flightsite_last_slot_closed_age_seconds", "Seconds since a slot was closed.", value=age)
    rows = GaugeMetricFamily("flightsite_last_slot_rows", "The last closed slot in figures.", labels=["what"])
    for name, value in last["counts"].items():
        rows.add_metric([name], value)
    yield rows
