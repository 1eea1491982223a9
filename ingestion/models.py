"""The run ledger and the quota ledger, in SQL: what was tried, when, at what cost, and how it ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, Greatest

from ingestion.jobs import GOING, Backfill
from ingestion.paging import Query
from ingestion.pauses import SchedulePause as SchedulePause
from ingestion.plan import Purpose


class Step(models.TextChoices):
    EXTRACTION = "extraction"
    TRANSFORMATION = "transformation"
    SAVE_DATA = "save_data"


class RunState(models.TextChoices):
    OPEN = "open"
    PUBLISHED = "published"
    STOPPED = "stopped"  # as planned: the allowance was used up before the first page
    FAILED = "failed"


ENDED_WITHOUT_SLOT = (RunState.STOPPED, RunState.FAILED)


class RunQuerySet(models.QuerySet["Run"]):
    def open(self) -> RunQuerySet:
        return self.filter(state=RunState.OPEN)

    def to_work_on(self) -> RunQuerySet:
        """Open, and not of a backfill that rests: such a run fetches nothing more; what it has is still published."""
        return self.open().filter(Q(job=None) | Q(job__state__in=GOING) | ~Q(step=Step.EXTRACTION))

    def of_slots(self) -> RunQuerySet:
        """Those that collected a slot, or tried to."""
        return self.filter(backfill=False, reconstructs__isnull=True)

    def of_days(self) -> RunQuerySet:
        return self.filter(backfill=True)

    def pages_to_ask_for(self) -> int:
        """Pages that open runs have planned and not asked for yet."""
        fetching = self.open().filter(step=Step.EXTRACTION)
        asked = fetching.annotate(asked=Count("requests__page", distinct=True)).values_list("pages_planned", "asked")
        return sum(max(0, planned - pages) for planned, pages in asked)

    def published(self) -> RunQuerySet:
        return self.filter(state=RunState.PUBLISHED)

    def with_key(self, key: str) -> Run | None:
        """The run of this name outside SQL; None when the ledger has none."""
        slot, _, number = key.rpartition(".")
        return self.filter(slot=slot, pk=int(number)).first() if number.isdecimal() else None

    def claim(self, run: int, by: str, now: datetime, lease: timedelta) -> bool:
        """Take the run for a while if nobody else has it; one UPDATE, so only one can win."""
        free = Q(claimed_until=None) | Q(claimed_until__lt=now) | Q(claimed_by=by)
        changed = self.filter(free, pk=run).update(claimed_by=by, claimed_until=now + lease)
        return changed == 1

    def release(self, run: int, by: str) -> None:
        self.filter(pk=run, claimed_by=by).update(claimed_by="", claimed_until=None)


class Run(models.Model):
    """One collection: of a slot (`2026-11-24T04Z`) or of a past day (`2026-11-20`). Unique, so never double."""

    slot = models.CharField(max_length=16, unique=True)
    backfill = models.BooleanField(default=False)
    job = models.ForeignKey(
        Backfill,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
        help_text="the backfill, if any",
    )
    trigger = models.CharField(max_length=20, help_text="who asked: schedule, command, admin, demo")
    state = models.CharField(max_length=12, choices=RunState, default=RunState.OPEN, db_index=True)
    step = models.CharField(max_length=16, choices=Step, default=Step.EXTRACTION)
    pages_planned = models.PositiveIntegerField(default=0)
    queries = models.JSONField(default=list, help_text="the queries asked, in order")
    shares = models.JSONField(default=list, help_text="the share of the pages of each query")
    starts = models.JSONField(default=list, help_text="where each query's sample starts; null: first pages")
    shortfall = models.TextField(blank=True, help_text="why the slot is not whole; empty when it is")
    revision = models.PositiveIntegerField(default=0, help_text="how often its pages were published anew")
    replays = models.PositiveIntegerField(default=0, help_text="how often its pages were read anew, all of them")
    reconstructs = models.JSONField(
        null=True, blank=True, help_text="of a reconstructed slot: the runs of the days it is made of, with revision"
    )
    instead_of = models.TextField(blank=True, help_text="what became of the collection that it stands in for")
    error = models.TextField(blank=True, help_text="the last error, without secrets")
    resumes_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=80, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(help_text="UTC; the same through all tries")
    opened_at = models.DateTimeField(help_text="UTC; tries are counted from here")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-slot"]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.slot}"

    @property
    def plan(self) -> list[Query]:
        """What is asked for. Runs of earlier versions have one query that is read from its first page on."""
        shares, starts = (
            told or [default] * len(self.queries) for told, default in ((self.shares, 1.0), (self.starts, None))
        )
        return [Query(*each) for each in zip(self.queries, shares, starts, strict=True)]

    @property
    def key(self) -> str:
        """The run's name outside SQL: in pages, events and documents."""
        return f"{self.slot}.{self.pk}"


