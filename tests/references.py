"""Versions of these tests, and none of theirs left behind: other tests use what the current one knows."""

from datetime import UTC, datetime

import pytest

from flights import store
from flights.documents import ENDS_BEFORE
from flights.reference import versions
from flights.reference.entities import AircraftType, Airframe, Airline, Airport, Continent, Country
from flights.reference.packaged import Tables

NOW = datetime(2126, 1, 1, tzinfo=UTC)  # later than any version of other tests

LYON = Airport(
    code="LYS", iata="LYS", icao="LFLL", name="Lyon", city="Lyon", country="FR", continent=Continent.EUROPE,
    latitude=45.7, longitude=5.1, zone="Europe/Paris",
)  # fmt: skip
TWINS = tuple(
    Airline(code="TYR", iata=iata, icao="TYR", name=f"Twin {iata}", callsign=None, country="AT")
    for iata in ("T1", "T2")
)
SMALL = Tables(
    countries=(Country(code="FR", name="France", continent=Continent.EUROPE),),
    airports=(LYON,),
    airlines=TWINS,
    aircraft_types=(AircraftType(code="B738", manufacturer="Boeing", model="737-800", iata=("738", "73H")),),
    airframes=(Airframe(code="4A0823", type="B738", registration="YR-BAC"),),
)


def drop(version):
    for collection in (name for name, _ in versions.COLLECTIONS.values()):
        lower, upper = versions.bounds_of(version)
        store.collection(collection).delete_many({"_id": {"$gt": lower, "$lt": upper}})
    store.collection(store.REFERENCE_VERSIONS).delete_one({"_id": version})


@pytest.fixture
def own_versions(documents):
    """Versions made by the test are removed after it."""
    before = {each["_id"] for each in versions.versions()}
    versions.forget()
    yield
    for document in store.find_range(store.REFERENCE_VERSIONS, ("", ENDS_BEFORE)):
        if document["_id"] not in before:
            drop(document["_id"])
    versions.forget()
