import pytest
from prometheus_client import CollectorRegistry, generate_latest

from flights.times import utc_now
from ingestion.state.collecting import StateCollector
from ingestion.state.parts import PARTS
from tests.ingestion.state.reading import Page


class Found:
    """Hands out what one part found, without a thread: a test's transaction is not seen from another one."""

    def __init__(self, metrics):
        self.metrics = metrics

    def collect(self):
        return self.metrics


@pytest.fixture
def told():
    """What the parts of these names tell, at this moment or another."""

    def read(*names, now=None):
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Found([metric for name in names for metric in PARTS[name](now or utc_now())]))
        return Page(generate_latest(registry).decode())

    return read


@pytest.fixture
def scraped():
    """The whole page, as the exporter makes it; the same collector for all scrapes of a test."""
    collector = StateCollector(PARTS, keep_seconds=0)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return lambda: Page(generate_latest(registry).decode())