class StepAttempt(models.Model):
    """One try of one step."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    step = models.CharField(max_length=16, choices=Step)
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, default="running")
    error_class = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["run", "started_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "step", "number"], name="one_try_of_a_number")]

    def __str__(self) -> str:
        return f"{self.step} {self.number} of run {self.run_id}"


class Order(models.Model):
    """Work that was asked for through the API: by which key, why, and what was answered. Kept for good.

    Unique by key and idempotency key, so that a repetition finds the answer instead of doing the work again.
    """

    what = models.CharField(max_length=12, help_text="run, backfill, or pause, resume or cancel a backfill")
    reason = models.TextField()
    key_name = models.CharField(max_length=50, help_text="the API key that asked")
    key_prefix = models.CharField(max_length=8)
    token = models.CharField(max_length=128, help_text="the request's Idempotency-Key")
    asked = models.JSONField(default=dict, help_text="the request's body")
    started = models.JSONField(default=list, help_text="slot, run and what became of it")
    job = models.ForeignKey(
        Backfill,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="orders",
        help_text="the backfill, if any",
    )
    placed_at = models.DateTimeField(help_text="UTC")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["key_prefix", "token"], name="one_order_of_a_token")]

    def __str__(self) -> str:
        return f"{self.what} by {self.key_name}"


class QuotaPeriodQuerySet(models.QuerySet["QuotaPeriod"]):
    def hold(self, starts_at: datetime) -> None:
        """Count one more request of this month; until the transaction ends nobody else can, on SQLite or PostgreSQL."""
        month = self.filter(starts_at=starts_at)
        if not month.update(granted=F("granted") + 1):
            self.bulk_create([QuotaPeriod(starts_at=starts_at)], ignore_conflicts=True)
            month.update(granted=F("granted") + 1)

    def line_up(self, starts_at: datetime) -> None:
        """Be alone in this month, as `hold` is, and count nothing."""
        if not self.filter(starts_at=starts_at).update(granted=F("granted")):
            self.bulk_create([QuotaPeriod(starts_at=starts_at, granted=0)], ignore_conflicts=True)
            self.filter(starts_at=starts_at).update(granted=F("granted"))


class QuotaPeriod(models.Model):
    """One month of the allowance; its row is what those who want to spend a request line up at."""

    starts_at = models.DateTimeField(primary_key=True, help_text="UTC")
    granted = models.PositiveIntegerField(default=0, help_text="requests that the ledger let through")

    objects = QuotaPeriodQuerySet.as_manager()

    def __str__(self) -> str:
        return f"the month from {self.starts_at:%Y-%m-%d}"


class UpstreamRequestQuerySet(models.QuerySet["UpstreamRequest"]):
    def since(self, instant: datetime) -> UpstreamRequestQuerySet:
        return self.filter(sent_at__gte=instant)

    def before(self, instant: datetime | None) -> UpstreamRequestQuerySet:
        return self if instant is None else self.filter(sent_at__lt=instant)

    def charged(self) -> UpstreamRequestQuerySet:
        """Requests that cost some of the allowance: those that said so, or did not say."""
        return self.exclude(charged=0)

    def cost(self) -> int:
        """What they cost in all; one that did not say counts as one."""
        return int(self.aggregate(cost=Sum(_COST))["cost"] or 0)

    def costs(self) -> dict[str, tuple[int, int]]:
        """By purpose: what they cost in all, and what of it the upstream said itself."""
        told = Sum(_COST, filter=Q(charged__isnull=False))
        summed = self.order_by().values_list("purpose").annotate(cost=Sum(_COST), told=told)
        return {purpose: (int(cost), int(said or 0)) for purpose, cost, said in summed}

    def last_word(self) -> UpstreamRequest | None:
        """The latest request whose answer said what is left."""
        return self.exclude(quota_remaining=None).order_by("-sent_at", "-pk").first()

    def last_outcome(self) -> str | None:
        """How the latest request ended that was answered at all; None before the first."""
        return self.exclude(status=None).order_by("-sent_at", "-pk").values_list("outcome", flat=True).first()

    def not_in(self, word: UpstreamRequest, longest: timedelta) -> UpstreamRequestQuerySet:
        """Those that the word of this answer need not know of: under way when it was asked for, or asked later."""
        recent = self.filter(sent_at__gt=word.sent_at - longest).exclude(pk=word.pk)
        return recent.filter(Q(ended_at=None) | Q(ended_at__gt=word.sent_at))


_COST = Greatest(Coalesce(F("charged"), 1), 0, output_field=models.IntegerField())


class UpstreamRequest(models.Model):
    """One request sent to the upstream: the quota ledger."""

    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, null=True, blank=True, related_name="requests", help_text="none: reference data"
    )
    page = models.CharField(max_length=32, help_text="query and page, or reference endpoint and page")
    purpose = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Purpose])
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="answered, failed or given up; empty: under way, or its process was killed"
    )
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status")
    outcome = models.CharField(max_length=40, help_text="ok, or the class of the error")
    charged = models.SmallIntegerField(
        null=True, blank=True, help_text="x-increment-usage; empty when the upstream did not say"
    )
    quota_limit = models.IntegerField(null=True, blank=True)
    quota_remaining = models.IntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)

    objects = UpstreamRequestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-sent_at"]
        indexes: ClassVar = [models.Index(fields=["sent_at", "purpose", "charged"], name="spent_by_purpose")]

    def __str__(self) -> str:
        return f"{self.outcome} for page {self.page}"


class SchemaFinding(models.Model):
    """What the upstream sends that the code does not know, or no longer sends: noticed page by page, for review.

    `recent` remembers the last pages counted, so that a page which is transformed again is not counted again.
    """

    kind = models.CharField(max_length=20, help_text="unknown field, vanished field or new value")
    path = models.CharField(max_length=200, help_text="the field, such as departure.gate")
    value = models.CharField(max_length=200, blank=True, help_text="the value, where it is new")
    pages = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    first_page = models.CharField(max_length=80)
    last_page = models.CharField(max_length=80)
    first_seen = models.DateTimeField(help_text="UTC; when the first page was fetched")
    last_seen = models.DateTimeField(help_text="UTC; when the last page was fetched")
    recent = models.JSONField(default=list)
    reviewed_at = models.DateTimeField(null=True, blank=True, help_text="UTC")
    reviewed_by = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True, help_text="what is done about it; saving it marks the finding as reviewed")

    class Meta:
        ordering: ClassVar = ["-last_seen", "path"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "path", "value"], name="one_finding_of_a_kind_path_and_value")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.path}" + (f" = {self.value}" if self.value else "")
