import json
from contextlib import suppress
from datetime import UTC, datetime

import bson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from flights.documents import flight_document
from flights.records import Aircraft, FlightStatus, LivePosition, TimeQuality
from ingestion.errors import InvalidRow, UnusableAnswer
from ingestion.transforms import TRANSFORM_VERSION, parse_row, transform_page
from streaming.events import decode, observed_message
from tests.factories import COLLECTED, OBSERVED, a_marketing_row, a_page, a_row, a_source, records_from, zone_of
from tests.generated import rows

DEPTH = 100_000
HOSTILE = [
    "x" * 10_000_000,
    "\0",
    "\r\n\t\u2028",
    "null",
    "2026-02-30T06:15:00+00:00",
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59+00:00",
    "../../etc/passwd",
    10**18,
    10**400,
    -(2**63),
    1.5,
    True,
    [],
    [[[[]]]],
    {},
    {"a": {"b": []}},
]
FIELDS = [
    "flight_date",
    "flight_status",
    "departure",
    "departure__airport",
    "departure__timezone",
    "departure__iata",
    "departure__icao",
    "departure__gate",
    "departure__scheduled",
    "departure__actual",
    "arrival__actual",
    "airline",
    "airline__name",
    "flight",
    "flight__number",
    "flight__iata",
    "flight__codeshared",
    "aircraft",
    "live",
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def page_of(rows_):
    return transform_page(a_page(rows_), a_source(), zone_of)


def reject_of(row):
    (rejected,) = page_of([row]).rejected
    return rejected


def record_of_row(**changes):
    (record,) = records_from([a_row(**changes)])
    return record


def adds_up(page):
    return page.rows_received == page.rows_merged + len(page.rejected) + len(page.records)


def test_a_row_becomes_a_record_with_the_place_it_came_from():
    record = record_of_row()
    assert (record.flight_id, record.flight_date) == ("2026-11-24T0615-LYS-CDG-AF7641", "2026-11-24")
    assert (record.slot, record.run, record.page, record.row) == ("2026-11-24T04Z", "2026-11-24T04Z.1", "00.00000", 0)
    assert (record.collected_at, record.observed_at) == (COLLECTED, OBSERVED)
    assert (record.first_seen, record.last_seen, record.transform) == (OBSERVED, OBSERVED, TRANSFORM_VERSION)


def test_a_marketing_row_is_folded_into_the_flight_that_flies():
    page = page_of([a_marketing_row("DL", "8301"), a_row(), a_marketing_row("KL", "2207")])
    (record,) = page.records
    assert (record.marketed_as, record.carriers) == (("DL8301", "KL2207"), ("AF", "AFR", "DL", "KL"))
    assert (page.rows_merged, record.operating_row, record.row) == (2, True, 1)


def test_a_marketing_row_alone_still_names_the_flight_that_flies():
    (record,) = records_from([a_marketing_row("DL", "8301")])
    assert record.flight_id == "2026-11-24T0615-LYS-CDG-AF7641"
    assert (record.operating.flight_iata, record.operating.airline_name) == ("AF7641", "air france")


def test_a_duplicate_row_is_merged_not_counted_as_a_flight():
    page = page_of([a_row(), a_row()])
    assert (page.rows_received, page.rows_merged, len(page.records)) == (2, 1, 1)


def test_a_marketing_row_without_any_number_of_its_own_adds_none():
    row = a_marketing_row("DL", "8301")
    row["flight"] |= {"number": None, "iata": None}
    assert records_from([row])[0].marketed_as == ()


def test_a_row_without_an_airline_is_flown_by_nobody_known():
    record = record_of_row(airline=None)
    assert (record.operating.airline_iata, record.operating.airline_name, record.carriers) == (None, None, ())


def test_a_carrier_named_empty_has_no_name():
    assert record_of_row(airline__name="empty").operating.airline_name is None


@pytest.mark.parametrize(
    ("told", "status", "text"),
    [
        ("landed", FlightStatus.LANDED, None),
        ("unknown", FlightStatus.UNKNOWN, None),
        ("redirected", FlightStatus.REDIRECTED, None),
        ("delayed", FlightStatus.UNKNOWN, "delayed"),
        (None, FlightStatus.UNKNOWN, None),
        ("", FlightStatus.UNKNOWN, None),
    ],
)
def test_a_status_that_is_none_of_ours_is_unknown_and_kept_as_text(told, status, text):
    record = record_of_row(flight_status=told)
    assert (record.status, record.status_text) == (status, text)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (None, None),
        ({}, None),
        ({"registration": "", "iata": None}, None),
        ({"icao24": "408177"}, Aircraft(icao24="408177")),
        ({"registration": "f-gkxs", "iata": "320"}, Aircraft(registration="F-GKXS", iata="320")),
    ],
)
def test_an_aircraft_of_which_nothing_is_told_is_none(told, kept):
    assert record_of_row(aircraft=told).aircraft == kept


