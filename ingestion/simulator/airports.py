"""The airports of the made-up world: real places, named the way the upstream names them."""

from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

import airportsdata

from ingestion.simulator.airlines import airlines
from ingestion.simulator.countries import countries
from ingestion.simulator.draws import draw

EARTH_KM = 6371.0

# Busy airports whose official name does not say "International".
_BUSY_CODES = """NCE LYS MRS TLS BOD NTE BES BIQ GVA BSL HAM DUS CGN STR LEJ NUE HAJ EDI GLA BHX LTN NCL
LPL BRS ABZ BFS ORK SNN BGO TRD SVG TOS GOT BLL OUL RVN EIN RTM OPO FAO FNC PDL AGP PMI ALC VLC
IBZ SVQ BIO LPA TFS NAP CTA PMO BLQ VCE TRN PSA OLB CAG SDU CGH SSA FOR REC POA CWB BEL MAO NQN
BRC USH IGR LPB CUZ AQP CLO CTG LGA DCA HOU OAK SNA BUR STL AUS RDU CLE PIT CMH MCI OGG KOA LIH
JNU FAI YHZ YWG YEG YOW YYJ YYC OKA CTS FUK NGO HIJ KMJ SDJ TSN SHE DLC TAO HGH NKG WUH CSX KWL
HRB LHW XNN LXA MIG KHH CJJ PUS CJU TAE DPS SUB UPG MES KNO PEN BKI KCH HKT CNX USM DAD CXR PQC
CEB DVO ILO HYD MAA COK AMD PNQ GOI JAI LKO CNS OOL TSV HBA LST ASP ROK DUR CPT PLZ GRJ WVB ZNZ
MRU RUN SEZ TNR DZA MLE PPT RAR TBU APW NOU MDL DIL PEW SKT MUX DYR PKC GDX UUS KHV VVO OVB SVX
KZN ROV AER KRR LED"""
_BUSY = frozenset(_BUSY_CODES.split())
# One in so many airports of the real answers has no name, no zone or a line break in its name.
_NAMELESS, _ZONELESS, _BROKEN_NAME = 160, 120, 70


@dataclass(frozen=True, slots=True, eq=False)
class Airport:
    iata: str
    icao: str
    name: str | None
    timezone: str | None
    zone: ZoneInfo
    city: str
    country: str
    latitude: float
    longitude: float


@cache
def airports() -> dict[str, Airport]:
    """Every airport with a part in the schedule, in order of code."""
    hubs = {hub for airline in airlines() for hub in airline.hubs}
    wanted = hubs | _BUSY
    return {
        code: _airport(entry, is_hub=code in hubs)
        for code, entry in sorted(airportsdata.load("IATA").items())
        if entry["icao"] and entry["tz"] and entry["country"] in countries()
        if code in wanted or "International" in entry["name"]
    }


@cache
def metropolitan_codes() -> dict[str, frozenset[str]]:
    """City codes such as LON, with the airports they stand for."""
    cities = airportsdata.load_iata_macs()
    return {code: frozenset(city["airports"]) for code, city in cities.items()}


def distance_km(one: Airport, other: Airport) -> float:
    lat1, lat2 = radians(one.latitude), radians(other.latitude)
    half_lon = radians(other.longitude - one.longitude) / 2
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def _airport(entry: airportsdata.Airport, *, is_hub: bool) -> Airport:
    odd = 0 if is_hub else draw("airport", entry["iata"])
    return Airport(
        iata=entry["iata"],
        icao=entry["icao"],
        name=_spelt(entry["name"], odd),
        timezone=entry["tz"] if is_hub or odd % _ZONELESS else None,
        zone=ZoneInfo(entry["tz"]),
        city=entry["city"],
        country=entry["country"],
        latitude=entry["lat"],
        longitude=entry["lon"],
    )


def _spelt(name: str, odd: int) -> str | None:
    """Drop the word Airport as the upstream mostly does; a hub (0) is never odd."""
    short = name.removesuffix(" Airport")
    if not odd:
        return short
    if not odd % _NAMELESS:
        return None
    return f"{name}\r\n" if not odd % _BROKEN_NAME else short
