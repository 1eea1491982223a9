"""The reference tables, version by version."""

from __future__ import annotations

from django.db import models
from django_mongodb_backend.models import EmbeddedModel

from flights import store
from flights.models.fields import codes, part, text


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