def test_a_live_position_keeps_degrees_metres_and_true_utc():
    told = {"updated": "2026-11-24T05:40:00+00:00", "latitude": 46, "longitude": 4.5, "altitude": 6400.8}
    assert record_of_row(live=told).live == LivePosition(
        updated=datetime(2026, 11, 24, 5, 40, tzinfo=UTC), latitude=46.0, longitude=4.5, altitude_m=6400.8
    )


@pytest.mark.parametrize(
    "updated",
    [None, "", "soon", "2026-11-24T05:40:00+01:00", "0001-01-01T00:00:00+00:00"],
)
def test_a_live_position_without_a_usable_time_has_none(updated):
    assert record_of_row(live={"updated": updated}).live == LivePosition()


def test_a_live_time_without_a_mark_is_utc_all_the_same():
    live = record_of_row(live={"updated": "2026-11-24T05:40:00.123999"}).live
    assert live.updated == datetime(2026, 11, 24, 5, 40, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(("latitude", "longitude"), [(90.1, 180.1), (-91, -181), (1e308, -1e308)])
def test_a_position_off_the_globe_is_left_out(latitude, longitude):
    live = record_of_row(live={"latitude": latitude, "longitude": longitude}).live
    assert (live.latitude, live.longitude) == (None, None)


def test_no_live_object_is_no_position():
    assert record_of_row(live=None).live is None


def test_text_loses_control_characters_and_an_empty_text_is_none():
    record = record_of_row(departure__airport="Coondewanna Airport\r\n", departure__gate=" ", departure__terminal=2)
    end = record.departure
    assert (end.airport, end.gate, end.terminal) == ("Coondewanna Airport", None, "2")


@pytest.mark.parametrize("told", [None, "+8", "Europe/Lutetia", "x" * 300])
def test_a_zone_that_does_not_exist_is_taken_from_the_airport_table(told):
    end = record_of_row(departure__timezone=told).departure
    assert (end.zone, end.scheduled.utc) == ("Europe/Paris", datetime(2026, 11, 24, 5, 15, tzinfo=UTC))


def test_an_airport_without_any_zone_has_times_without_instants():
    end = record_of_row(departure__timezone="+8", departure__iata="QQQ", departure__icao=None).departure
    assert (end.zone, end.scheduled.utc, end.scheduled.quality) == (None, None, TimeQuality.ZONE_UNKNOWN)


def test_delays_are_computed_and_never_read():
    record = record_of_row(departure__delay=99, arrival__delay=99, arrival__actual="2026-11-24T07:25:00+00:00")
    assert (record.departure_delay_min, record.arrival_delay_min) == (6, -5)


def test_a_delay_across_a_change_of_clocks_is_the_time_that_passed():
    record = record_of_row(
        departure__scheduled="2026-10-25T01:50:00+00:00", departure__actual="2026-10-25T03:10:00+00:00"
    )
    assert record.departure_delay_min == 140


def test_the_icao_code_names_an_airport_without_an_iata_code():
    assert record_of_row(departure__iata=None).flight_id == "2026-11-24T0615-LFLL-CDG-AF7641"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"departure": None}, "wrong-type"),
        ({"flight__iata": 7641}, "wrong-type"),
        ({"departure__scheduled": None}, "no-departure-time"),
        ({"departure__scheduled": "soon"}, "bad-departure-time"),
        ({"departure__scheduled": "1970-01-01T00:00:00+00:00"}, "bad-departure-time"),
        ({"departure__iata": None, "departure__icao": None}, "no-airport"),
        ({"arrival__iata": "L-S"}, "bad-airport-code"),
        ({"flight": {}, "airline": None}, "no-flight-code"),
        ({"flight__iata": "AF/7641"}, "no-flight-code"),
        ({"departure__airport": "x" * 501}, "text-too-long"),
        ({"departure__timezone": "x" * 501}, "text-too-long"),
    ],
)
def test_an_unusable_row_is_rejected_with_its_reason(changes, reason):
    assert reject_of(a_row(**changes)).reason == reason


