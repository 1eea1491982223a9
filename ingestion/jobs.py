"""Backfill jobs in SQL: which past days are wanted, how they are fetched, what was decided about it and by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from ingestion.days import MAX_PAGES, Mode, Order


class JobState(models.TextChoices):
    RUNNING = "running"
    WAITING = "waiting"  # for room in the allowance, for a pause of its run, or for another job's run
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


GOING = (JobState.RUNNING, JobState.WAITING)
ENDED = (JobState.CANCELLED, JobState.DONE)


class BackfillQuerySet(models.QuerySet["Backfill"]):
    def going(self) -> BackfillQuerySet:
        return self.filter(state__in=GOING)


class Backfill(models.Model):
    """One backfill: a range of past days, each fetched by a run of its own."""

    first = models.DateField(help_text="first local departure date")
    last = models.DateField(help_text="last local departure date, included")
    query = models.JSONField(default=dict, blank=True, help_text="what is asked for beside the date; {}: all flights")
    max_pages = models.PositiveIntegerField(default=MAX_PAGES, help_text="requests a day at the most, 100 rows each")
    mode = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in Mode], default=Mode.MISSING.value
    )
    order = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in Order], default=Order.OLDEST.value
    )
    days_at_once = models.PositiveSmallIntegerField(default=1, help_text="its rate: days open at a time")
    share_percent = models.PositiveSmallIntegerField(
        default=100, help_text="how much it may take of what a month leaves for backfills"
    )
    state = models.CharField(max_length=12, choices=JobState, default=JobState.RUNNING, db_index=True)
    told = models.TextField(blank=True, help_text="why it does not go on; empty while it does")
    by = models.CharField(max_length=150, help_text="who asked")
    via = models.CharField(max_length=12, help_text="from where: admin, api, command, bench")
    reason = models.TextField(blank=True)
    history = models.JSONField(default=list, help_text="who did what to it, when and why; oldest first")
    created_at = models.DateTimeField(help_text="UTC")
    changed_at = models.DateTimeField(help_text="UTC")
    since = models.DateTimeField(help_text="UTC; started or resumed: what failed before is tried again")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="UTC; done or cancelled")

    objects = BackfillQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"backfill {self.pk} of {self.first} to {self.last}"

    @property
    def is_going(self) -> bool:
        return self.state in GOING

    def note(self, what: str, who: dict[str, str], now: datetime) -> None:
        """Add to the history; the caller saves it."""
        entry: dict[str, Any] = {"at": now.isoformat(timespec="seconds"), "what": what, **who}
        self.history = [*self.history, entry]
        self.changed_at = now
