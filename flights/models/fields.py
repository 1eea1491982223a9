"""The kinds of field that documents are read by."""

from __future__ import annotations

from django.db import models
from django_mongodb_backend.fields import ArrayField, EmbeddedModelField
from django_mongodb_backend.models import EmbeddedModel


def text() -> models.CharField[str | None, str | None]:
    return models.CharField(max_length=200, null=True)


def part(model: type[EmbeddedModel]) -> EmbeddedModelField:
    return EmbeddedModelField(model, null=True)


def codes() -> ArrayField:
    return ArrayField(models.CharField(max_length=12))
