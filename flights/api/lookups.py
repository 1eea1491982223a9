"""One flight or slot by the words of an address: malformed is 400, unknown is 404 and says where to look."""

import difflib
from datetime import date, datetime

from django.urls import reverse

from flights import as_known, queries, slots
from flights.api import filters, flight_filters
from flights.api.parameters import read_one
from flights.api.problems import ApiError
from flights.documents import Document
from flights.indicators.answers import Indicator
from flights.indicators.registry import REGISTRY

_PUT_BACK = "The operator may have them in an archive and can put them back."


def known_flight(text: str, as_of: datetime | None, now: datetime) -> Document:
    """The flight's latest state, or what was known of it at an instant."""
    key: str = read_one(filters.FLIGHT_ID, text)
    if as_of is None:
        found = queries.find_flight(key)
    else:
        flight_filters.check_past("as_of", as_of, now)
        check_known_then(day_of(key), as_of)
        found = as_known.flight_at(key, as_of)
    if found is None:
        raise _unknown_flight(key, as_of)
    return found


def day_of(flight_id: str) -> tuple[date, date]:
    """The local departure date that the id begins with, as the dates of a question; no flight departs on a 31 June."""
    try:
        day = date.fromisoformat(flight_id[:10])
    except ValueError as error:
        raise _unknown_flight(flight_id, None) from error
    return day, day


def check_known_then(days: tuple[date, date], as_of: datetime) -> None:
    """Raises a 410 where observations that flights of these dates were known by at the instant were removed."""
    gone = [each for each in queries.slots_without_observations(days) if (each.get("collected_at") or as_of) <= as_of]
    if gone:
        last = max(each["observations_removed_at"] for each in gone)
        more = f" and of {len(gone) - 1} more slots" if len(gone) > 1 else ""
        told = f"What was known then can't be told: observations of slot {gone[0]['_id']}{more} were removed"
        raise ApiError(410, f"{told} (last on {last:%Y-%m-%d}).", f"{_PUT_BACK} Without as_of: the latest state.")


def check_observations(slot: Document) -> None:
    """Raises a 410 for a slot whose observations were removed: an empty list would say that it saw nothing."""
    if (gone := slot.get("observations_removed_at")) is not None:
        day, hour = slots.parse_slot(slot["_id"])
        kept = reverse("slot-day", args=[day]) if hour is None else reverse("slot", args=[day, f"{hour:02}"])
        hint = f"{_PUT_BACK} Its record ({kept}), its answers ({kept}/indicators) and flights' latest states are kept."
        raise ApiError(410, f"The observations of slot {slot['_id']} were removed on {gone:%Y-%m-%d}.", hint)


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
