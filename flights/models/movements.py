"""Flights and observations: what is told of one aircraft movement."""

from __future__ import annotations

from django.db import models
from django_mongodb_backend.models import EmbeddedModel

from flights import store
from flights.documents import ENDS_BEFORE, OBSERVATION_SEPARATOR
from flights.models.fields import codes, part, text
from flights.records import FlightStatus

STATUSES = [(status.value, status.value) for status in FlightStatus]


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
    status_inferred = models.BooleanField(null=True)
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
