from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flights.errors import BadSlot
from flights.slots import day_key, last_tick, parse_slot, slot_key

EVERY_TWO_HOURS = "0 */2 * * *"


def test_a_slot_is_named_by_the_utc_hour_it_begins_in():
    assert slot_key(datetime(2026, 11, 24, 4, 59, 59, tzinfo=UTC)) == "2026-11-24T04Z"


def test_a_local_time_is_brought_to_utc_first():
    tokyo = timezone(timedelta(hours=9))
    assert slot_key(datetime(2026, 11, 24, 4, 0, tzinfo=tokyo)) == "2026-11-23T19Z"


def test_a_day_is_named_by_its_date():
    assert day_key(date(2026, 11, 24)) == "2026-11-24"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2026-11-24T04Z", (date(2026, 11, 24), 4)),
        ("2026-11-24T00Z", (date(2026, 11, 24), 0)),
        ("2026-11-24", (date(2026, 11, 24), None)),
    ],
)
def test_a_slot_key_is_read_back(text, parts):
    assert parse_slot(text) == parts


@pytest.mark.parametrize(
    "text",
    ["", "today", "2026-11-24T4Z", "2026-11-24T04", "2026-11-24T04Z\n", "2026-11-24T24Z", "2026-02-30", "0000-01-01"],
)
def test_what_is_no_slot_is_refused(text):
    with pytest.raises(BadSlot, match="is no slot"):
        parse_slot(text)


@pytest.mark.parametrize("text", ["2026-11-24T\u0660\u0664Z", "\uff12\uff10\uff12\uff16-11-24"])
def test_the_digits_of_other_scripts_do_not_make_a_second_name_for_a_slot(text):
    with pytest.raises(BadSlot):
        parse_slot(text)


@pytest.mark.parametrize(
    ("now", "tick"),
    [
        (datetime(2026, 11, 24, 5, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, 4, tzinfo=UTC)),
        (datetime(2026, 11, 24, 4, 0, 0, tzinfo=UTC), datetime(2026, 11, 24, 4, tzinfo=UTC)),
        (datetime(2026, 11, 24, 4, 0, 0, 1, tzinfo=UTC), datetime(2026, 11, 24, 4, tzinfo=UTC)),
        (datetime(2027, 1, 1, 0, 0, 0, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_last_tick_is_at_or_before_now(now, tick):
    assert last_tick(EVERY_TWO_HOURS, now) == tick


def test_a_schedule_is_read_in_utc_through_a_clock_change_of_its_reader():
    paris = timezone(timedelta(hours=1))
    assert last_tick(EVERY_TWO_HOURS, datetime(2026, 11, 24, 4, 30, tzinfo=paris)) == datetime(
        2026, 11, 24, 2, tzinfo=UTC
    )


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=20) | st.from_regex(r"\d{4}-\d{2}-\d{2}(T\d{2}Z)?", fullmatch=True))
def test_any_text_is_a_slot_or_refused_as_none(text):
    with suppress(BadSlot):
        assert text.startswith(parse_slot(text)[0].isoformat())
