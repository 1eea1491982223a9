"""Two consumers of one group, killed in turn under a steady feed: as if nothing had happened."""

import os
import time
from datetime import timedelta
from random import Random

import httpx
import pytest

from flights.records import FlightRecord, SlotSummary
from flights.reference.zones import zone_of
from flights.services import apply_records
from flights.times import utc_now
from ingestion.transforms import PageSource, transform_page
from streaming.producer import EventProducer, observation_producer
from streaming.services import publish, publish_end
from tests.chaos.observer import Observer
from tests.chaos.rounds import compare_documents
from tests.chaos.world import ROWS, World, wait_until
from tests.environment import CANARY_KEY

FEED_SECONDS = float(os.environ.get("CHAOS_FEED_SECONDS", "20"))
SLOT, RUN = "2027-01-01T00Z", "2027-01-01T00Z.feed"
MESSAGES_A_SECOND = 100  # at the most
ALONE_SECONDS = (1.0, 6.0)
IDLE_SECONDS = 120.0  # without a commit: then nobody works any more


class Feed:
    """Publishes page after page of the same flights, each seen later than the one before; keeps them quietly too."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/flights"
        self._started = utc_now()
        self._pages = 0
        self.published = 0
        self.flights: set[str] = set()

    def publish_page(self, producer: EventProducer) -> int:
        records = self._next_page()
        apply_records(records)
        self.flights |= {record.flight_id for record in records}
        self.published += publish(records, producer)
        return len(records)

    def end(self, producer: EventProducer) -> None:
        repeated = self.published - len(self.flights)
        figures = dict.fromkeys(("requests", "rows_merged", "rows_rejected"), 0)
        summary = SlotSummary(
            slot=SLOT,
            run=RUN,
            collected_at=self._started,
            pages_planned=self._pages,
            pages_fetched=self._pages,
            rows_announced=None,
            rows_received=self.published,
            published=self.published,
            repeated=repeated,
            sampling="all pages announced",
            **figures,
        )
        publish_end(summary, producer, utc_now())

    def _next_page(self) -> list[FlightRecord]:
        params = {"access_key": CANARY_KEY, "limit": "100", "offset": str(self._pages * 100 % ROWS)}
        seen = self._started + timedelta(milliseconds=self._pages)
        page = f"{self._pages:06d}"
        source = PageSource(slot=SLOT, run=RUN, page=page, collected_at=self._started, observed_at=seen)
        self._pages += 1
        return transform_page(httpx.get(self._url, params=params).content, source, zone_of).records


class Killer:
    """Kills one consumer, then the other, each after it was left alone for a while; starts them again at once."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._draws = Random(seed)  # noqa: S311 - to be repeated
        self.kills = 0
        self._due = time.monotonic() + self._draws.uniform(*ALONE_SECONDS)

    def look(self) -> None:
        if time.monotonic() < self._due:
            return
        self._world.kill(f"consumer-{self.kills % 2 + 1}")
        self._world.mend()
        self.kills += 1
        self._due = time.monotonic() + self._draws.uniform(*ALONE_SECONDS)


def closes(observer: Observer) -> bool:
    """Wait for the slot's closing for as long as messages are committed: a slow store may have a backlog."""
    last, since = observer.committed(), time.monotonic()
    while not observer.slot(SLOT).get("closed_at"):
        if (now := observer.committed()) != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since > IDLE_SECONDS:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.timeout(2 * FEED_SECONDS + 300)
def test_two_consumers_killed_in_turn_leave_what_a_quiet_run_leaves(world, observer, watch, quiet_store, settings):
    settings.KAFKA_BOOTSTRAP_SERVERS = world.environment["KAFKA_BOOTSTRAP_SERVERS"]
    watch.turn_to(SLOT)
    feed, killer, end = Feed(world.upstream.base_url), Killer(world, seed=1), time.monotonic() + FEED_SECONDS
    with observation_producer() as producer:
        while time.monotonic() < end:
            time.sleep(feed.publish_page(producer) / MESSAGES_A_SECOND)
            killer.look()
        feed.end(producer)
    assert closes(observer), observer.slot(SLOT)
    assert wait_until(lambda: observer.committed() == observer.ends(), 60, 0.1)
    told = f"{killer.kills} kills in {FEED_SECONDS:.0f} s, {feed.published} messages, {len(feed.flights)} flights"
    print(f"\n{told}")  # noqa: T201 - to be read
    assert killer.kills > FEED_SECONDS / 10
    assert observer.slot(SLOT)["state"] == "complete"
    assert compare_documents(observer, SLOT) == []
    assert watch.findings == []
