"""Reference rows as the upstream sends them; what is wrong in them is not let in."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from flights.reference.entities import Airline, Airport, Continent, Country
from flights.reference.packaged import TABLES, country_codes, read_table
from ingestion.errors import InvalidRow
from ingestion.reference_rows import ToldAirframe, World, airframe_of, airline_of, airport_of

RECORDED = json.loads((Path(__file__).parents[1] / "data/reference_entities_2026-09_one_row_each.json").read_bytes())
WORLD = World({each.code: each.continent for each in read_table(TABLES / "countries.csv", Country)}, country_codes())
SOUTHWEST = {
    "id": "12680621", "fleet_average_age": "11.6", "airline_id": "4", "callsign": "SOUTHWEST", "hub_code": "DAL",
    "iata_code": "WN", "icao_code": "SWA", "country_iso2": "UM", "date_founded": "1967",
    "iata_prefix_accounting": "526", "airline_name": "Southwest Airlines",
    "country_name": "United States Minor Outlying Islands", "fleet_size": "718", "status": "active",
    "type": "scheduled",
}  # fmt: skip
ABILENE = {
    "id": "3487529", "gmt": "-6", "airport_id": "33", "iata_code": "ABI", "city_iata_code": "ABI", "icao_code": "KABI",
    "country_iso2": "AD", "geoname_id": "4669574", "latitude": "32.411320", "longitude": "-99.681897",
    "airport_name": "Abilene Regional", "country_name": "United States", "phone_number": None,
    "timezone": "America/Chicago",
}  # fmt: skip


def recorded(endpoint, **changes):
    return {**RECORDED[endpoint]["data"][0], **changes}


def refused(make, *args):
    with pytest.raises(InvalidRow) as error:
        make(*args)
    return error.value.reason


def test_an_airport_as_recorded_has_its_position_as_numbers_and_its_continent():
    assert airport_of(recorded("airports"), WORLD) == Airport(
        code="AAA", iata="AAA", icao="NTGA", name="Anaa", city=None, country="PF", continent=Continent.OCEANIA,
        latitude=-17.05, longitude=-145.41667, zone="Pacific/Tahiti",
    )  # fmt: skip


def test_an_airport_in_a_country_that_its_name_contradicts_is_not_let_in():
    assert refused(airport_of, ABILENE, WORLD) == "country-contradicted"
    assert airport_of({**ABILENE, "country_iso2": "US"}, WORLD).country == "US"


@pytest.mark.parametrize(
    "position",
    [{"latitude": "0", "longitude": "0.0"}, {"latitude": "91"}, {"longitude": "-181"}, {"latitude": "nan"},
     {"latitude": None}, {"longitude": ""}, {"latitude": "north"}, {"latitude": [1]}],
)  # fmt: skip
def test_an_airport_without_a_place_on_earth_is_not_let_in(position):
    assert refused(airport_of, recorded("airports", **position), WORLD) == "airport-position"


def test_a_name_loses_its_control_characters():
    told = recorded("airports", airport_name="Coondewanna\x00 Airport\r\n")
    assert airport_of(told, WORLD).name == "Coondewanna Airport"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iata_code": "A1A", "icao_code": "NTG"}, "airport-code"),
        ({"iata_code": None, "icao_code": ""}, "airport-code"),
        ({"country_iso2": "ZZ"}, "country-unknown"),
        ({"country_iso2": None}, "country-unknown"),
        ({"airport_name": " \r\n"}, "no-name"),
        ({"airport_name": "x" * 600}, "text-too-long"),
    ],
)
def test_an_airport_without_usable_code_country_or_name_is_not_let_in(changes, reason):
    assert refused(airport_of, recorded("airports", **changes), WORLD) == reason


def test_a_zone_that_is_none_is_left_out():
    assert airport_of(recorded("airports", timezone="Mars/Olympus"), WORLD).zone is None


def test_ids_are_not_read_for_they_are_not_stable():
    changed = recorded("airports", id="1", airport_id="77", geoname_id=None)
    assert airport_of(changed, WORLD) == airport_of(recorded("airports"), WORLD)


def test_an_airline_as_recorded():
    assert airline_of(recorded("airlines"), WORLD, Counter()) == Airline(
        code="AAL", iata="AA", icao="AAL", name="American Airlines", callsign="AMERICAN", country="US"
    )


def test_no_airline_is_at_home_where_nobody_lives():
    left_out = Counter()
    assert airline_of(SOUTHWEST, WORLD, left_out).country is None
    assert left_out == {"airline-country-uninhabited": 1}


def test_an_airline_keeps_all_but_a_country_that_its_name_contradicts():
    left_out = Counter()
    airline = airline_of(recorded("airlines", country_iso2="AD"), WORLD, left_out)
    assert (airline.code, airline.country) == ("AAL", None)
    assert left_out == {"airline-country-contradicted": 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "historical/administration"}, "airline-not-active"),
        ({"iata_code": "*1", "icao_code": "A"}, "airline-code"),
        ({"airline_name": "empty"}, "no-name"),
        ({"airline_name": None}, "no-name"),
    ],
)
def test_an_airline_that_is_no_more_or_has_no_code_or_name_is_not_let_in(changes, reason):
    assert refused(airline_of, recorded("airlines", **changes), WORLD, Counter()) == reason


def test_an_airframe_as_recorded_and_no_date_of_it_is_read():
    assert airframe_of(recorded("airplanes", delivery_date="0000-00-00", rollout_date="nonsense")) == ToldAirframe(
        code="4A0823", type_codes=("B733", "733"), registration="YR-BAC", active=True
    )


@pytest.mark.parametrize("address", ["000000", "FFFFFF", "4A082", "4A08234", "XYZ123", "", None, 4])
def test_an_airframe_without_an_address_is_not_let_in(address):
    assert refused(airframe_of, recorded("airplanes", icao_code_hex=address)) == "airframe-address"


def test_an_airframe_without_a_type_code_is_not_let_in():
    told = recorded("airplanes", iata_code_long=None, iata_code_short="")
    assert refused(airframe_of, told) == "airframe-type"


def test_the_operators_are_told_what_every_reason_means():
    root = Path(__file__).parents[2]
    code = "".join((root / "ingestion" / name).read_text() for name in ("reference_rows.py", "refining.py"))
    reasons = [*re.findall(r'(?:UnusableEntry\(|left_out\[)"([a-z-]+)"', code), "text-too-long"]
    derived = [f"airline-{reason}" for reason in reasons if reason.startswith("country-")]
    told = (root / "docs" / "operations.md").read_text().split("| what was not let in |")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", told)) == {*reasons, *derived}
