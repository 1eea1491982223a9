"""A movement's nested parts as tables."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from flights.admin.reading import NOTHING, Section, fields_of, shown, utc
from flights.models import FlightEnd, Moment, Movement, Observation

TIMES = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")
PLACES = ("iata", "icao", "airport", "zone", "terminal", "gate", "baggage")


def link(page: str, key: Any, shown_as: Any) -> SafeString:
    """A link to a detail page of the admin."""
    url = reverse(f"admin:{page}_change", args=[key])
    return format_html('<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>', url, shown_as)


def local(moment: Moment | None) -> str:
    return (moment.local or NOTHING)[:16].replace("T", " ") if moment else NOTHING


def clock(moment: Moment | None) -> str:
    """`06:15 (05:15Z)`: the local clock and the instant, a question mark where it is not sure."""
    if moment is None:
        return NOTHING
    instant = f"{moment.utc:%H:%M}Z" if moment.utc else "no instant"
    sure = "" if moment.quality == "ok" else " ?"
    return f"{(moment.local or '')[11:16]} ({instant}){sure}"


def times(movement: Movement) -> Section:
    rows = [
        (f"{end} {name.replace('_', ' ')}", local(moment), utc(moment.utc), moment.quality)
        for end, flight_end in (("departure", movement.departure), ("arrival", movement.arrival))
        for name in TIMES
        if (moment := getattr(flight_end, name, None))
    ]
    return Section("Times", ("time", "local", "UTC", "quality"), rows)


def airports(movement: Movement) -> Section:
    ends: tuple[FlightEnd | None, FlightEnd | None] = (movement.departure, movement.arrival)
    rows = [(name, *(shown(getattr(end, name, None)) for end in ends)) for name in PLACES]
    return Section("Airports", ("", "departure", "arrival"), rows)


def flown_by(movement: Movement) -> Section:
    parts = (("operating", movement.operating), ("aircraft", movement.aircraft), ("live", movement.live))
    rows = [(kind, *pair) for kind, part in parts for pair in fields_of(part)]
    return Section("Operating carrier, aircraft, last position", ("part", "field", "value"), rows)


def history(flight_id: str, most: int = 100) -> Section:
    """What each slot said, newest first."""
    told = Observation.objects.filter(flight_id=flight_id).order_by("-id")[:most]
    rows = [
        (
            link("flights_slot", each.slot, each.slot),
            link("flights_observation", each.pk, "evidence"),
            each.status,
            clock(getattr(each.departure, "actual", None) or getattr(each.departure, "estimated", None)),
            clock(getattr(each.arrival, "actual", None) or getattr(each.arrival, "estimated", None)),
            shown(each.departure_delay_min),
            shown(each.arrival_delay_min),
            utc(each.last_seen),
        )
        for each in told
    ]
    headers = ("slot", "", "status", "departs", "arrives", "dep. delay min", "arr. delay min", "seen")
    return Section("History: what each slot said", headers, rows)
