"""Pauses of the schedule in SQL: who paused it, why, since when and until when, and who resumed it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q


class SchedulePauseQuerySet(models.QuerySet["SchedulePause"]):
    def in_force_at(self, instant: datetime) -> SchedulePauseQuerySet:
        """Those that kept the schedule from opening runs at this instant."""
        not_resumed = Q(resumed_at=None) | Q(resumed_at__gt=instant)
        not_over = Q(until=None) | Q(until__gt=instant)
        return self.filter(not_resumed, not_over, since__lte=instant)


class SchedulePause(models.Model):
    """One pause of the schedule; kept for good."""

    by = models.CharField(max_length=150, help_text="who paused it")
    why = models.TextField()
    since = models.DateTimeField(help_text="UTC", db_index=True)
    until = models.DateTimeField(null=True, blank=True, help_text="UTC; none: until somebody resumes it")
    resumed_at = models.DateTimeField(null=True, blank=True, help_text="UTC; none: it was not ended before its time")
    resumed_by = models.CharField(max_length=150, blank=True)
    resumed_why = models.TextField(blank=True)

    objects = SchedulePauseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-since"]

    def __str__(self) -> str:
        return f"pause of the schedule from {self.since:%Y-%m-%d %H:%M} UTC"
