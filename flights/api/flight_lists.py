"""Lists of flights: of a slot, of dates, as known at an instant, and changed since another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from flights import as_known, changes, counting, queries
from flights.api import answers, conditional, envelopes, filters, flight_filters, instants, lookups, pagination
from flights.api.envelope_shapes import Days
from flights.api.fields import projection
from flights.api.problems import ApiError, BadParameters, Fault
from flights.api.resolving import Selection, selection
from flights.documents import Document
from flights.times import utc_now

Window = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about flights: its values, what they select, and when it is asked."""

    request: Request
    values: dict[str, Any]
    selected: Selection
    now: datetime

    @property
    def wanted(self) -> queries.Wanted:
        conditions = dict(self.selected.conditions)
        if instant := self.as_of:
            conditions["collected_at"] = {"$lte": instant}
        return queries.Wanted(conditions, projection(self.fields) if self.fields else queries.PUBLIC)

    @property
    def fields(self) -> Sequence[str]:
        names: Sequence[str] = self.values.get("fields", ())
        return names

    @property
    def as_of(self) -> datetime | None:
        return self.values.get("as_of")

    def meta(self, newest: Document | None) -> dict[str, Any]:
        told = {"as_of": self.as_of} if self.as_of else {}
        return {**answers.as_of_slot(newest, self.now), **envelopes.told_of(self.selected), **told}


def flights(request: Request, values: dict[str, Any]) -> HttpResponseBase:
    """The list that the values ask for; raises BadParameters for those that do not go together."""
    now = utc_now()
    days = filters.flight_days(values)
    flight_filters.check_together(values, days, now)
    asked = Asked(request, values, selection(values, now), now)
    if "slot" in values:
        return _of_slot(asked, values["slot"])
    if "changed_since" in values:
        return _changed(asked, days)
    if days and "as_of" in values:
        return _as_known(asked, days, values["as_of"])
    return _of_days(asked, days)


def flights_of_slot(request: Request, key: str, values: dict[str, Any]) -> HttpResponseBase:
    """What a slot said about each flight."""
    now = utc_now()
    flight_filters.check_together({**values, "slot": key}, None, now)
    return _of_slot(Asked(request, values, selection(values, now), now), key)


def history(request: Request, flight_id: str, values: dict[str, Any]) -> Response:
    """What each slot said about one flight, oldest slot first; as of an instant: what had been collected by then."""
    asked = Asked(request, values, Selection(), utc_now())
    cursor = pagination.cursor_of(request, values)
    key = lookups.known_flight_id(flight_id, asked.as_of, asked.now)
    read = partial(queries.history_of, key, asked.wanted)
    if asked.as_of:
        read = partial(as_known.history_at, asked.as_of, key, asked.wanted.fields)
    page = pagination.read_page(request, values, cursor, read)
    meta = asked.meta(queries.newest_closed_slot(asked.now.date(), asked.as_of))
    window = queries.days_of_observations(page.rows)
    meta |= envelopes.gaps_of_days(window) if window else {}
    return answers.flight_list(page, asked.fields, meta | envelopes.removed_around(lookups.day_of(key)))


def _of_slot(asked: Asked, key: str) -> HttpResponseBase:
    values = asked.values
    cursor = pagination.cursor_of(asked.request, values)
    slot = lookups.known_slot(key)
    _check_collected(slot, asked.as_of)
    lookups.check_observations(slot)
    etag = conditional.closed_slot_etag(slot, {**values, "reference": asked.selected.version})
    if etag and conditional.is_known(asked.request, etag):
        return conditional.known_already(etag)
    page = pagination.read_page(asked.request, values, cursor, partial(queries.flights_of_slot, key, asked.wanted))
    meta = asked.meta(queries.newest_closed_slot(asked.now.date(), asked.as_of))
    meta |= envelopes.of_slot(slot, asked.now)
    if not page.rows and not cursor.position:
        meta |= envelopes.empty(asked.selected, f"slot {key}", lambda: bool(queries.flights_of_slot(key, _ANY, "", 1)))
    if "count" in values:
        exactly = values["count"] == flight_filters.EXACT
        conditions = asked.selected.conditions
        total = counting.count_slot(key, conditions) if exactly else counting.estimate_slot(slot, conditions)
        meta |= envelopes.of_total(total)
    return conditional.tagged(answers.flight_list(page, asked.fields, meta), etag)


