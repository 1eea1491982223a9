"""The tables as packaged: what is in them, and that their sources give them byte for byte."""

import json
import shutil
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from flights.records import Aircraft
from flights.reference.packaged import TABLES, digest, packaged_tables
from flights.reference.resolver import Reference
from ingestion.simulator.reference import reference_rows

COUNTRIES = {"FR": {"name": "France", "continent": "EU"}, "AC": {"name": "Ascension", "continent": "AF"}}
AIRLINES = '24,American Airlines,\\N,AA,AAL,AMERICAN,United States,Y\n77,"Air, with comma",\\N,QX,ZQX,,France,N\n'
AIRCRAFT = """\
Manufacturer,Model,ICAO Designator,Description,Engine Type,Engine N°,Wake Turbulence
AIRBUS,A-318,A318,LandPlane,Jet,2,M
GROB,Acro,G103,Glider,,0,L
"""


@pytest.fixture(scope="module")
def tables():
    return packaged_tables()


@pytest.fixture(scope="module")
def packaged(tables):
    kinds = ("countries", "airports", "airlines", "aircraft_types")
    return Reference("packaged", **{kind: getattr(tables, kind) for kind in kinds})


@pytest.fixture
def sources(tmp_path):
    """Small sources in a folder, and the tables that are written by hand beside them."""
    for file, text in (("c.json", json.dumps(COUNTRIES)), ("a.dat", AIRLINES), ("t.csv", AIRCRAFT)):
        (tmp_path / file).write_text(text, encoding="utf-8")
    into = tmp_path / "tables"
    shutil.copytree(TABLES, into)
    for name in ("airlines.csv", "aircraft_types.csv", "countries.csv"):
        (into / name).unlink()
    return tmp_path


def build(folder, into="tables"):
    files = {"countries": folder / "c.json", "airlines": folder / "a.dat", "aircraft": folder / "t.csv"}
    call_command("build_reference", **files, into=folder / into)
    return {file.name: file.read_bytes() for file in (folder / into).iterdir()}


def test_the_same_sources_give_the_same_bytes(sources, capsys):
    first = build(sources)
    (sources / "tables" / "built.txt").write_text("2026-01-02\n", encoding="utf-8")
    again = build(sources)
    assert {**again, "built.txt": first["built.txt"]} == first
    assert again["built.txt"] == b"2026-01-02\n"
    assert "nothing" in capsys.readouterr().out


def test_the_tables_are_built_from_their_sources(sources):
    built = build(sources)
    assert built["countries.csv"].decode().splitlines() == ["code,name,continent", "FR,France,EU"]
    assert b'\nZQX,QX,ZQX,"Air, with comma",,FR,0\n' in built["airlines.csv"]
    assert b"\nG103,Grob,Acro,\n" in built["aircraft_types.csv"]


def test_another_source_makes_another_version(sources):
    build(sources)
    before = digest(packaged_tables(sources / "tables"))
    (sources / "a.dat").write_text(AIRLINES.replace("ZQX", "ZQZ"), encoding="utf-8")
    build(sources)
    assert digest(packaged_tables(sources / "tables")) != before


def test_a_source_that_is_another_file_is_named(sources):
    (sources / "c.json").write_text("[]", encoding="utf-8")
    with pytest.raises(CommandError, match="source can't be read"):
        build(sources)


def test_every_code_stands_once_but_those_of_airlines_that_are_gone(tables):
    for table in (tables.countries, tables.airports, tables.aircraft_types):
        assert len({row.code for row in table}) == len(table)
    flying = Counter(each.icao for each in tables.airlines if each.active and each.icao)
    assert [code for code, times in flying.items() if times > 1] == ["RAC", "SKV", "TYR"]


def test_no_iata_type_code_stands_for_two_types(tables):
    counted = Counter(code for each in tables.aircraft_types for code in each.iata)
    assert [code for code, times in counted.items() if times > 1] == []


def test_every_airport_has_a_known_country_and_a_place_on_earth(tables):
    countries = {each.code for each in tables.countries}
    assert {each.country for each in tables.airports} <= countries
    assert all(abs(each.latitude) <= 90 and abs(each.longitude) <= 180 for each in tables.airports)
    assert not [each for each in tables.airports if (each.latitude, each.longitude) == (0.0, 0.0)]


@pytest.mark.parametrize(
    ("iata", "designator"),
    [("320", "A320"), ("32N", "A20N"), ("73H", "B738"), ("738", "B738"), ("77W", "B77W"), ("7M8", "B38M"),
     ("E90", "E190"), ("CR9", "CRJ9"), ("AT7", "AT76"), ("32Q", "A21N"), ("76W", "B763")],
)  # fmt: skip
def test_iata_type_codes_of_airlines_name_one_type(packaged, iata, designator):
    assert packaged.aircraft(Aircraft(iata=iata)).code == designator


@pytest.mark.parametrize(
    ("designator", "manufacturer"),
    [("CRJ9", "Bombardier"), ("DH8D", "De Havilland Canada"), ("BCS3", "Airbus"), ("MD82", "McDonnell Douglas"),
     ("AT76", "ATR"), ("B712", "Boeing"), ("BE20", "Beechcraft"), ("E145", "Embraer")],
)  # fmt: skip
def test_types_of_several_makers_have_the_usual_one(packaged, designator, manufacturer):
    assert packaged.aircraft(Aircraft(icao=designator)).manufacturer == manufacturer


def test_every_airport_airline_and_type_of_the_simulated_world_is_known(packaged):
    airports = [packaged.airport(row["iata_code"], row["icao_code"]) for row in reference_rows("airports")]
    airlines = [packaged.airline(row["iata_code"], row["icao_code"]) for row in reference_rows("airlines")]
    types = [packaged.aircraft(Aircraft(iata=row["iata_code"])) for row in reference_rows("aircraft_types")]
    assert [each for each in airports + airlines + types if not hasattr(each, "code")] == []
