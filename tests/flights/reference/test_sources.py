"""Airlines and aircraft types from rows as their sources have them."""

import csv

import pytest

from flights.reference.doc8643 import types_of
from flights.reference.entities import AircraftType, Airline
from flights.reference.openflights import airlines_of, iata_code, icao_code

ROWS = """\
-1,Unknown,\\N,-,N/A,\\N,\\N,Y
1,Private flight,\\N,-,N/A,,,Y
3,1Time Airline,\\N,1T,RNX,NEXTIME,South Africa,Y
24,American Airlines,\\N,AA,AAL,AMERICAN,United States,Y
75,Aerocesar,\\N,,AEO,,AEROCESAR,N
90,Broken Code,\\N,+,BRK,,France,Y
91,Two Digits,\\N,12,,,France,Y
92,Tiger Airways Australia,\\N,TT,TGW,TIGGOZ,Australia,Y
93,Old Scoot,\\N,TR,OLD,,France,n
"""
SCOOT = Airline(code="TGW", iata="TR", icao="TGW", name="Scoot", callsign="SCOOTER", country="SG")


@pytest.fixture
def made():
    rows = csv.reader(ROWS.splitlines())
    names = {"south africa": "ZA", "united states": "US", "france": "FR", "australia": "AU"}
    airlines, left_out = airlines_of(rows, names, [SCOOT])
    return {each.code: each for each in airlines}, left_out


def test_an_airline_has_its_codes_callsign_and_country(made):
    assert made[0]["RNX"] == Airline(
        code="RNX", iata="1T", icao="RNX", name="1Time Airline", callsign="NEXTIME", country="ZA", active=True
    )


def test_rows_without_a_usable_code_are_dropped_and_counted(made):
    assert set(made[0]) == {"RNX", "AAL", "AEO", "BRK", "TGW", "OLD"}
    assert made[1]["rows without a usable code"] == 3


def test_a_word_that_is_no_country_is_left_out_and_counted(made):
    assert made[0]["AEO"].country is None
    assert made[1]["countries that are none"] == 1


def test_a_malformed_code_is_left_out_and_counted(made):
    assert made[0]["BRK"].iata is None
    assert made[1]["malformed codes"] == 2


def test_a_code_means_what_it_means_today(made):
    assert made[0]["TGW"] is SCOOT
    assert made[0]["OLD"].iata is None


def test_the_letter_n_in_any_case_means_that_an_airline_is_gone(made):
    assert (made[0]["OLD"].active, made[0]["AEO"].active, made[0]["AAL"].active) == (False, False, True)


@pytest.mark.parametrize(("text", "code"), [("aa", "AA"), ("U2", "U2"), ("12", None), ("A", None), ("", None)])
def test_an_iata_code_has_two_characters_and_a_letter(text, code):
    assert iata_code(text) == code


@pytest.mark.parametrize(("text", "code"), [("afr", "AFR"), ("AF1", None), ("N/A", None), (None, None)])
def test_an_icao_code_has_three_letters(text, code):
    assert icao_code(text) == code


def types(*rows, usual=None):
    names = ("Manufacturer", "Model", "ICAO Designator")
    makers = {"CANADAIR": "Bombardier", "BOMBARDIER": "Bombardier", "VIKING": "De Havilland Canada"}
    return {
        each.code: each for each in types_of([dict(zip(names, row, strict=True)) for row in rows], makers, usual or {})
    }


def test_a_makers_names_are_united():
    made = types(
        ("BOMBARDIER", "CRJ-550", "CRJ7"), ("CANADAIR", "CRJ-700 long", "CRJ7"), ("VIKING (2)", "DHC-6", "DHC6")
    )
    assert made["CRJ7"] == AircraftType(code="CRJ7", manufacturer="Bombardier", model="CRJ-550")
    assert made["DHC6"].manufacturer == "De Havilland Canada"


def test_a_type_of_several_makers_has_none():
    made = types(("ANTONOV", "An-2", "AN2"), ("SHIJIAZHUANG", "Y-5", "AN2"))
    assert made["AN2"].manufacturer is None


def test_a_usual_type_is_taken_as_it_is_known():
    usual = AircraftType(code="B738", manufacturer="Boeing", model="737-800", iata=("738",))
    assert types(("BOEING", "737-800 BBJ2", "B738"), usual={"B738": usual}) == {"B738": usual}


def test_what_is_no_type_is_left_out():
    assert types(("(ANY)", "Balloon", "BALL"), ("X", "Y", "toolong"), ("X", "Y", "ZZZZ")) == {}


def test_a_maker_of_no_table_is_written_in_ordinary_case():
    made = types(("SCHEMPP-HIRTH", "Arcus", "ARCS"), ("ATR", "ATR-72", "AT72"))
    assert (made["ARCS"].manufacturer, made["AT72"].manufacturer) == ("Schempp-Hirth", "ATR")
