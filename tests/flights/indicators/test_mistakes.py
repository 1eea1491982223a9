"""The mistakes that others made with the same questions: each fails here when it is made again."""

import pytest

from flights.documents import observation_document
from flights.indicators.registry import REGISTRY, answers
from flights.indicators.seeing import see
from flights.merge import merge_all
from flights.records import FlightStatus
from tests.factories import a_marketing_row, a_row, records_from
from tests.flights.indicators.factories import (
    CDG,
    EZE,
    HNL,
    JFK,
    LYS,
    NAN,
    WHOLE,
    SmallReference,
    a_seen,
    an_airport,
    asked,
    seen_from,
    some,
    value_of,
)

ACTIVE_ONLY = (
    "airline_most_active",
    "airline_most_regional_by_continent",
    "longest_active_route",
    "manufacturer_most_active",
    "mean_speed_by_continent",
)
OTHERS = [status for status in FlightStatus if status is not FlightStatus.ACTIVE]


@pytest.mark.parametrize("indicator", ACTIVE_ONLY)
@pytest.mark.parametrize("status", OTHERS)
def test_no_other_status_is_counted_where_no_flight_is_active(indicator, status):
    answer = asked(indicator, some(5, status=status))
    assert (answer.value, answer.population, answer.reason) == (None, 0, REGISTRY[indicator].nothing)


@pytest.mark.parametrize("indicator", ACTIVE_ONLY)
def test_the_title_or_definition_says_that_flights_are_active(indicator):
    assert "active" in REGISTRY[indicator].title.lower() + REGISTRY[indicator].definition


def test_the_continent_is_not_the_prefix_of_the_time_zone():
    """America/… holds two continents, Atlantic/… and Indian/… none, Pacific/Honolulu lies in the airport's own."""
    azores, mauritius = an_airport("PDL", "EU", 37.7, -25.7, "PT"), an_airport("MRU", "AF", -20.4, 57.7, "MU")
    slot = [a_seen(origin=origin) for origin in (JFK, EZE, azores, mauritius, HNL)]
    assert [row["continent"] for row in value_of("mean_route_by_continent", slot)] == ["AF", "EU", "NA", "OC", "SA"]


def test_lengths_are_distances_and_no_clock_enters():
    """Fiji to Hawaii lands on the day before it left: arrival clock minus departure clock is below zero."""
    value = value_of("mean_route_by_continent", [a_seen(origin=NAN, destination=HNL)])
    assert value[0]["km"] == pytest.approx(5_110, abs=15)


def test_the_longest_route_is_not_the_longest_wait():
    slot = [
        a_seen(flight_id="late", departure_delay_min=900, arrival_delay_min=1_500),
        a_seen(flight_id="far", origin=CDG, destination=EZE),
    ]
    assert value_of("longest_active_route", slot)["flight_id"] == "far"


def test_the_manufacturer_is_not_read_from_a_registration():
    seen = seen_from(aircraft={"registration": "F-GKXS", "iata": None, "icao": None, "icao24": None})
    answer = asked("manufacturer_most_active", [seen])
    assert (answer.value, answer.excluded) == (None, {"no-aircraft": 1})


def test_an_airport_with_departures_only_or_arrivals_only_keeps_its_gap():
    slot = [*some(4, origin=JFK, destination=EZE), a_seen(origin=LYS, destination=CDG)]
    answer = asked("airport_largest_imbalance", slot)
    assert answer.value == {"airport": "EZE", "name": "EZE airport", "outbound": 0, "inbound": 4, "gap": -4}
    assert answer.ties == {"world": ["EZE", "JFK"]}


def test_records_with_few_fields_are_not_dropped():
    """Rich rows are rare: of these only one has an aircraft, a position and times, and all four are counted."""
    poor = seen_from(aircraft=None, live=None, departure_delay_min=None)
    slot = [seen_from(), poor, poor, poor]
    assert value_of("airline_most_active", slot)["count"] == 4
    assert value_of("destination_most_popular_by_continent", slot)[0]["count"] == 4
    assert asked("manufacturer_most_active", slot).excluded == {"no-aircraft": 3}


def test_codeshare_rows_are_one_movement_of_the_operating_airline():
    rows = [a_row(), a_marketing_row("DL", "8300"), a_marketing_row("KL", "2001"), a_marketing_row("KL", "2001")]
    documents = map(observation_document, merge_all(records_from(rows)).values())
    slot = [see(document, SmallReference()) for document in documents]
    assert value_of("airline_most_active", slot) == {"airline": "AFR", "name": "AFR airline", "count": 1}
    assert value_of("movements", slot)["marketed_flights"] == 3


def test_codeshare_rows_alone_are_one_movement_of_the_operating_airline():
    rows = [a_marketing_row("DL", "8300"), a_marketing_row("KL", "2001")]
    documents = map(observation_document, merge_all(records_from(rows)).values())
    slot = [see(document, SmallReference()) for document in documents]
    assert value_of("airline_most_active", slot) == {"airline": "AFR", "name": "AFR airline", "count": 1}


def test_nothing_is_null_and_never_a_text():
    nameless = seen_from(
        operating={"airline_iata": None, "airline_icao": "ZZZ", "airline_name": None}, aircraft=None, live=None
    )
    told = [answer.value for answer in answers([nameless], WHOLE).values()]
    assert "N/A" not in repr(told)
    assert value_of("airline_most_active", [nameless])["name"] is None
