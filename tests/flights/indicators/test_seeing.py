"""What an observation says to the indicators."""

from datetime import timedelta

import pytest

from flights.documents import observation_document
from flights.indicators.seeing import FIELDS, see
from flights.records import Aircraft, FlightStatus
from flights.reference.entities import Miss
from tests.factories import a_record
from tests.flights.indicators.factories import A320, AFR, CDG, LYS, OBSERVED, SEEN, SmallReference, seen_from


def test_an_observation_is_resolved_once_for_all_indicators():
    assert seen_from() == SEEN


def test_a_document_of_the_store_is_understood():
    document = observation_document(a_record(aircraft=Aircraft(icao="A320")))
    seen = see(document, SmallReference())
    assert (seen.airline, seen.origin, seen.destination, seen.aircraft) == (AFR, LYS, CDG, A320)


def test_every_field_read_is_in_the_projection():
    document = observation_document(a_record())
    read = {field.partition(".")[0] for field in FIELDS}
    assert read <= document.keys()


@pytest.mark.parametrize("told", [{}, {"departure": None, "live": None, "aircraft": None, "marketed_as": None}])
def test_what_an_earlier_version_left_out_counts_as_not_told(told):
    seen = see({"_id": "2026-11-24T04Z|the-flight", **told}, SmallReference())
    assert (seen.flight_id, seen.status, seen.airline, seen.origin, seen.aircraft, seen.has_position) == (
        *("the-flight", FlightStatus.UNKNOWN, Miss.NOTHING, Miss.NOTHING, Miss.NOTHING),
        False,
    )


def test_an_unknown_code_is_kept_as_told():
    seen = seen_from(operating={"airline_iata": "ZZ", "airline_icao": "ZZZ"}, departure={"iata": "QQQ", "icao": "QQQQ"})
    assert (seen.airline, seen.airline_code, seen.origin, seen.origin_code) == (
        *(Miss.UNKNOWN, "ZZZ"),
        *(Miss.UNKNOWN, "QQQ"),
    )


def test_the_iata_code_stands_in_for_a_missing_icao_code_of_the_airline():
    assert seen_from(operating={"airline_iata": "ZZ", "airline_icao": None}).airline_code == "ZZ"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"icao": "A320", "iata": "320", "icao24": "3944f2"}, "A320"),
        ({"iata": "320", "icao24": "3944f2"}, "320"),
        ({"icao24": "3944f2"}, "3944F2"),
        ({"registration": "F-GKXS"}, None),
        (None, None),
    ],
)
def test_the_code_told_of_an_aircraft_is_its_type_else_its_address(told, code):
    assert seen_from(aircraft=told).aircraft_code == code


@pytest.mark.parametrize(
    ("status", "actual", "departed"),
    [
        ("scheduled", None, False),
        ("cancelled", None, False),
        ("unknown", None, False),
        ("active", None, True),
        ("landed", None, True),
        ("diverted", None, True),
        ("redirected", None, True),
        ("incident", None, True),
        ("scheduled", {"local": "2026-11-24T06:21", "quality": "ok"}, True),
        ("scheduled", {"local": "soon", "quality": "invalid"}, False),
    ],
)
def test_a_movement_departed_by_status_or_by_its_actual_time(status, actual, departed):
    assert seen_from(status=status, departure__actual=actual).departed is departed


@pytest.mark.parametrize(
    ("status", "actual", "arrived"),
    [("active", None, False), ("landed", None, True), ("active", {"local": "2026-11-24T07:30"}, True)],
)
def test_a_movement_arrived_by_status_or_by_its_actual_time(status, actual, arrived):
    assert seen_from(status=status, arrival__actual=actual).arrived is arrived


def test_a_position_needs_both_degrees():
    assert not seen_from(live__longitude=None).has_position


def test_a_position_is_as_old_as_when_its_row_was_observed():
    assert seen_from(live__updated=OBSERVED - timedelta(minutes=90)).position_age_min == 90


def test_an_undated_position_has_no_age():
    assert seen_from(live__updated=None).position_age_min is None


def test_codeshare_numbers_are_counted_beside_the_movement():
    assert seen_from(marketed_as=["DL8300", "KL2001"]).marketed == 2
