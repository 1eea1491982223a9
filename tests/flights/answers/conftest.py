import pytest

from tests.factories import a_row
from tests.flights.api.stored import close_slot, store_rows

SLOT = "2026-11-24T04Z"


@pytest.fixture
def two_flights(documents: None) -> list[str]:
    """A closed slot with one active flight inside Europe and one active flight to an airport that nobody knows."""
    ids = store_rows(
        a_row(),
        a_row(arrival__iata="QQQ", arrival__icao=None, arrival__timezone="Europe/Paris", flight__iata="AF9"),
    )
    close_slot(rows_announced=2, rows_received=2, published=2)
    return ids
