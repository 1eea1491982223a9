"""The rule of reconstructed slots against what the stand-in upstream itself said at the time."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Raw

from flights.merge import merge_all
from flights.reference.zones import zone_of
from ingestion.placing import IN_THE_AIR, Place, dates_of, place_of
from ingestion.simulator.options import SimulatorOptions
from ingestion.simulator.simulator import Simulator
from ingestion.transforms import transform_rows
from tests.factories import a_source

KEY = "0123456789abcdef" * 2


def told(now, **params):
    """All records of a question asked at an instant, by flight."""
    simulator = Simulator(SimulatorOptions(clock=now, churn=0.0))
    rows, offset, total = [], 0, 1
    while offset < total:
        answer = simulator.handle("flights", {"access_key": KEY, "offset": str(offset), **params})
        page = json.loads(answer.body)
        rows += page["data"]
        offset, total = offset + 100, page["pagination"]["total"]
    raw = [Raw(json.dumps(row).encode()) for row in rows]
    return merge_all(transform_rows(raw, a_source(), zone_of).records)


@pytest.mark.parametrize(("airline", "hour"), [("NZ", 4), ("NZ", 12), ("AF", 22)])
def test_nearly_all_that_was_active_is_found_days_later_and_hardly_any_other(airline, hour):
    """The upstream's status is late or stuck for some; the times then decide, or nobody knows."""
    at = datetime(2026, 11, 20, hour, tzinfo=UTC)
    active = told(at, flight_status="active", airline_iata=airline)
    past = {}
    for day in dates_of(at):
        past |= told(at + timedelta(days=4), flight_date=str(day), airline_iata=airline)
    places = {flight: place_of(record, at) for flight, record in past.items()}
    found = {flight for flight, place in places.items() if place in IN_THE_AIR}
    assert len(active) > 50
    assert active.keys() <= places.keys()
    assert len(found & active.keys()) >= 0.93 * len(active)
    ended = [flight for flight in active.keys() - found if places[flight] != Place.UNPLACED]
    assert len(ended) <= 0.06 * len(active)
    assert len(found - active.keys()) <= 0.06 * len(active)
