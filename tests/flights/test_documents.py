from datetime import UTC, datetime

import bson
import pytest
from hypothesis import given, settings

from flights.documents import flight_document, observation_document, observation_id, record_of, slot_bounds
from flights.merge import etag_of, order_of
from tests.factories import a_marketing_row, a_record, a_row, records_from
from tests.generated import records

AS_STORED = bson.CodecOptions(tz_aware=True)


def stored(document):
    """What MongoDB gives back for a document."""
    return bson.decode(bson.encode(document), AS_STORED)


def test_a_flight_is_kept_under_its_flight_id():
    assert flight_document(a_record())["_id"] == "2026-11-24T0615-LYS-CDG-AF7641"


def test_an_observation_is_kept_under_slot_and_flight_id():
    assert observation_document(a_record())["_id"] == "2026-11-24T04Z|2026-11-24T0615-LYS-CDG-AF7641"


def test_an_observation_id_can_be_told_without_the_document():
    record = a_record()
    assert observation_id(record) == observation_document(record)["_id"]


@pytest.mark.parametrize(
    ("slot", "inside"),
    [("2026-11-24T04Z", True), ("2026-11-24", False), ("2026-11-24T06Z", False), ("2026-11-24T02Z", False)],
)
def test_the_range_of_a_slot_holds_its_observations_and_no_others(slot, inside):
    first, end = slot_bounds(slot)
    assert (first <= observation_id(a_record()) < end) is inside


def test_a_document_lists_every_number_that_the_flight_is_sold_under():
    record = records_from([a_row(), a_marketing_row("DL", "8301"), a_marketing_row("KL", "2207")])[0]
    assert flight_document(record)["numbers"] == ["AF7641", "AFR7641", "DL8301", "KL2207"]


def test_a_flight_without_an_icao_number_lists_what_it_has():
    record = records_from([a_row(flight__icao=None)])[0]
    assert flight_document(record)["numbers"] == ["AF7641"]


def test_a_document_carries_its_place_in_the_order_and_its_tag():
    record = a_record()
    document = flight_document(record)
    assert (document["order"], document["etag"]) == (order_of(record), etag_of(record))


def test_instants_are_kept_as_dates_of_mongodb():
    assert flight_document(a_record())["departure"]["scheduled"]["utc"] == datetime(2026, 11, 24, 5, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["null", "1", "true", "1.5", "2026-11-24T06:15:00Z"])
def test_a_text_that_looks_like_something_else_stays_text(text):
    record = records_from([a_row(departure__gate=text)])[0]
    assert record_of(stored(flight_document(record))).departure.gate == text


@settings(deadline=None, max_examples=60)
@given(records())
def test_a_record_comes_back_from_mongodb_as_it_went_in(record):
    assert record_of(stored(flight_document(record))) == record


@settings(deadline=None, max_examples=60)
@given(records())
def test_an_observation_comes_back_as_the_record_it_was(record):
    assert record_of(stored(observation_document(record))) == record
