"""Slots: what became of each planned one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django_mongodb_backend.fields import ArrayField
from django_mongodb_backend.models import EmbeddedModel

from flights import store
from flights.models.fields import part, text
from flights.records import SlotState

STATES = [(state.value, state.value) for state in SlotState]


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


class Reconstruction(EmbeddedModel):
    method = text()
    told = text()
    at = models.DateTimeField(null=True)
    instead_of = text()
    unplaced = models.IntegerField(null=True)
    without_arrival = models.IntegerField(null=True)
    diverted = models.IntegerField(null=True)
    caveats = ArrayField(models.TextField())

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
    reconstruction = part(Reconstruction)
    opened_at = models.DateTimeField(null=True)
    collected_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    revision = models.IntegerField(null=True)
    changed_at = models.DateTimeField(null=True)
    observations_removed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = store.SLOTS
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.pk)
