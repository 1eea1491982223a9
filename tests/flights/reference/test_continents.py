"""An airport's continent is decided by where it lies."""

import pytest

from flights.reference.continents import continent_of
from flights.reference.entities import Continent
from flights.reference.packaged import packaged_tables

PLACES = """
IST EU Istanbul, new airport|TEQ EU Çorlu, Thrace|SAW AS Istanbul, Asian side|CKZ AS Çanakkale, across the Dardanelles
ESB AS Ankara|SVO EU Moscow|KGD EU Kaliningrad|UFA EU Ufa, west of the Urals|SVX AS Yekaterinburg, east of them
VKT EU Vorkuta, west of the northern Urals|SLY AS Salekhard, east of them|VVO AS Vladivostok
PVS AS Provideniya, in the western hemisphere|MCX EU Makhachkala|URA EU Oral|GUW EU Atyrau|SCO AS Aktau|ALA AS Almaty
CAI AF Cairo|HRG AF Hurghada|SSH AS Sharm el-Sheikh|CGK AS Jakarta|AMQ AS Ambon|DJJ OC Jayapura|SOQ OC Sorong
MAD EU Madrid|LPA AF Gran Canaria|MLN AF Melilla|LIS EU Lisbon|FNC AF Madeira|PDL EU Azores|HNL OC Honolulu
ANC NA Anchorage|SJU NA San Juan|GUM OC Guam|SCL SA Santiago|IPC OC Easter Island|SCT AS Socotra|LCA EU Larnaca
EVN AS Yerevan|TBS AS Tbilisi|GYD AS Baku|PRN EU Pristina|DIL AS Dili|KEF EU Reykjavik|GOH NA Nuuk|RUN AF Réunion
POS NA Port of Spain|CUR NA Curaçao|GPS SA Galápagos|PPT OC Tahiti|MLE AS Maldives|XCH AS Christmas Island
"""
EXPECTED = [place.split(" ", 2) for line in PLACES.strip().splitlines() for place in line.split("|")]


@pytest.fixture(scope="module")
def continents():
    return {airport.iata: airport.continent for airport in packaged_tables().airports if airport.iata}


@pytest.mark.parametrize(("iata", "continent", "where"), EXPECTED)
def test_an_airport_lies_on_the_continent_of_its_place(continents, iata, continent, where):
    assert continents[iata] == continent


def test_a_country_on_one_continent_is_not_asked_for_the_position():
    assert continent_of("FR", -17.0, -149.0, Continent.EUROPE) is Continent.EUROPE
