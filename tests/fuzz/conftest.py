"""What was tried is told at the end; a failure prints how to repeat it, and the next run begins with it."""

from typing import Any

import pytest

from flights.keys.models import ApiKey
from tests.flights.api import stored
from tests.fuzz import effort


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if effort.OUTCOMES:
        terminalreporter.section("fuzzed")
        for line in effort.told():
            terminalreporter.write_line(line)


@pytest.fixture
def key(db: None) -> str:
    return ApiKey.objects.create_key(name="a fuzzer", requests_a_minute=10**6, rows_a_day=10**9)[1]


@pytest.fixture
def shown(documents: None, key: str) -> tuple[bytes, bytes]:
    """A store with flights of two days, a closed slot and a day fetched afterwards; gives the header of a key."""
    stored.store_flights(3)
    stored.store_rows(stored.a_row(), stored.a_row(flight__iata="AF1", flight_status="landed"))
    stored.close_slot()
    stored.store_flights(2, day="2026-11-20", slot="2026-11-20", run="2026-11-20.2")
    stored.close_slot("2026-11-20", backfill=True)
    return (b"authorization", f"Api-Key {key}".encode())
