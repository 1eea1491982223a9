"""The upstream fills gaps of the packaged tables; it overwrites nothing."""

from flights.reference.entities import AircraftType, Airline, Airport, Continent, Country
from flights.reference.packaged import Tables
from ingestion.refining import LISTED, refine
from tests.ingestion.test_reference_rows import ABILENE, SOUTHWEST, recorded

CODES = {"united states": "US", "french polynesia": "PF", "united states minor outlying islands": "UM"}
ABI = Airport(
    code="ABI", iata="ABI", icao="KABI", name="Abilene Regional Airport", city="Abilene", country="US",
    continent=Continent.NORTH_AMERICA, latitude=32.4113, longitude=-99.6819, zone="America/Chicago",
)  # fmt: skip
SWA = Airline(code="SWA", iata="WN", icao="SWA", name="Southwest Airlines", callsign=None, country="US")
GONE = Airline(code="AAL", iata="AA", icao="AAL", name="Old American", callsign=None, country="US", active=False)
TABLES = Tables(
    countries=(
        Country(code="PF", name="French Polynesia", continent=Continent.OCEANIA),
        Country(code="UM", name="Minor Islands", continent=Continent.OCEANIA),
        Country(code="US", name="United States", continent=Continent.NORTH_AMERICA),
    ),
    airports=(ABI,),
    airlines=(GONE, SWA),
    aircraft_types=(
        AircraftType(code="B733", manufacturer="Boeing", model="737-300", iata=("733",)),
        AircraftType(code="B738", manufacturer="Boeing", model="737-800", iata=("738", "73H")),
    ),
)


def refined(**told):
    return refine(TABLES, {endpoint: list(rows) for endpoint, rows in told.items()}, CODES)


def disagreements(notes):
    return [(each["code"], each["what"], each["kept"], each["told"]) for each in notes.disagreements]


def test_a_missing_airport_is_added_with_its_continent():
    tables, notes = refined(airports=[recorded("airports")])
    assert [(each.code, each.continent) for each in tables.airports] == [("AAA", "OC"), ("ABI", "NA")]
    assert notes.added["airports"] == 1


def test_a_known_airport_is_never_overwritten():
    tables, notes = refined(airports=[{**ABILENE, "country_iso2": "PF", "country_name": "", "latitude": "10"}])
    assert tables.airports == (ABI,)
    assert [each[:3] for each in disagreements(notes)] == [
        ("ABI", "country", "US"), ("ABI", "position", "32.4113, -99.6819"),
    ]  # fmt: skip


def test_abilene_in_andorra_is_not_let_in():
    tables, notes = refined(airports=[{**ABILENE, "iata_code": "QQQ", "icao_code": "QQQQ"}])
    assert tables.airports == (ABI,)
    assert notes.left_out == {"country-unknown": 1}


def test_an_airport_told_twice_is_added_once():
    tables, notes = refined(airports=[recorded("airports"), recorded("airports", id="9")])
    assert len(tables.airports) == 2
    assert notes.left_out["airport-told-twice"] == 1


def test_an_airline_that_flies_is_added_beside_one_that_is_gone():
    tables, notes = refined(airlines=[recorded("airlines")])
    assert [(each.name, each.active) for each in tables.airlines if each.icao == "AAL"] == [
        ("American Airlines", True), ("Old American", False),
    ]  # fmt: skip
    assert notes.added["airlines"] == 1


def test_southwest_stays_in_the_united_states():
    tables, notes = refined(airlines=[SOUTHWEST])
    assert SWA in tables.airlines
    assert notes.added["airlines"] == 0
    assert notes.left_out == {"airline-country-uninhabited": 1}


def test_an_airline_does_not_get_the_iata_code_of_another_that_flies():
    tables, notes = refined(airlines=[recorded("airlines", icao_code="JTL", iata_code="WN", airline_name="Jet Linx")])
    added = next(each for each in tables.airlines if each.icao == "JTL")
    assert added.iata is None
    assert disagreements(notes) == [("JTL", "IATA code", "Southwest Airlines", "Jet Linx")]


def test_another_country_of_a_known_airline_is_noted_and_not_taken():
    tables, notes = refined(airlines=[{**SOUTHWEST, "country_iso2": "PF", "country_name": None}])
    assert SWA in tables.airlines
    assert disagreements(notes) == [("SWA", "country", "US", "PF")]


def test_another_iata_code_of_a_known_airline_is_noted_and_not_taken():
    tables, notes = refined(airlines=[{**SOUTHWEST, "iata_code": "W1", "country_iso2": None}])
    assert SWA in tables.airlines
    assert disagreements(notes) == [("SWA", "IATA code", "WN", "W1")]


def test_an_airframe_gets_its_type_by_designator_then_by_type_code():
    rows = [recorded("airplanes"), recorded("airplanes", icao_code_hex="4A0824", iata_code_long=None,
                                            iata_code_short="73H")]  # fmt: skip
    tables, _ = refined(airplanes=rows)
    assert [(each.code, each.type, each.registration) for each in tables.airframes] == [
        ("4A0823", "B733", "YR-BAC"), ("4A0824", "B738", "YR-BAC"),
    ]  # fmt: skip


def test_a_designator_in_the_short_code_is_understood_as_it_was_sent_in_2019():
    tables, _ = refined(airplanes=[recorded("airplanes", iata_code_long="B737-377", iata_code_short="B733")])
    assert tables.airframes[0].type == "B733"


def test_an_address_of_two_types_in_service_has_none():
    other = recorded("airplanes", iata_code_long="B738")
    tables, notes = refined(airplanes=[recorded("airplanes"), other])
    assert tables.airframes == ()
    assert notes.left_out == {"airframe-of-several-types": 1}


def test_an_aircraft_in_service_goes_before_one_that_had_its_address():
    stored = recorded("airplanes", iata_code_long="B738", plane_status="stored")
    tables, _ = refined(airplanes=[stored, recorded("airplanes")])
    assert [each.type for each in tables.airframes] == ["B733"]


def test_a_type_that_is_not_known_is_counted_by_its_code():
    _, notes = refined(
        airplanes=[recorded("airplanes", iata_code_long="ZZ99", iata_code_short=None)] * 2,
        aircraft_types=[recorded("aircraft_types", iata_code="733"), recorded("aircraft_types")],
    )
    assert notes.unknown_types == {"ZZ99": 2, "100 (Fokker 100)": 1}
    assert notes.left_out == {"airframe-type-unknown": 2}


def test_a_continent_is_compared_and_kept():
    tables, notes = refined(countries=[{"country_iso2": "PF", "continent": "EU"}, {"country_iso2": "XX"}])
    assert tables.countries == TABLES.countries
    assert disagreements(notes) == [("PF", "continent", "OC", "EU")]
    assert notes.left_out == {"country-unknown": 1}


def test_the_first_hundred_disagreements_are_listed_and_all_are_counted():
    _, notes = refined(countries=[{"country_iso2": "PF", "continent": "EU"}] * (LISTED + 1))
    document = notes.as_document()
    assert (document["disagreements"], len(document["first_disagreements"])) == (LISTED + 1, LISTED)


def test_rows_of_odd_shapes_are_refused_one_by_one():
    odd = [{}, {"iata_code": 5, "status": ["active"]}, {"icao_code_hex": {}, "country_iso2": []}]
    tables, notes = refined(airports=odd, airlines=odd, airplanes=odd, countries=odd, aircraft_types=odd)
    assert (tables.airports, tables.airlines, tables.airframes) == (TABLES.airports, TABLES.airlines, ())
    assert sum(notes.left_out.values()) == 14
