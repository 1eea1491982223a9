"""The documents of flights, observations and slots as models: for browsing. Hot paths use flights/store.py.

Unmanaged and never written: the collections belong to flights/services.py. A field the document lacks reads
as None, a field the model lacks is left out; dates stay out of JSONField, where one breaks every read.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_mongodb_backend.fields import ArrayField, EmbeddedModelField
from django_mongodb_backend.models import EmbeddedModel

from flights import store
from flights.documents import ENDS_BEFORE, OBSERVATION_SEPARATOR
from flights.records import FlightStatus, SlotState

STATUSES = [(status.value, status.value) for status in FlightStatus]
STATES = [(state.value, state.value) for state in SlotState]


def text() -> models.CharField[str | None, str | None]:
    return models.CharField(max_length=200, null=True)


def part(model: type[EmbeddedModel]) -> EmbeddedModelField:
    return EmbeddedModelField(model, null=True)


def codes() -> ArrayField:
    return ArrayField(models.CharField(max_length=12))


class Moment(EmbeddedModel):
    local = text()
    utc = models.DateTimeField(null=True)
    quality = text()

    class Meta:
        managed = False


class FlightEnd(EmbeddedModel):
    iata = text()
    icao = text()
    airport = text()
    zone = text()
    terminal = text()
    gate = text()
    baggage = text()
    scheduled = part(Moment)
    estimated = part(Moment)
    actual = part(Moment)
    estimated_runway = part(Moment)
    actual_runway = part(Moment)

    class Meta:
        managed = False

    def __str__(self) -> str:
        return self.iata or self.icao or "?"


class Operating(EmbeddedModel):
    airline_iata = text()
    airline_icao = text()
    airline_name = text()
    number = text()
    flight_iata = text()
    flight_icao = text()

    class Meta:
        managed = False

    def __str__(self) -> str:
        return self.flight_iata or self.flight_icao or self.airline_name or "?"


class Aircraft(EmbeddedModel):
    registration = text()
    iata = text()
    icao = text()
    icao24 = text()

    class Meta:
        managed = False


class LivePosition(EmbeddedModel):
    updated = models.DateTimeField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    altitude_m = models.FloatField(null=True)
    direction_deg = models.FloatField(null=True)
    speed_horizontal_kmh = models.FloatField(null=True)
    speed_vertical_kmh = models.FloatField(null=True)
    is_ground = models.BooleanField(null=True)

    class Meta:
        managed = False


class MovementQuerySet(models.QuerySet["Movement"]):
    def within(self, prefix: str) -> MovementQuerySet:
        """Those whose id begins so; both ends bound, as every list of documents is."""
        return self.filter(pk__gte=prefix, pk__lt=prefix + ENDS_BEFORE)

    def of_slot(self, slot: str) -> MovementQuerySet:
        """The slot's observations: one range of ids."""
        return self.within(slot + OBSERVATION_SEPARATOR)

    def of_carrier(self, code: str) -> MovementQuerySet:
        return self.filter(carriers__contains=[code])

    def numbered(self, number: str) -> MovementQuerySet:
        return self.filter(numbers__contains=[number])


class Movement(models.Model):
    """One aircraft movement as told: what flights and observations have in common."""

    id = models.CharField(primary_key=True, max_length=120, db_column="_id")
    flight_id = text()
    slot = text()
    run = text()
    flight_date = text()
    status = models.CharField(max_length=12, choices=STATUSES)
    status_text = text()
    operating = part(Operating)
    departure = part(FlightEnd)
    arrival = part(FlightEnd)
    aircraft = part(Aircraft)
    live = part(LivePosition)
    departure_delay_min = models.IntegerField(null=True)
    arrival_delay_min = models.IntegerField(null=True)
    marketed_as = codes()
    carriers = codes()
    numbers = codes()
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    collected_at = models.DateTimeField(null=True)
    observed_at = models.DateTimeField(null=True)
    transform = models.IntegerField(null=True)
    page = text()
    row = models.IntegerField(null=True)

    objects = MovementQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)


class Flight(Movement):
    """The latest known state of a movement."""

    class Meta:
        managed = False
        db_table = store.FLIGHTS


class Observation(Movement):
    """What one slot said about a flight: the history and the evidence."""

    class Meta:
        managed = False
        db_table = store.OBSERVATIONS


class SlotCounts(EmbeddedModel):
    requests = models.IntegerField(null=True)
    rows_received = models.IntegerField(null=True)
    rows_merged = models.IntegerField(null=True)
    rows_rejected = models.IntegerField(null=True)
    published = models.IntegerField(null=True)
    repeated = models.IntegerField(null=True)
    stored = models.IntegerField(null=True)
    unstored = models.IntegerField(null=True)

    class Meta:
        managed = False


class Completeness(EmbeddedModel):
    pages_planned = models.IntegerField(null=True)
    pages_fetched = models.IntegerField(null=True)
    rows_announced = models.IntegerField(null=True)
    rows_received = models.IntegerField(null=True)
    sampling = text()
    share = models.FloatField(null=True)

    class Meta:
        managed = False


class Slot(models.Model):
    """What became of a planned slot."""

    id = models.CharField(primary_key=True, max_length=16, db_column="_id")
    date = text()
    hour = models.IntegerField(null=True)
    state = models.CharField(max_length=12, choices=STATES)
    reason = text()
    run = text()
    backfill = models.BooleanField(null=True)
    counts = part(SlotCounts)
    completeness = part(Completeness)
    opened_at = models.DateTimeField(null=True)
    collected_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    revision = models.IntegerField(null=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = store.SLOTS
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.pk)


class ReferenceCounts(EmbeddedModel):
    countries = models.IntegerField(null=True)
    airports = models.IntegerField(null=True)
    airlines = models.IntegerField(null=True)
    aircraft_types = models.IntegerField(null=True)
    airframes = models.IntegerField(null=True)

    class Meta:
        managed = False


class ReferenceVersion(models.Model):
    """A version of the reference tables; its notes are read from the store."""

    id = models.CharField(primary_key=True, max_length=60, db_column="_id")
    made_at = models.DateTimeField(null=True)
    source = text()
    parent = text()
    counts = part(ReferenceCounts)

    class Meta:
        managed = False
        db_table = store.REFERENCE_VERSIONS

    def __str__(self) -> str:
        return str(self.pk)


class ReferenceRow(models.Model):
    """One row of a version's table: `_id` is the version and the code."""

    id = models.CharField(primary_key=True, max_length=120, db_column="_id")
    code = text()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code or str(self.pk)


class ReferenceCountry(ReferenceRow):
    name = text()
    continent = text()

    class Meta:
        managed = False
        db_table = store.REFERENCE_COUNTRIES
        verbose_name_plural = "reference countries"


class ReferenceAirport(ReferenceRow):
    iata = text()
    icao = text()
    name = text()
    city = text()
    country = text()
    continent = text()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    zone = text()

    class Meta:
        managed = False
        db_table = store.REFERENCE_AIRPORTS


class ReferenceAirline(ReferenceRow):
    iata = text()
    icao = text()
    name = text()
    callsign = text()
    country = text()
    active = models.BooleanField(null=True)

    class Meta:
        managed = False
        db_table = store.REFERENCE_AIRLINES


class ReferenceAircraftType(ReferenceRow):
    manufacturer = text()
    model = text()
    iata = codes()

    class Meta:
        managed = False
        db_table = store.REFERENCE_AIRCRAFT_TYPES


class ReferenceAirframe(ReferenceRow):
    type = text()
    registration = text()

    class Meta:
        managed = False
        db_table = store.REFERENCE_AIRFRAMES
