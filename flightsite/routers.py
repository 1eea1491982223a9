"""Which of the two databases a model lives in."""

from typing import Any

from django.db.models import Model

DOCUMENT_APPS = {"flights", "streaming"}


class DocumentRouter:
    """Models of `flights` and `streaming` are documents in MongoDB, which takes no migrations; all else is SQL."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        return "mongodb" if model._meta.app_label in DOCUMENT_APPS else "default"  # noqa: SLF001 - _meta is public

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool:
        return self.db_for_read(type(one)) == self.db_for_read(type(other))

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == "default" and app_label not in DOCUMENT_APPS
