"""API keys in SQL: hashed as the library does it, with scopes, limits and when they were last used."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from rest_framework_api_key.models import AbstractAPIKey, APIKeyManager

from flights.keys.records import Caller, Limits, Scope

REQUESTS_A_MINUTE = 600
ROWS_A_DAY = 1_000_000
MOST_REQUESTS = 60_000
MOST_ROWS = 1_000_000_000


def limit(default: int, most: int, help_text: str) -> models.PositiveIntegerField[int, int]:
    validators = [MinValueValidator(1), MaxValueValidator(most)]
    return models.PositiveIntegerField(default=default, validators=validators, help_text=help_text)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def not_used_since(self, instant: datetime) -> ApiKeyQuerySet:
        return self.filter(Q(last_used=None) | Q(last_used__lt=instant))


class ApiKeyManager(APIKeyManager.from_queryset(ApiKeyQuerySet)):  # type: ignore[misc]
    pass


class ApiKey(AbstractAPIKey):
    """Whoever shows it may do what its scopes say, within its limits."""

    may_read = models.BooleanField("scope read", default=True, help_text="flights, slots, indicators, files")
    may_operate = models.BooleanField("scope ops", default=False, help_text="runs, quota, backfills; starts them too")
    requests_a_minute = limit(REQUESTS_A_MINUTE, MOST_REQUESTS, "in any 60 seconds")
    rows_a_day = limit(ROWS_A_DAY, MOST_ROWS, "in a UTC day, pages and files together")
    note = models.TextField(blank=True, help_text="whom it is for, and what for")
    last_used = models.DateTimeField(null=True, blank=True, editable=False, help_text="UTC, to the minute")

    objects: ClassVar[ApiKeyManager] = ApiKeyManager()

    class Meta:
        ordering: ClassVar = ["-created"]
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    @property
    def scopes(self) -> frozenset[Scope]:
        held = {Scope.READ: self.may_read, Scope.OPS: self.may_operate}
        return frozenset(scope for scope, is_held in held.items() if is_held)

    @property
    def state(self) -> str:
        if self.revoked:
            return "revoked"
        return "expired" if self.has_expired else "valid"

    @property
    def caller(self) -> Caller:
        return Caller(
            prefix=self.prefix,
            name=self.name,
            scopes=self.scopes,
            limits=Limits(self.requests_a_minute, self.rows_a_day),
            expires=self.expiry_date,
        )
