import pytest

from flights.times import utc_now
from ingestion import services
from ingestion.steps import Context

SLOT = "2026-11-24T04Z"


@pytest.fixture
def run(db, documents, upstream):
    """A run of three pages against the stand-in, with nothing done yet."""
    return services.open_run(SLOT, "test", utc_now())[0]


@pytest.fixture
def context():
    lines = []
    return Context(tell=lines.append, hold=lambda: None)
