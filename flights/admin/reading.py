"""Pages to read only: bounded lists, sections of tables under a detail page, a plain word when MongoDB is down."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.db import DatabaseError, models
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from flights.errors import StoreUnavailable

PER_PAGE = 50
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a detail page; `note` stands over it."""

    title: str
    headers: Iterable[str] = ()
    rows: Iterable[Iterable[Any]] = field(default_factory=list)
    note: str = ""

    @property
    def table(self) -> dict[str, Any]:
        return {"headers": list(self.headers), "rows": [list(row) for row in self.rows]}


class ReadOnlyAdmin(ModelAdmin):
    """Browse, never change."""

    actions: tuple[str, ...] | None = None
    list_per_page = PER_PAGE
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each facet is a count
    list_filter_submit = True
    list_fullwidth = True
    sortable_by = ()
    change_form_after_template = "flights/admin/sections.html"

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def sections_of(self, obj: Any) -> list[Section]:
        """What the detail page shows under the fields."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["sections"] = self.sections_of(kwargs["obj"])
        rendered: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return rendered


class DocumentAdmin(ReadOnlyAdmin):
    """Documents: newest id first, never counted."""

    ordering: ClassVar = ["-id"]
    paginator = InfinitePaginator
    list_before_template = "flights/admin/bounds.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._told(request, lambda: super(DocumentAdmin, self).changelist_view(request, extra_context))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._told(request, lambda: super(DocumentAdmin, self).changeform_view(request, *args, **kwargs))

    def _told(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """The page, or a page that says that MongoDB does not answer; lists are read while they are rendered."""
        try:
            response = view()
            if isinstance(response, SimpleTemplateResponse):
                response.render()
        except (DatabaseError, StoreUnavailable) as error:
            cause = type(error.__cause__ or error).__name__
            context = {**self.admin_site.each_context(request), "title": "No answer", "cause": cause}
            return TemplateResponse(request, "flights/admin/store_down.html", context, status=503)
        return response


def lines(*texts: Any) -> SafeString:
    """Texts one under the other, none broken."""
    broken = format_html_join(SafeString("<br>"), "{}", ((text,) for text in texts))
    return format_html('<span class="whitespace-nowrap">{}</span>', broken)


def utc(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}Z" if instant else NOTHING


def shown(value: Any) -> Any:
    """A value in a cell: instants as UTC, nothing as a dash."""
    if isinstance(value, datetime):
        return utc(value)
    return NOTHING if value is None or value in ("", []) else value


def fields_of(part: models.Model | None) -> list[tuple[str, Any]]:
    """Name and value of each plain field of a nested part."""
    if part is None:
        return []
    plain = [f for f in part._meta.fields if not f.primary_key]  # noqa: SLF001 - _meta is public
    return [(str(f.verbose_name), shown(getattr(part, f.name))) for f in plain]
