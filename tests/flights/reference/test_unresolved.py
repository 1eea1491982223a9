"""Codes that could not be resolved are named."""

from collections import Counter

from flights.records import Aircraft
from flights.reference.resolver import Reference
from flights.reference.unresolved import Unresolved, unresolved_codes
from tests.factories import a_row, records_from
from tests.references import SMALL, TWINS

KNOWN = Reference("v1", airports=SMALL.airports, airlines=TWINS, aircraft_types=SMALL.aircraft_types)


def missed(aircraft=None, **changes):
    record = records_from([a_row(**changes)])[0]
    return Counter(unresolved_codes(KNOWN, (record.departure, record.arrival), record.operating, aircraft))


def test_an_unknown_airport_and_an_unknown_airline_are_named_by_all_codes_told():
    assert missed() == {
        Unresolved("airport", "CDG/LFPG", "unknown"): 1,
        Unresolved("airline", "AF/AFR", "unknown"): 1,
    }


def test_ambiguous_is_another_answer_than_unknown():
    found = missed(airline={"name": "Twin", "iata": "AF", "icao": "TYR"})
    assert found[Unresolved("airline", "AF/TYR", "ambiguous")] == 1


def test_an_aircraft_is_named_by_its_type_or_else_by_its_address():
    assert missed(Aircraft(iata="737", icao24="4A0000"))[Unresolved("aircraft", "737", "unknown")] == 1
    assert missed(Aircraft(icao24="4A0000"))[Unresolved("aircraft", "4A0000", "unknown")] == 1


def test_what_is_known_or_was_not_told_is_not_among_them():
    assert {each.kind for each in missed(Aircraft(registration="F-GKXA"))} == {"airport", "airline"}
    assert {each.kind for each in missed(Aircraft(icao="B738"))} == {"airport", "airline"}
