import json
from contextlib import suppress
from datetime import UTC, datetime

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flights.documents import flight_document
from flights.records import QuerySummary, SlotSummary
from streaming.errors import RefusedMessage
from streaming.events import LARGEST_VALUE, decode, ended_messages, observed_message, refused_message
from tests.factories import COLLECTED, OBSERVED, a_record
from tests.generated import records

SUMMARY = SlotSummary(
    slot="2026-11-24T04Z",
    run="2026-11-24T04Z.1",
    collected_at=COLLECTED,
    requests=26,
    pages_planned=26,
    pages_fetched=26,
    rows_announced=443_995,
    rows_received=2_600,
    rows_merged=1_170,
    rows_rejected=3,
    published=1_427,
    repeated=12,
    sampling="systematic sample of pages",
    queries=(
        QuerySummary(
            params={},
            share=1.0,
            start=271_828,
            sampling="systematic sample of pages",
            pages_announced=4_440,
            pages_planned=26,
            pages_fetched=26,
            rows_announced=443_995,
            rows_received=2_600,
        ),
    ),
)
RECORD = a_record()
OBSERVATION = observed_message(RECORD)
MARKER = ended_messages(SUMMARY, 6, OBSERVED)[2]


def reason_of(value, headers):
    with pytest.raises(RefusedMessage) as caught:
        decode(value, headers)
    return caught.value.reason


def changed(message, **changes):
    """The value of a message with fields changed by dotted path, `__` for the dot."""
    told = json.loads(message.value)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = told
        for parent in parents:
            place = place[parent]
        place[last] = value
    return json.dumps(told).encode()


def with_header(message, name, value):
    return [(each, text) for each, text in message.headers if each != name] + [(name, value)]


def test_an_observation_is_keyed_by_its_flight_and_leaves_the_partition_to_the_key():
    assert (OBSERVATION.key, OBSERVATION.partition) == (b"2026-11-24T0615-LYS-CDG-AF7641", None)


def test_an_observation_has_the_headers_of_a_cloudevent():
    assert dict(OBSERVATION.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"2026-11-24T04Z/2026-11-24T0615-LYS-CDG-AF7641/1795492803000.0001.1.1795492809500.00.00000.000000",
        "ce_type": b"flightsite.flight.observed.v1",
        "ce_source": b"/flightsite/runs/2026-11-24T04Z.1",
        "ce_time": b"2026-11-24T04:00:09.500+00:00",
        "content-type": b"application/json",
    }


def test_a_repeated_observation_is_the_same_message():
    assert observed_message(a_record()) == OBSERVATION


def test_every_partition_gets_a_marker_of_its_own():
    markers = ended_messages(SUMMARY, 6, OBSERVED)
    assert [marker.partition for marker in markers] == [0, 1, 2, 3, 4, 5]
    assert [decode(marker.value, marker.headers).partition for marker in markers] == [0, 1, 2, 3, 4, 5]


def test_a_marker_is_keyed_by_its_slot_and_names_run_and_partition():
    headers = dict(MARKER.headers)
    assert (MARKER.key, headers["ce_id"]) == (b"2026-11-24T04Z", b"2026-11-24T04Z.1/ended/0/2")
    assert headers["ce_type"] == b"flightsite.slot.ended.v1"


def test_a_marker_comes_back_with_its_summary():
    ended = decode(MARKER.value, MARKER.headers)
    assert (ended.partition, ended.partitions, ended.summary) == (2, 6, SUMMARY)


def test_a_refused_message_says_why_and_where_and_keeps_its_payload():
    message = refused_message("bad-slot", "no slot", "flights.observed/3/1207", b"\xff{")
    assert (message.key, message.value, message.partition) == (b"flights.observed/3/1207", b"\xff{", None)
    assert dict(message.headers) == {
        "reason": b"bad-slot",
        "reason-text": b"no slot",
        "source": b"flights.observed/3/1207",
    }


def test_a_refused_payload_is_cut_to_what_kafka_takes():
    assert len(refused_message("bad-size", "", "t/0/0", b"x" * (LARGEST_VALUE + 1)).value) == LARGEST_VALUE


def test_headers_may_come_as_text():
    headers = [(name, value.decode()) for name, value in OBSERVATION.headers]
    assert decode(OBSERVATION.value, headers) == RECORD


