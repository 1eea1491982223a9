from datetime import datetime

import pytest

from flights.errors import NoIdentity
from flights.identity import flight_id, operating_code
from flights.records import Operating

DEPARTS = datetime(2026, 11, 24, 6, 15)  # noqa: DTZ001 - a local clock time


def flown_by(
    *,
    carrier_iata: str | None = None,
    carrier_icao: str | None = None,
    number: str | None = None,
    iata: str | None = None,
    icao: str | None = None,
) -> Operating:
    return Operating(
        airline_iata=carrier_iata,
        airline_icao=carrier_icao,
        airline_name=None,
        number=number,
        flight_iata=iata,
        flight_icao=icao,
    )


def test_a_flight_id_reads_as_local_departure_leg_and_operating_flight():
    assert flight_id(DEPARTS, "LYS", "CDG", "AF7641") == "2026-11-24T0615-LYS-CDG-AF7641"


@pytest.mark.parametrize("code", ["", "AF 1", "AF-1", "af1", "AÉ1", "AF٣", "A" * 13, "AF1\n"])
def test_a_code_of_other_signs_than_letters_and_digits_gives_no_flight_id(code):
    with pytest.raises(NoIdentity, match="not a code"):
        flight_id(DEPARTS, "LYS", "CDG", code)


@pytest.mark.parametrize(("origin", "destination"), [("L-S", "CDG"), ("LYS", "")])
def test_an_airport_code_is_held_to_the_same_rule(origin, destination):
    with pytest.raises(NoIdentity):
        flight_id(DEPARTS, origin, destination, "AF7641")


@pytest.mark.parametrize(
    ("flight", "code"),
    [
        (flown_by(iata="AF7641", icao="AFR7641", carrier_iata="AF", number="7641"), "AF7641"),
        (flown_by(icao="AFR7641", carrier_iata="AF", number="7641"), "AFR7641"),
        (flown_by(carrier_iata="AF", carrier_icao="AFR", number="7641"), "AF7641"),
        (flown_by(carrier_icao="AFR", number="7641"), "AFR7641"),
        (flown_by(number="7641"), "7641"),
        (flown_by(iata="DL", icao="DAL1002", carrier_iata="DL"), "DAL1002"),
        (flown_by(iata="DL", carrier_iata="DL"), "DL"),
        (flown_by(icao="QLK", carrier_icao="QLK"), "QLK"),
        (flown_by(carrier_icao="QLK"), "QLK"),
        (flown_by(iata="AF12A"), "AF12A"),
        (flown_by(number="40"), "40"),
    ],
)
def test_the_best_code_that_the_row_has_names_the_operating_flight(flight, code):
    assert operating_code(flight) == code


def test_a_row_that_names_no_flight_and_no_carrier_has_no_identity():
    with pytest.raises(NoIdentity, match="no flight and no carrier"):
        operating_code(flown_by())
