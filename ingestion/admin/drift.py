"""Changes of the upstream's schema: a list to review, with a note on what is done about each."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from flights.admin.reading import NOTHING, ReadOnlyAdmin, lines, utc
from flights.times import utc_now
from ingestion.models import SchemaFinding

COLOURS = {"unknown field": "info", "vanished field": "warning", "new value": "info"}
REVIEW_COLOURS = {"to review": "warning", "reviewed": "success"}


class ReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "to review"), ("done", "reviewed")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() is None else queryset.filter(reviewed_at__isnull=self.value() == "open")


@admin.register(SchemaFinding)
class SchemaFindingAdmin(ReadOnlyAdmin):
    """Everything is told by the pipeline; only the note is a person's, and saving it is the review."""

    list_display = ("sort", "path", "shown_value", "pages", "rows", "first", "last", "standing")
    list_filter = ("kind", ReviewFilter)
    search_fields = ("path", "value")
    readonly_fields = (
        "sort",
        "path",
        "shown_value",
        "pages",
        "rows",
        "first",
        "last",
        "first_page",
        "last_page",
        "review",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("sort", "path", "shown_value"),
                    ("pages", "rows"),
                    ("first", "first_page"),
                    ("last", "last_page"),
                    "review",
                    "note",
                )
            },
        ),
    )
    ordering: ClassVar = ["-last_seen", "path"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("ingestion.change_schemafinding"))

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        if "note" in form.base_fields:
            form.base_fields["note"].required = True
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Only what a person may change: the pipeline may have counted meanwhile."""
        obj.reviewed_at, obj.reviewed_by = utc_now(), request.user.get_username()
        obj.save(update_fields=["note", "reviewed_at", "reviewed_by"])

    @display(description="Kind", label=COLOURS)
    def sort(self, obj: SchemaFinding) -> str:
        return obj.kind

    @display(description="Value")
    def shown_value(self, obj: SchemaFinding) -> str:
        return obj.value or NOTHING

    @display(description="First seen")
    def first(self, obj: SchemaFinding) -> SafeString:
        return lines(utc(obj.first_seen))

    @display(description="Last seen")
    def last(self, obj: SchemaFinding) -> SafeString:
        return lines(utc(obj.last_seen))

    @display(description="State", label=REVIEW_COLOURS)
    def standing(self, obj: SchemaFinding) -> str:
        return "reviewed" if obj.reviewed_at else "to review"

    @display(description="Reviewed")
    def review(self, obj: SchemaFinding) -> str:
        return f"{utc(obj.reviewed_at)} by {obj.reviewed_by}" if obj.reviewed_at else "not yet"
