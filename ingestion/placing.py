"""Where a flight was at a past instant, by its times: the rule of reconstructed slots. Pure: no clock, no I/O.

In the air at T means: departed at T or before, and arrived after T. What the times leave open is never guessed in
favour of the flight: it is counted, and told with the slot.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from flights.records import FlightEnd, FlightRecord, FlightStatus, Moment

METHOD = "active-by-actual-times-1"
TOLD = (
    "Nothing was collected at this time. From the past days fetched since, a flight is taken as active that had "
    "departed by then, by its actual time, and had not arrived: its actual arrival is later, or is not known and its "
    "estimated, else scheduled arrival is later."
)
FARTHEST_AHEAD = timedelta(hours=14)  # of UTC, that any local clock is
LONGEST = timedelta(hours=24)  # no flight is longer: then one of its times is wrong


class Place(StrEnum):
    """Where a flight was, as far as its times tell."""

    ACTIVE = "active"
    WITHOUT_ARRIVAL = "active, taken to have not arrived"
    DIVERTED = "in the air, of a flight with another end"
    UNPLACED = "may have been in the air"
    ELSEWHERE = "not in the air"


IN_THE_AIR = (Place.ACTIVE, Place.WITHOUT_ARRIVAL)
_OTHER_END = (FlightStatus.DIVERTED, FlightStatus.REDIRECTED, FlightStatus.INCIDENT)


def dates_of(instant: datetime) -> list[date]:
    """The local departure dates of flights that may be in the air at an instant, oldest first.

    >>> [each.day for each in dates_of(datetime(2026, 11, 20, 9, 59))]
    [19, 20]
    >>> [each.day for each in dates_of(datetime(2026, 11, 20, 10))]
    [19, 20, 21]
    """
    first, last = (instant - timedelta(days=1)).date(), (instant + FARTHEST_AHEAD).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def place_of(record: FlightRecord, instant: datetime) -> Place:
    """Where the flight was at the instant."""
    if record.status == FlightStatus.CANCELLED:
        return Place.ELSEWHERE
    place = _by_times(record, instant)
    if record.status in _OTHER_END and place in IN_THE_AIR:
        return Place.DIVERTED
    return place


def _by_times(record: FlightRecord, instant: datetime) -> Place:
    departed, arrived = _actual(record.departure), _actual(record.arrival)
    if arrived is not None and arrived <= instant:
        return Place.ELSEWHERE
    if departed is None:
        return _without_departure(record, instant)
    if departed > instant:
        return Place.ELSEWHERE
    if arrived is None:
        return _without_arrival(record, departed, instant)
    return Place.UNPLACED if arrived - departed > LONGEST else Place.ACTIVE


def _without_departure(record: FlightRecord, instant: datetime) -> Place:
    """Not placed where it should have been in the air by what was expected of it; else it was not."""
    departs, arrives = _expected(record.departure), _actual(record.arrival) or _expected(record.arrival)
    if departs is None or departs > instant or instant - departs > LONGEST:
        return Place.ELSEWHERE
    return Place.ELSEWHERE if arrives is not None and arrives <= instant else Place.UNPLACED


def _without_arrival(record: FlightRecord, departed: datetime, instant: datetime) -> Place:
    """Still in the air where it is expected later. One that is told as landed, nobody knows when, is not placed."""
    arrives = _expected(record.arrival)
    if arrives is not None and arrives <= instant:
        return Place.ELSEWHERE
    if instant - departed > LONGEST:
        return Place.ELSEWHERE
    if arrives is None or record.status == FlightStatus.LANDED or arrives - departed > LONGEST:
        return Place.UNPLACED
    return Place.WITHOUT_ARRIVAL


def _actual(end: FlightEnd) -> datetime | None:
    return _first(end.actual, end.actual_runway)


def _expected(end: FlightEnd) -> datetime | None:
    return _first(end.estimated, end.estimated_runway, end.scheduled)


def _first(*moments: Moment | None) -> datetime | None:
    return next((each.utc for each in moments if each is not None and each.utc is not None), None)


def seen_at(record: FlightRecord, slot: str, run: str, replay: int) -> FlightRecord:
    """The record as the slot would have said it: active, and without what came only afterwards.

    Its place in the order of records, and when it was seen and collected, stay those of the day that was fetched.
    """
    return replace(
        record,
        slot=slot,
        run=run,
        replay=replay,
        status=FlightStatus.ACTIVE,
        status_text=record.status_text or record.status.value,
        status_inferred=True,
        arrival=replace(record.arrival, actual=None, actual_runway=None, baggage=None),
        arrival_delay_min=None,
        live=None,
    )
