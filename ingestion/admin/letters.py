"""Dead letters: what could not be used, why, and three things to do: ask what a redrive would do, redrive, discard.

Stands in `ingestion`, though the letters belong to `streaming`: rows are redriven from the archive.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

import streaming.services
from flights import store
from flights.admin.reading import NOTHING, DocumentAdmin, Section, lines, utc
from flights.admin.tables import link
from flights.errors import StoreUnavailable
from flights.times import utc_now
from ingestion import archive, redrive
from ingestion.admin import audit
from ingestion.errors import IngestionError
from ingestion.models import Run
from ingestion.redrive import Outcome
from ingestion.verdicts import Fate
from streaming import dead_letters
from streaming.errors import StreamingError
from streaming.letters import Document, LetterState, headers_of
from streaming.models import DeadLetter

MAY_REDRIVE = ("redrive",)  # has_redrive_permission
LETTERS_A_PAGE = 200
PAGES_SHOWN = 50
COLOURS = {"open": "warning", "redriven": "success", "discarded": "info"}
FATES = {Fate.ACCEPTED: "would become", Fate.REFUSED: "still refused", Fate.STUCK: "can't be redriven"}
Failure = (StoreUnavailable, IngestionError, StreamingError)
Letters = QuerySet[DeadLetter]


class StateFilter(DropdownFilter):
    """Open letters when nothing is chosen. Bounds every list: open ones are few, closed ones end after 90 days."""

    title = "state"
    parameter_name = "state"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "open"), *((state.value, state.value) for state in LetterState if state != LetterState.OPEN)]

    def queryset(self, request: HttpRequest, queryset: Letters) -> Letters:
        if request.GET.get("q", "").strip():
            return queryset  # the search is the bound
        return queryset.filter(state=self.value() or LetterState.OPEN.value)


class ReasonFilter(DropdownFilter):
    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(reason, f"{reason} ({count} open)") for reason, count in dead_letters.open_by_reason().items()]

    def queryset(self, request: HttpRequest, queryset: Letters) -> Letters:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(DeadLetter)
class DeadLetterAdmin(DocumentAdmin):
    list_display = ("why", "text", "count", "standing", "size", "told_by", "source", "last")
    list_filter = (StateFilter, ReasonFilter)
    list_per_page = LETTERS_A_PAGE
    list_disable_select_all = True
    search_fields = ("id",)
    search_help_text = "The beginning of a letter's id, in any state"
    ordering: ClassVar = ["-last_seen"]
    actions = ("say", "redrive", "discard")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("why", "count"),
                    "text",
                    ("kind", "version"),
                    ("source", "slot_link"),
                    ("first", "last"),
                    ("standing", "closing"),
                    "size",
                    "as_received",
                )
            },
        ),
    )

    def has_redrive_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("streaming.change_deadletter")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip().lower()
        return (queryset.filter(pk__gte=text, pk__lt=text + "\x7f") if text else queryset), False

    def sections_of(self, obj: DeadLetter) -> list[Section]:
        letter = store.find_one(store.DEAD_LETTERS, obj.pk) or {}
        headers = [(name, _shown(value)) for name, value in headers_of(letter)] if letter.get("headers") else []
        return [
            *_pages(obj),
            *([Section("Headers", ("header", "value"), headers)] if headers else []),
            audit.done_to(obj),
        ]

    @action(description="Redrive: say what would happen", permissions=MAY_REDRIVE)
    def say(self, request: HttpRequest, queryset: Letters) -> HttpResponse | None:
        outcomes = _tried(request, queryset, dry_run=True)
        if outcomes is None:
            return None
        rows = [(each.letter, each.reason, f"{FATES[each.fate]}: {each.text}") for each in outcomes]
        return self._asked(request, "ingestion/admin/redrive.html", "What a redrive would do", rows)

    @action(description="Redrive", permissions=MAY_REDRIVE)
    def redrive(self, request: HttpRequest, queryset: Letters) -> None:
        outcomes = _tried(request, queryset, dry_run=False) or []
        _log(request, ((each.letter, f"Redrive: {each.fate}: {each.text}") for each in outcomes))
        for fate, count in Counter(each.fate for each in outcomes).items():
            first = next(each for each in outcomes if each.fate == fate)
            level = messages.SUCCESS if fate == Fate.ACCEPTED else messages.WARNING
            messages.add_message(request, level, f"{count} {fate}, such as {first.reason}: {first.text}")

    @action(description="Discard…", permissions=MAY_REDRIVE)
    def discard(self, request: HttpRequest, queryset: Letters) -> HttpResponse | None:
        letters = _chosen(request, queryset)
        why = request.POST.get("why", "").strip()[: audit.LONGEST_REASON]
        if letters is None:
            return None
        if not why:
            rows = [(each["_id"], each["reason"], each["text"]) for each in letters]
            return self._asked(request, "ingestion/admin/discard.html", "Discard dead letters", rows)
        done = streaming.services.discard_letters(letters, _who(request), why, utc_now())
        _log(request, ((key, f"Discarded: {why}") for key in done))
        messages.success(request, f"{len(done)} of {len(letters)} letters discarded.")
        return None

    def _asked(self, request: HttpRequest, template: str, title: str, rows: Sequence[Sequence[str]]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "outcomes": Section(title, ("letter", "reason", ""), rows),
            "letters": [row[0] for row in rows],
            "checkbox": ACTION_CHECKBOX_NAME,
            "was_sent": "why" in request.POST,
        }
        return TemplateResponse(request, template, context)

    @display(description="Reason", label="warning")
    def why(self, obj: DeadLetter) -> str:
        return obj.reason

    @display(description="State", label=COLOURS)
    def standing(self, obj: DeadLetter) -> str:
        return obj.state

    @display(description="Closed")
    def closing(self, obj: DeadLetter) -> str:
        return f"{utc(obj.closed_at)} by {obj.closed_by}: {obj.closed_why}" if obj.closed_at else NOTHING

    @display(description="First seen")
    def first(self, obj: DeadLetter) -> str:
        return utc(obj.first_seen)

    @display(description="Last seen")
    def last(self, obj: DeadLetter) -> SafeString:
        return lines(utc(obj.last_seen))

    @display(description="Slot")
    def told_by(self, obj: DeadLetter) -> SafeString:
        return lines(obj.slot or NOTHING)

    @display(description="Slot")
    def slot_link(self, obj: DeadLetter) -> SafeString | str:
        return link("flights_slot", obj.slot, obj.slot) if obj.slot else NOTHING

    @display(description="Payload, as received")
    def as_received(self, obj: DeadLetter) -> SafeString:
        return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', obj.payload)


def _who(request: HttpRequest) -> str:
    return f"admin: {request.user.get_username()}"


def _chosen(request: HttpRequest, queryset: Letters) -> list[Document] | None:
    """The letters that were ticked and are open; None, with a message, when MongoDB does not answer."""
    ids = [str(key) for key in queryset.values_list("pk", flat=True)[:LETTERS_A_PAGE]]
    try:
        letters = dead_letters.letters_with_ids(ids)
    except StoreUnavailable as error:
        messages.error(request, str(error))
        return None
    return [letter for letter in letters if letter["state"] == LetterState.OPEN]


def _tried(request: HttpRequest, queryset: Letters, *, dry_run: bool) -> list[Outcome] | None:
    letters = _chosen(request, queryset)
    if letters is None:
        return None
    try:
        return redrive.redrive(letters, _who(request), dry_run=dry_run)
    except Failure as error:
        messages.error(request, f"{error}. What was not closed can be redriven again.")
        return None


def _log(request: HttpRequest, done: Iterable[tuple[str, str]]) -> None:
    """Kept for good, when the letter itself is long gone."""
    audit.note(request, ((DeadLetter(pk=key), told) for key, told in done))


def _pages(obj: DeadLetter) -> list[Section]:
    """The pages that hold the row, each with its run."""
    pages = archive.pages_with([str(obj.pk)])[:PAGES_SHOWN] if obj.kind == "row" else []
    rows = [(_run_of(page.run), page.page, page.transform, utc(page.published_at)) for page in pages]
    return [Section("Pages", ("run", "page", "transform", "published"), rows)] if rows else []


def _run_of(key: str) -> SafeString | str:
    run = Run.objects.with_key(key)
    return link("ingestion_run", run.pk, key) if run else key


def _shown(value: str | bytes | None) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value or NOTHING
