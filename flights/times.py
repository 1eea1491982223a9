"""Clock times made instants. The upstream writes local clock times with a false `+00:00`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flights.errors import InvalidTime
from flights.records import Moment, TimeQuality

LONGEST_TEXT = 40
YEARS = range(2000, 2100)
_MINUTE = timedelta(minutes=1)
_FALSE_OFFSET = "+00:00"
_USUAL_LENGTH = len("2026-11-24T06:15:00+00:00")


def system_clock() -> datetime:
    return datetime.now(UTC)


_clock = system_clock


def set_clock(clock: Callable[[], datetime]) -> None:
    """Take the time from elsewhere in this process: for simulations of months."""
    global _clock
    _clock = clock


def utc_now() -> datetime:
    """This instant, UTC, to the millisecond that MongoDB keeps. Called at the edges only."""
    return to_milliseconds(_clock())


def to_milliseconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@lru_cache(maxsize=1024)
def known_zone(name: str | None) -> ZoneInfo | None:
    """The IANA zone of that name, or None when there is no such zone."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def clock_time(text: str) -> datetime:
    """The naive local clock time in an upstream text; raises InvalidTime.

    A `+00:00` or `Z` is dropped because it is not true; any other offset has never been seen and is refused,
    and so is a year that no flight has: delays counted from it would be nonsense.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidTime(f"a time of {len(text)} characters")
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidTime(f"not a time: {text!r}") from error
    if parsed.tzinfo is not None and parsed.utcoffset() != timedelta(0):
        raise InvalidTime(f"a time with an offset of its own: {text!r}")
    if parsed.year not in YEARS:
        raise InvalidTime(f"not between 2000 and 2100: {text!r}")
    return to_milliseconds(parsed.replace(tzinfo=None))


def local_clock(text: str) -> str:
    """The clock time as received, without the offset that is not true; what is no time stays as it is.

    >>> local_clock("2026-11-24T06:15:00+00:00")
    '2026-11-24T06:15:00'
    """
    if len(text) == _USUAL_LENGTH and text.endswith(_FALSE_OFFSET):
        return text.removesuffix(_FALSE_OFFSET)
    try:
        return clock_time(text).isoformat()
    except InvalidTime:
        return text


def moment(text: str | None, zone: str | None) -> Moment | None:
    """The instant of a local clock time at an airport in `zone`, with how sure it is; None for no text."""
    if text is None:
        return None
    try:
        local = clock_time(text)
    except InvalidTime:
        return Moment(local=text[:LONGEST_TEXT], utc=None, quality=TimeQuality.INVALID)
    return _located(text, local, known_zone(zone))


def _located(text: str, local: datetime, zone: ZoneInfo | None) -> Moment:
    if zone is None:
        return Moment(local=text, utc=None, quality=TimeQuality.ZONE_UNKNOWN)
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    utc = first.astimezone(UTC)
    quality = TimeQuality.OK
    if first.utcoffset() != second.utcoffset():
        exists = utc.astimezone(zone).replace(tzinfo=None) == local
        quality = TimeQuality.AMBIGUOUS if exists else TimeQuality.NONEXISTENT
    return Moment(local=text, utc=utc, quality=quality)


def delay_minutes(scheduled: Moment | None, actual: Moment | None) -> int | None:
    """Whole minutes late (negative: early), from instants, never from the upstream's `delay`."""
    if scheduled is None or actual is None or scheduled.utc is None or actual.utc is None:
        return None
    return (actual.utc - scheduled.utc) // _MINUTE