def _of_days(asked: Asked, given: Window | None) -> Response:
    newest = queries.newest_closed_slot(asked.now.date())
    cursor = pagination.cursor_of(asked.request, asked.values)
    days = given or cursor.days or queries.default_days(newest, asked.now.date())
    cursor = pagination.keeping(cursor, None if given else days)
    page = pagination.read_page(
        asked.request, asked.values, cursor, partial(queries.flights_of_days, days, asked.wanted)
    )
    meta = {**asked.meta(newest), **_of_window(days)}
    if not page.rows and not cursor.position:
        meta |= envelopes.empty(asked.selected, _dates(days), lambda: bool(queries.ids_of_days(days, "", 1)))
    if "count" in asked.values:
        count = counting.count_days if asked.values["count"] == flight_filters.EXACT else counting.estimate_days
        meta |= envelopes.of_total(count(days, asked.selected.conditions))
    return answers.flight_list(page, asked.fields, meta)


def _as_known(asked: Asked, days: Window, instant: datetime) -> Response:
    lookups.check_known_then(days, instant)
    cursor = pagination.cursor_of(asked.request, asked.values)
    limit: int = asked.values.get("limit", filters.DEFAULT_LIMIT)
    looked = as_known.flights_of_days_at(instant, days, asked.selected.conditions, cursor.position, limit)
    page = pagination.page_up_to(asked.request, cursor, looked.rows, limit, looked.last)
    meta = {**asked.meta(queries.newest_closed_slot(asked.now.date(), instant)), **_of_window(days)}
    if not page.rows and not cursor.position and looked.last is None:
        meta |= envelopes.empty(
            asked.selected,
            f"{_dates(days)} as known at {instant:%Y-%m-%dT%H:%M:%SZ}",
            lambda: bool(as_known.flights_of_days_at(instant, days, {}, "", 1).rows),
        )
    return answers.flight_list(page, asked.fields, meta)


def _changed(asked: Asked, days: Window | None) -> Response:
    position: changes.Position = asked.values["changed_since"]
    if position.at < (oldest := changes.kept_since()):
        hint = (
            f"Changes are kept since {oldest:%Y-%m-%dT%H:%M:%SZ}: read the dates that you need, then go on from there."
        )
        raise BadParameters(Fault(parameter="changed_since", detail="lies too far back", hint=hint))
    limit: int = asked.values.get("limit", filters.DEFAULT_LIMIT)
    conditions = dict(asked.selected.conditions)
    if days:
        conditions["flight_date"] = {"$gte": str(days[0]), "$lte": str(days[1])}
    found = changes.changes_since(position, conditions, asked.wanted.fields, limit)
    text = instants.cursor_text(found.position)
    page = pagination.page_of_changes(asked.request, found.rows, limit, text if found.more else None)
    meta = {**asked.meta(queries.newest_closed_slot(asked.now.date())), "changes_cursor": text}
    if not found.rows and not found.more:
        meta |= envelopes.unchanged()
    if days:
        meta |= _of_window(days)
    return answers.flight_list(page, asked.fields, meta)


_ANY = queries.Wanted(fields={"_id": 1})


def _of_window(days: Window) -> dict[str, Any]:
    return {"window": Days(first=days[0], last=days[1]), **envelopes.gaps_of_days(days)}


def _dates(days: Window) -> str:
    return f"{days[0]}" if days[0] == days[1] else f"{days[0]} to {days[1]}"


def _check_collected(slot: Document, instant: datetime | None) -> None:
    collected: datetime | None = slot.get("collected_at")
    if instant and collected and collected > instant:
        hint = f"It is known since {collected:%Y-%m-%dT%H:%M:%SZ}."
        raise ApiError(404, f"Nothing was known of slot {slot['_id']} then.", hint)
