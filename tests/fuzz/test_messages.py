"""Whatever stands in the topic: an event that the store and the API can hold, or a refused message."""

import json
from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from flights import services
from flights.api.shapes import flight_of
from flights.documents import flight_document, observation_document, record_of
from flights.merge import etag_of, merge
from flights.records import FlightRecord
from streaming.errors import RefusedMessage
from streaming.events import SlotEnded, decode, ended_messages, observed_message
from tests.factories import OBSERVED, a_record, records_from
from tests.fuzz.damage import damaged, odd_values, sent, written
from tests.fuzz.effort import count, fuzzed
from tests.fuzz.test_pages import RECORDED, kept
from tests.streaming.test_events import SUMMARY

MARKER = ended_messages(SUMMARY, 6, OBSERVED)[2]
MESSAGES = [observed_message(record) for record in [a_record(), *records_from(RECORDED[0]["data"][:40])]] + [
    MARKER
] * 20
HEADER_NAMES = ["ce_type", "ce_specversion", "ce_id", "content-type", "traceparent", "", "CE_TYPE"]
HEADER_VALUES = [
    None,
    b"",
    b"1.0",
    b"2.0",
    b"\xff",
    b"flightsite.flight.observed.v1",
    b"flightsite.slot.ended.v1",
    b"x" * 9_000,
]

headers_of_any_kind = st.lists(
    st.tuples(st.sampled_from(HEADER_NAMES), st.sampled_from(HEADER_VALUES) | st.binary(max_size=9)), max_size=4
)


@st.composite
def messages(draw):
    """Value and headers of a real message with damage to either."""
    message = draw(st.sampled_from(MESSAGES))
    value = written(draw(damaged(json.loads(message.value), most=2)))
    if draw(st.integers(0, 9)) == 0:
        value = draw(sent(value) | st.none() | st.binary(max_size=99))
    mixed = draw(st.integers(0, 9)) == 0
    return value, message.headers + draw(headers_of_any_kind) if mixed else message.headers


def check_observation(record):
    """The record can be kept, read back, merged with another, shown, and tells dates that are dates."""
    for document_of in (flight_document, observation_document):
        assert etag_of(record_of(kept(document_of(record)))) == etag_of(record)
    assert merge(record, msgspec.structs.replace(record, row=record.row ^ 1)) is not None
    assert date.fromisoformat(record.flight_date)
    assert msgspec.json.encode(flight_of(kept(flight_document(record))))


def check_marker(ended):
    """The figures that the slot would be closed with."""
    figures = services._fields(ended.summary, (*services.COUNTS, *services.COMPLETENESS))
    share = services.share_of(ended.summary)
    assert share is None or 0 <= share <= 1
    assert kept({**figures, "share": share, "collected_at": ended.summary.collected_at, "run": ended.summary.run})
    assert 0 <= ended.partition < ended.partitions


CHECKS = {FlightRecord: check_observation, SlotEnded: check_marker}


def check_message(target, value, headers):
    try:
        event = decode(value, headers)
    except RefusedMessage as error:
        return count(target, f"refused {error.reason}")
    CHECKS[type(event)](event)
    return count(target, type(event).__name__)


@fuzzed(300)
@given(messages())
def test_a_damaged_message_is_an_event_that_can_be_kept_or_is_refused(message):
    check_message("messages", *message)


@fuzzed(50)
@given(st.none() | st.binary(max_size=99) | odd_values.map(written), st.none() | headers_of_any_kind)
def test_a_message_of_any_kind_is_refused_and_never_fails(value, headers):
    check_message("noise", value, headers)
