"""The admin's page about storage: what is kept, how much of it, for how long."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from flights import collections, store
from flights.admin.reading import Section
from flights.errors import StoreUnavailable
from streaming import topics
from streaming.errors import BrokerUnavailable

UNKNOWN = "unknown"
FOR_EVER = "for ever"


@require_safe
@permission_required("flights.view_slot", raise_exception=True)
def storage(request: HttpRequest) -> HttpResponse:
    """Documents, bytes and age setting of each collection; messages and age setting of each topic."""
    sections = [_collections(), _topics()]
    context = {**admin.site.each_context(request), "title": "Storage", "sections": sections}
    return TemplateResponse(request, "flightsite/storage.html", context)


def _collections() -> Section:
    kept = {store.PAGES: _days(settings.RETENTION_PAGES_DAYS, "after receiving")}
    kept[store.OBSERVATIONS] = _days(settings.RETENTION_OBSERVATIONS_DAYS, "after closing, once archived")
    kept |= {name: _days(days, f"after `{date}`") for name, date, days in collections.EXPIRIES}
    headers = ("collection", "documents", "MB as documents", "kept")
    rows = [(name, *_told(_size_of, name), kept.get(name, FOR_EVER)) for name in collections.INDEXES]
    return Section(
        "MongoDB", headers, rows, "Sizes are the server's own count, without indexes and before compression."
    )


def _topics() -> Section:
    names = (settings.KAFKA_OBSERVED_TOPIC, settings.KAFKA_DEAD_LETTER_TOPIC)
    rows = [(name, *_told(_messages_of, name)) for name in names]
    return Section(
        "Kafka", ("topic", "messages kept", "kept"), rows, "`manage.py prepare` makes topics keep what is set."
    )


def _told(ask: Callable[[str], tuple[str, str]], name: str) -> tuple[str, str]:
    try:
        return ask(name)
    except (StoreUnavailable, BrokerUnavailable) as down:
        return UNKNOWN, str(down)


def _size_of(name: str) -> tuple[str, str]:
    documents, size = store.size_of(name)
    return f"{documents:,}", f"{size / 1e6:,.1f}"


def _messages_of(topic: str) -> tuple[str, str]:
    return f"{topics.messages_kept(topic):,}", f"{topics.days_told(topic):g} days"


def _days(days: int, since: str) -> Any:
    return f"{days} days {since}" if days else FOR_EVER
