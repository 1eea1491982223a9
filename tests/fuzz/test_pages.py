"""Whatever the upstream sends: records that go the whole way, counted rejects, or a page that is told to be none."""

import json
from pathlib import Path

import bson
import msgspec
from bson.codec_options import CodecOptions
from hypothesis import given
from hypothesis import strategies as st

from flights.api.shapes import flight_of
from flights.documents import flight_document, observation_document, record_of
from flights.reference.zones import zone_of
from ingestion.errors import UnusableAnswer
from ingestion.transforms import transform_page
from streaming.events import decode, observed_message
from tests.factories import a_marketing_row, a_row, a_source
from tests.fuzz.damage import damaged, odd_values, sent, written
from tests.fuzz.effort import count, fuzzed

DATA = Path(__file__).parents[1] / "data"
RECORDED = [json.loads(file.read_text()) for file in sorted(DATA.glob("flights_*.json"))]
ROWS = [row for page in RECORDED for row in page["data"]] + [a_row(), a_marketing_row("DL", "8301")]
AWARE = CodecOptions(tz_aware=True)


@st.composite
def pages(draw):
    """A page of a few recorded rows, with damage to its rows and now and then to what is around them."""
    whole = draw(st.lists(st.sampled_from(ROWS), max_size=3))
    rows = [draw(damaged(row)) for row in whole]
    page = {"pagination": {"limit": 100, "offset": 0, "count": len(rows), "total": 9_000}, "data": rows}
    if draw(st.integers(0, 5)) == 0:
        page = draw(damaged(page, most=2))
    return written(page, escaped=draw(st.booleans()))


def kept(document):
    """The document as MongoDB gives it back."""
    return bson.decode(bson.encode(document), AWARE)


def check_the_whole_way(record):
    """Through Kafka, into both collections, back again, and out of the API."""
    message = observed_message(record)
    assert decode(message.value, message.headers) == record
    for document_of in (flight_document, observation_document):
        assert record_of(kept(document_of(record))) == record
    assert msgspec.json.encode(flight_of(kept(flight_document(record))))


def check_page(target, body):
    """The whole promise; counts what the body turned out to be."""
    try:
        page = transform_page(body, a_source(), zone_of)
    except UnusableAnswer:
        return count(target, "unusable page")
    assert page.rows_received == len(page.records) + page.rows_merged + len(page.rejected)
    for record in page.records:
        check_the_whole_way(record)
    assert kept({"rejected": [msgspec.to_builtins(row) for row in page.rejected]})
    assert all(row.reason and row.payload.encode() is not None for row in page.rejected)
    kinds = [word for word, found in (("records", page.records), ("rejects", page.rejected)) if found]
    return count(target, " and ".join(kinds) or "no rows")


@fuzzed(300)
@given(pages())
def test_a_damaged_page_is_records_and_counted_rejects_or_no_page(body):
    check_page("pages", body)


@fuzzed(150)
@given(pages().flatmap(sent))
def test_a_page_damaged_on_its_way_is_records_and_counted_rejects_or_no_page(body):
    check_page("page bytes", body)


@fuzzed(50)
@given(st.binary(max_size=200) | odd_values.map(lambda value: written({"data": value})))
def test_bytes_of_any_kind_are_no_page_and_never_fail(body):
    check_page("noise", body)