def test_a_bad_row_does_not_keep_the_others_out():
    page = page_of([a_row(), {}, 7, None, a_row(flight__iata="AF7642")])
    assert [(each.row, each.reason) for each in page.rejected] == [
        (1, "wrong-type"),
        (2, "wrong-type"),
        (3, "wrong-type"),
    ]
    assert len(page.records) == 2


def test_a_rejected_row_is_kept_with_its_text_cut_to_four_kib():
    rejected = reject_of({"departure": "x" * 10_000})
    assert rejected.payload == '{"departure": "' + "x" * (4096 - 15)


def test_bytes_that_are_no_utf8_are_rejected_and_shown_as_far_as_they_can_be():
    body = a_page([a_row(departure__gate="GATE")]).replace(b"GATE", b"\xff")
    (rejected,) = transform_page(body, a_source(), zone_of).rejected
    assert rejected.reason == "wrong-type"
    assert '"gate": "\ufffd"' in rejected.payload


@pytest.mark.parametrize("text", [b'"\\ud800"', b"NaN", b"-Infinity"])
def test_what_is_no_json_spoils_only_its_row(text):
    body = a_page([a_row(), a_row(departure__gate="GATE")]).replace(b'"GATE"', text)
    made = transform_page(body, a_source(), zone_of)
    assert adds_up(made)
    assert [(rejected.row, rejected.reason) for rejected in made.rejected] == [(1, "not-json")]
    assert made.records == records_from([a_row()])


@pytest.mark.parametrize("number", [b"1e400", b"1" * 5000])
def test_a_number_out_of_all_range_is_rejected(number):
    body = a_page([a_row(flight__number=12345)]).replace(b"12345", number)
    (rejected,) = transform_page(body, a_source(), zone_of).rejected
    assert rejected.reason == "wrong-type"


@pytest.mark.parametrize("raw", [b"", b"{", b'{"live":' * DEPTH])
def test_a_row_handed_in_alone_that_is_no_json_is_rejected_as_such(raw):
    with pytest.raises(InvalidRow) as caught:
        parse_row(Raw(raw), 0, a_source(), zone_of)
    assert caught.value.reason == "not-json"


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: f"{value!r:.24}")
def test_a_hostile_value_is_a_reject_with_a_reason_or_a_record_that_mongodb_and_kafka_can_hold(field, value):
    page = page_of([a_row(**{field: value})])
    assert adds_up(page)
    assert all(rejected.reason for rejected in page.rejected)
    assert [bson.decode(bson.encode(flight_document(record)))["_id"] for record in page.records] == [
        record.flight_id for record in page.records
    ]


@settings(deadline=None, max_examples=100)
@given(st.lists(rows() | JSON_VALUES, max_size=4), JSON_VALUES)
def test_rows_of_any_kind_add_up(rows_, pagination):
    body = json.dumps({"data": rows_, "pagination": pagination})
    page = transform_page(body.encode(), a_source(), zone_of)
    assert page.rows_received == len(rows_)
    assert adds_up(page)


@settings(deadline=None, max_examples=100)
@given(rows())
def test_every_record_made_of_a_row_is_a_message_that_the_consumer_takes(row):
    (record,) = records_from([row])
    message = observed_message(record)
    assert decode(message.value, message.headers) == record


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
@example(b'{"data":' + b"[" * DEPTH + b"]" * DEPTH + b"}")
@example(b'{"data":[' + b'{"live":' * DEPTH)
@example(a_page([a_row()])[:700])
def test_any_bytes_are_a_page_that_adds_up_or_no_page(body):
    with suppress(UnusableAnswer):
        assert adds_up(transform_page(body, a_source(), zone_of))
