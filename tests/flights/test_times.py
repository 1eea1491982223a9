from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flights.errors import InvalidTime
from flights.records import Moment, TimeQuality
from flights.times import clock_time, delay_minutes, known_zone, moment, to_milliseconds, utc_now

ZONES = sorted(available_timezones())


def told(text: str, zone: str | None) -> tuple[str | None, str]:
    found = moment(text, zone)
    assert found is not None
    return (found.utc.isoformat() if found.utc else None, found.quality.value)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-24T06:15:00+00:00", "Europe/Paris", "2026-11-24T05:15:00+00:00"),
        ("2026-07-24T06:15:00+00:00", "Europe/Paris", "2026-07-24T04:15:00+00:00"),
        ("2026-11-24T01:30:00+00:00", "Asia/Kolkata", "2026-11-23T20:00:00+00:00"),
        ("2026-11-24T06:15:00+00:00", "Asia/Kathmandu", "2026-11-24T00:30:00+00:00"),
        ("2026-07-24T06:15:00+00:00", "Australia/Adelaide", "2026-07-23T20:45:00+00:00"),
        ("2026-01-24T06:15:00+00:00", "Australia/Adelaide", "2026-01-23T19:45:00+00:00"),
        ("2026-01-24T06:15:00+00:00", "Pacific/Auckland", "2026-01-23T17:15:00+00:00"),
        ("2026-07-24T06:15:00+00:00", "Pacific/Auckland", "2026-07-23T18:15:00+00:00"),
        ("2026-11-24T06:15:00+00:00", "Pacific/Apia", "2026-11-23T17:15:00+00:00"),
        ("2026-11-24T06:15:00+00:00", "Pacific/Rarotonga", "2026-11-24T16:15:00+00:00"),
        ("2026-11-24T06:15:00+00:00", "America/St_Johns", "2026-11-24T09:45:00+00:00"),
    ],
)
def test_a_local_clock_time_is_read_in_the_zone_of_its_airport(text, zone, utc):
    assert told(text, zone) == (utc, "ok")


def test_a_time_that_the_clock_showed_twice_is_the_first_one_and_says_so():
    assert told("2026-10-25T02:30:00+00:00", "Europe/Paris") == ("2026-10-25T00:30:00+00:00", "ambiguous")


def test_a_time_that_the_clock_skipped_is_read_as_if_it_had_not_and_says_so():
    assert told("2026-03-29T02:30:00+00:00", "Europe/Paris") == ("2026-03-29T01:30:00+00:00", "nonexistent")


@pytest.mark.parametrize(
    ("text", "quality"),
    [("2026-04-05T02:30:00", "ambiguous"), ("2026-09-27T02:30:00", "nonexistent")],
)
def test_a_southern_clock_change_is_seen_too(text, quality):
    assert told(text, "Pacific/Auckland")[1] == quality


def test_the_day_that_samoa_left_out_does_not_exist():
    assert told("2011-12-30T12:00:00", "Pacific/Apia")[1] == "nonexistent"


@pytest.mark.parametrize("text", ["2026-11-24T06:15:00+00:00", "2026-11-24T06:15:00Z", "2026-11-24T06:15:00"])
def test_a_false_utc_mark_and_no_mark_are_the_same(text):
    assert clock_time(text) == datetime(2026, 11, 24, 6, 15)  # noqa: DTZ001 - a local clock time


@pytest.mark.parametrize("text", ["2026-11-24T06:15:00+01:00", "2026-11-24T06:15:00-00:30"])
def test_a_time_with_an_offset_of_its_own_is_refused(text):
    with pytest.raises(InvalidTime, match="offset of its own"):
        clock_time(text)


@pytest.mark.parametrize("text", ["", "soon", "2026-02-29T06:15:00", "2026-11-24T25:00:00", "2026-13-01T00:00:00"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InvalidTime, match="not a time"):
        clock_time(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "1999-12-31T23:59:59", "2100-01-01T00:00:00", "9999-12-31"])
def test_a_year_that_no_flight_has_is_refused(text):
    with pytest.raises(InvalidTime, match="not between 2000 and 2100"):
        clock_time(text)


def test_a_time_as_long_as_a_novel_is_refused_unread():
    with pytest.raises(InvalidTime, match="a time of 41 characters"):
        clock_time("2" * 41)


def test_a_clock_time_is_cut_to_milliseconds():
    assert clock_time("2026-11-24T06:15:00.123999").microsecond == 123_000


def test_no_text_is_no_moment():
    assert moment(None, "Europe/Paris") is None


def test_an_unusable_text_is_kept_without_an_instant():
    assert moment("soon" * 20, "Europe/Paris") == Moment(local="soon" * 10, utc=None, quality=TimeQuality.INVALID)


@pytest.mark.parametrize("zone", [None, "", "+8", "Europe/Lutetia", "../etc/passwd", "America", "\0", "x" * 300])
def test_a_zone_that_does_not_exist_gives_no_instant(zone):
    assert told("2026-11-24T06:15:00", zone) == (None, "zone-unknown")


def test_a_known_zone_is_found_by_its_name():
    assert str(known_zone("Asia/Kolkata")) == "Asia/Kolkata"


@pytest.mark.parametrize(
    ("scheduled", "actual", "minutes"),
    [
        ("2026-10-25T01:50:00", "2026-10-25T03:10:00", 140),  # the hour from two to three ran twice
        ("2026-03-29T01:50:00", "2026-03-29T03:10:00", 20),  # and here not at all
        ("2026-11-24T06:15:00", "2026-11-24T06:21:30", 6),
        ("2026-11-24T06:15:00", "2026-11-24T06:05:00", -10),
        ("2026-11-24T06:15:00", "2026-11-24T06:15:00", 0),
    ],
)
def test_a_delay_is_the_time_that_really_passed(scheduled, actual, minutes):
    assert delay_minutes(moment(scheduled, "Europe/Paris"), moment(actual, "Europe/Paris")) == minutes


@pytest.mark.parametrize(
    ("scheduled", "actual"),
    [
        (None, moment("2026-11-24T06:15:00", "UTC")),
        (moment("2026-11-24T06:15:00", "UTC"), None),
        (moment("2026-11-24T06:15:00", None), moment("2026-11-24T06:15:00", "UTC")),
        (moment("2026-11-24T06:15:00", "UTC"), moment("soon", "UTC")),
    ],
)
def test_without_both_instants_there_is_no_delay(scheduled, actual):
    assert delay_minutes(scheduled, actual) is None


def test_now_is_utc_and_as_exact_as_mongodb_keeps_it():
    now = utc_now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


def test_milliseconds_are_cut_not_rounded():
    instant = datetime(2026, 11, 24, 4, 0, 9, 999_999, tzinfo=UTC)
    assert to_milliseconds(instant).microsecond == 999_000


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60), st.none() | st.text(max_size=60) | st.sampled_from(ZONES))
def test_no_text_and_no_zone_makes_a_moment_fail(text, zone):
    found = moment(text, zone)
    assert found.local == text[:40]


@settings(deadline=None, max_examples=200)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59)),  # noqa: DTZ001 - local clock times
    st.sampled_from(ZONES),
)
def test_an_instant_never_strays_from_its_clock_time_by_more_than_a_day_and_a_half(local, zone):
    found = moment(f"{local.isoformat(timespec='seconds')}+00:00", zone)
    assert abs(found.utc.replace(tzinfo=None) - local) <= timedelta(hours=36)
