"""One flight or slot by the words of an address: malformed is 400, unknown is 404 and says where to look."""

import difflib
from datetime import datetime

from django.urls import reverse

from flights import as_known, queries, slots
from flights.api import filters, flight_filters
from flights.api.parameters import read_one
from flights.api.problems import ApiError
from flights.documents import Document
from flights.indicators.answers import Indicator
from flights.indicators.registry import REGISTRY


def known_flight(text: str, as_of: datetime | None, now: datetime) -> Document:
    """The flight's latest state, or what was known of it at an instant."""
    key: str = read_one(filters.FLIGHT_ID, text)
    if as_of is None:
        found = queries.find_flight(key)
    else:
        flight_filters.check_past("as_of", as_of, now)
        found = as_known.flight_at(key, as_of)
    if found is None:
        raise _unknown_flight(key, as_of)
    return found


def known_flight_id(text: str, as_of: datetime | None, now: datetime) -> str:
    return str(known_flight(text, as_of, now)["_id"])


def _unknown_flight(key: str, as_of: datetime | None) -> ApiError:
    since = as_known.known_since(key) if as_of else None
    if since:
        return ApiError(
            404, f"Nothing was known of flight {key} then.", f"It is known since {since:%Y-%m-%dT%H:%M:%SZ}."
        )
    number, day = key.rsplit("-", 1)[1], key[:10]
    hint = f"Look for it: {reverse('flights')}?flight_number={number}&flight_date={day}"
    return ApiError(404, f"No flight {key} is known.", hint)


def known_indicator(text: str) -> Indicator:
    key: str = read_one(filters.INDICATOR, text)
    if found := REGISTRY.get(key):
        return found
    near = difflib.get_close_matches(key.lower(), REGISTRY, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise ApiError(404, f"There is no indicator {key}.", f"{hint}All are listed at {reverse('indicators')}.")


def slot_key(date_text: str, hour_text: str | None = None) -> str:
    """The slot's id from date and hour, or the id of a day fetched afterwards."""
    day = read_one(filters.DATE, date_text)
    if hour_text is None:
        return slots.day_key(day)
    hour = read_one(filters.HOUR, hour_text)
    return f"{day}T{hour:02}Z"


def known_slot(key: str) -> Document:
    found = queries.find_slot(key)
    if found is None:
        day, _ = slots.parse_slot(key)
        hint = f"That day's slots: {reverse('slots')}?from={day}&to={day}"
        raise ApiError(404, f"No slot {key} was ever planned or fetched.", hint)
    return found