def test_fields_added_later_are_ignored():
    assert decode(changed(OBSERVATION, seats=180), OBSERVATION.headers) == RECORD


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (None, "no-type"),
        ([], "no-type"),
        ([("ce_specversion", b"1.0")], "no-type"),
        ([("ce_type", b"flightsite.flight.observed.v1")], "unknown-version"),
        (with_header(OBSERVATION, "ce_specversion", b"2.0"), "unknown-version"),
        (with_header(OBSERVATION, "ce_type", b"flightsite.flight.observed.v2"), "unknown-type"),
        (with_header(OBSERVATION, "ce_type", b"\xff"), "unknown-type"),
        (with_header(OBSERVATION, "ce_type", None), "unknown-type"),
    ],
)
def test_a_message_with_other_headers_is_refused(headers, reason):
    assert reason_of(OBSERVATION.value, headers) == reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "bad-size"),
        (b" " * (LARGEST_VALUE + 1), "bad-size"),
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff", "not-json"),
        (OBSERVATION.value.replace(b"LYS", b"L\xffS"), "not-json"),
        (b'{"seats":' + b"[" * 100_000, "not-json"),
        (b"[]", "wrong-shape"),
        (b"{}", "wrong-shape"),
    ],
)
def test_a_value_that_is_no_record_is_refused(value, reason):
    assert reason_of(value, OBSERVATION.headers) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"flight_id": "AF7641"}, "bad-flight-id"),
        ({"flight_id": "2026-11-24T0615-LYS-CDG-AF7641\n"}, "bad-flight-id"),
        ({"flight_id": "2026-11-2\u0664T0615-LYS-CDG-AF7641"}, "bad-flight-id"),
        ({"flight_id": "2026-02-30T0615-LYS-CDG-AF7641", "flight_date": "2026-02-30"}, "bad-flight-id"),
        ({"flight_date": "soon"}, "bad-flight-id"),
        ({"flight_date": "2026-11-25"}, "bad-flight-id"),
        ({"slot": "today"}, "bad-slot"),
        ({"slot": "2026-11-24T\u0660\u0664Z"}, "bad-slot"),
        ({"slot": "2026-02-30"}, "bad-slot"),
        ({"row": -1}, "wrong-shape"),
        ({"row": 10**400}, "wrong-shape"),
        ({"transform": 10_000}, "wrong-shape"),
        ({"status": "delayed"}, "wrong-shape"),
        ({"departure_delay_min": 10**9}, "wrong-shape"),
        ({"first_seen": "2026-11-24T04:00:09"}, "wrong-shape"),
        ({"last_seen": "9999-12-31T23:59:59-14:00"}, "wrong-shape"),
        ({"observed_at": "0001-01-01T00:00:00+14:00"}, "wrong-shape"),
        ({"collected_at": "1969-12-31T23:59:59Z"}, "wrong-shape"),
        ({"live": {"updated": "0001-01-01T00:00:00+14:00"}}, "wrong-shape"),
        ({"live": {"latitude": 10**400}}, "wrong-shape"),
        ({"departure__scheduled__utc": "9999-12-31T23:59:59-14:00"}, "wrong-shape"),
        ({"arrival__scheduled__utc": "2026-11-24T06:30:00"}, "wrong-shape"),
    ],
)
def test_a_forged_observation_is_refused_before_it_reaches_the_store(changes, reason):
    assert reason_of(changed(OBSERVATION, **changes), OBSERVATION.headers) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"partition": 6}, "wrong-shape"),
        ({"partition": -1}, "wrong-shape"),
        ({"partitions": 0}, "wrong-shape"),
        ({"partitions": 10**30}, "wrong-shape"),
        ({"summary__slot": "today"}, "bad-slot"),
        ({"summary__published": -1}, "wrong-shape"),
        ({"summary__rows_announced": 10**9}, "wrong-shape"),
        ({"summary__collected_at": "2026-11-24T04:00:03"}, "wrong-shape"),
    ],
)
def test_a_forged_marker_is_refused(changes, reason):
    assert reason_of(changed(MARKER, **changes), MARKER.headers) == reason


def test_an_instant_in_another_zone_is_the_same_instant():
    value = changed(OBSERVATION, observed_at="2026-11-24T13:00:09.5+09:00")
    assert decode(value, OBSERVATION.headers).observed_at == datetime(2026, 11, 24, 4, 0, 9, 500_000, tzinfo=UTC)


@settings(deadline=None, max_examples=60)
@given(records())
def test_a_record_comes_back_from_its_message_as_it_went_in(record):
    message = observed_message(record)
    assert decode(message.value, message.headers) == record


@settings(deadline=None, max_examples=200)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "first_seen": st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
            "live": st.none() | st.dictionaries(st.sampled_from(["latitude", "updated"]), st.floats() | st.text()),
            "row": st.integers(),
            "run": st.text(),
            "marketed_as": st.lists(st.text()),
        },
    )
)
def test_what_is_not_refused_can_be_kept_by_mongodb(changes):
    with suppress(RefusedMessage):
        record = decode(changed(OBSERVATION, **changes), OBSERVATION.headers)
        assert bson.encode(flight_document(record))


@settings(deadline=None, max_examples=60)
@given(
    st.none() | st.binary(max_size=40),
    st.none()
    | st.lists(st.tuples(st.sampled_from(["ce_type", "ce_specversion", "x"]), st.none() | st.binary(max_size=9))),
)
def test_any_other_message_is_refused_and_never_fails(value, headers):
    assert reason_of(value, headers)
