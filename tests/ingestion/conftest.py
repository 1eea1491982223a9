import pytest

from ingestion.steps import Context


@pytest.fixture
def context():
    lines = []
    return Context(tell=lines.append, hold=lambda: None)
