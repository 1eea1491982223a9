"""What a row tells becomes one entity, or a reason why not."""

import pytest

from flights.records import Aircraft
from flights.reference.entities import AircraftType, Airframe, Airline, Airport, Continent, Country, Miss
from flights.reference.resolver import Reference


def an_airport(iata, icao, name="Somewhere Airport", city=None):
    return Airport(
        code=iata or icao, iata=iata, icao=icao, name=name, city=city, country="FR", continent=Continent.EUROPE,
        latitude=45.0, longitude=5.0, zone="Europe/Paris",
    )  # fmt: skip


def an_airline(iata, icao, name="Some Air", callsign=None, *, active=True):
    return Airline(code=icao or iata, iata=iata, icao=icao, name=name, callsign=callsign, country="FR", active=active)


LYS, CDG = an_airport("LYS", "LFLL", "Lyon-Saint Exupéry Airport", "Lyon"), an_airport("CDG", "LFPG", city="Paris")
ORY, NO_ICAO = an_airport("ORY", "LFPO", "Paris-Orly Airport", "Paris"), an_airport("XYZ", None)
AF, OLD_AF = an_airline("AF", "AFR", "Air France", "AIRFRANS"), an_airline("AF", "AFX", "Air Fiction", active=False)
LH, CARGO = an_airline("LH", "DLH", "Lufthansa"), an_airline("LH", "GEC", "Lufthansa Cargo")
GONE, TWIN_A, TWIN_B = an_airline("GG", "GON", active=False), an_airline("T1", "TYR"), an_airline("T2", "TYR")
PAST_A, PAST_B = an_airline("PP", "PPA", active=False), an_airline("PP", "PPB", active=False)
A320 = AircraftType(code="A320", manufacturer="Airbus", model="A320", iata=("320", "32A"))
B738 = AircraftType(code="B738", manufacturer="Boeing", model="737-800", iata=("738", "SAME"))
B739 = AircraftType(code="B739", manufacturer="Boeing", model="737-900", iata=("SAME",))


@pytest.fixture
def reference():
    return Reference(
        "v1",
        countries=[Country(code="FR", name="France", continent=Continent.EUROPE)],
        airports=[LYS, CDG, ORY, NO_ICAO, an_airport("DUP", "AAAA"), an_airport("DUP", "BBBB")],
        airlines=[AF, OLD_AF, LH, CARGO, GONE, TWIN_A, TWIN_B, PAST_A, PAST_B],
        aircraft_types=[A320, B738, B739],
        airframes=[Airframe(code="4A0823", type="B738"), Airframe(code="4A0824", type="XXXX")],
    )


@pytest.mark.parametrize(
    ("iata", "icao", "meant"),
    [
        ("LYS", "LFLL", LYS),
        ("LYS", None, LYS),
        (None, "lfll", LYS),
        ("LYS", "ZZZZ", LYS),
        ("ZZZ", "LFLL", LYS),
        ("LYS", "LFPG", Miss.AMBIGUOUS),
        ("DUP", None, Miss.AMBIGUOUS),
        ("DUP", "LFPG", Miss.AMBIGUOUS),
        ("ZZZ", "ZZZZ", Miss.UNKNOWN),
        ("ZZZ", None, Miss.UNKNOWN),
        (None, None, Miss.NOTHING),
        ("", "", Miss.NOTHING),
    ],
)
def test_an_airport_is_told_by_either_code_and_by_both_only_if_they_agree(reference, iata, icao, meant):
    assert reference.airport(iata, icao) is meant


@pytest.mark.parametrize(
    ("iata", "icao", "name", "meant"),
    [
        ("AF", "AFR", None, AF),
        ("AF", None, None, AF),
        ("LH", "AFR", None, AF),
        ("AF", "ZZZ", None, AF),
        (None, "AFX", None, OLD_AF),
        ("GG", None, None, GONE),
        ("PP", None, None, Miss.AMBIGUOUS),
        ("LH", None, None, Miss.AMBIGUOUS),
        ("LH", None, "LUFTHANSA cargo", CARGO),
        ("LH", None, "Somebody", Miss.AMBIGUOUS),
        (None, "TYR", None, Miss.AMBIGUOUS),
        ("T1", "TYR", None, Miss.AMBIGUOUS),
        ("ZZ", "ZZZ", "Air France", Miss.UNKNOWN),
        (None, None, "Air France", Miss.NOTHING),
    ],
)
def test_an_airline_is_told_by_icao_then_iata_code_and_the_name_only_decides_between_holders(
    reference, iata, icao, name, meant
):
    assert reference.airline(iata, icao, name) is meant


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (Aircraft(icao="A320"), A320),
        (Aircraft(iata="A320"), A320),
        (Aircraft(iata="320"), A320),
        (Aircraft(icao="ZZZZ", iata="32A"), A320),
        (Aircraft(icao24="4a0823"), B738),
        (Aircraft(icao="A320", icao24="4A0823"), A320),
        (Aircraft(iata="737", icao24="4A0823"), B738),
        (Aircraft(iata="SAME"), Miss.AMBIGUOUS),
        (Aircraft(iata="737"), Miss.UNKNOWN),
        (Aircraft(icao24="4A0824"), Miss.UNKNOWN),
        (Aircraft(registration="F-GKXA"), Miss.NOTHING),
        (Aircraft(), Miss.NOTHING),
        (None, Miss.NOTHING),
    ],
)
def test_an_aircraft_is_told_by_designator_type_code_or_address_but_not_by_registration(reference, told, meant):
    assert reference.aircraft(told) is meant


def test_a_country_is_told_by_its_code(reference):
    assert reference.country("fr").name == "France"
    assert reference.country(None) is None


def test_the_sizes_of_all_tables_are_told(reference):
    assert reference.sizes == {"countries": 1, "airports": 6, "airlines": 9, "aircraft_types": 3, "airframes": 2}


@pytest.mark.parametrize("text", ["LYS", "lfll", "Lyon Saint-Exupery", "LYON-SAINT EXUPÉRY AIRPORT", "lyon"])
def test_an_airport_is_found_by_any_code_name_or_spelling(reference, text):
    assert reference.find_airport(text).found is LYS


@pytest.mark.parametrize("text", ["AF", "afr", "air france", "Airfrans"])
def test_an_airline_is_found_by_any_code_name_or_callsign(reference, text):
    assert reference.find_airline(text).found is AF


@pytest.mark.parametrize("text", ["b738", "738", "737 800", "Boeing 737-800"])
def test_an_aircraft_type_is_found_by_any_code_or_name(reference, text):
    assert reference.find_aircraft_type(text).found is B738


def test_an_ambiguous_text_gives_its_candidates(reference):
    assert reference.find_airport("Paris").candidates == (CDG, ORY)
    assert reference.find_airline("LH").candidates == (LH, CARGO)


def test_an_unknown_text_gives_the_nearest_names_and_no_candidate(reference):
    match = reference.find_airline("Air Frnace")
    assert (match.found, match.candidates, match.nearest[0]) == (None, (), "air france")


def test_a_text_of_any_length_is_answered(reference):
    assert reference.find_airport("x" * 100_000).found is None
    assert reference.find_airport("").found is None
