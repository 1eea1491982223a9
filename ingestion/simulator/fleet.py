"""Aircraft: which type flies how far for whom, and a made-up registration that stays the same."""

from dataclasses import dataclass
from functools import cache

from ingestion.simulator.airlines import Airline
from ingestion.simulator.draws import draw

SHORT_KM = 2600
MEDIUM_KM = 5600
_TYPES_OF_ONE_AIRLINE = 2
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class AircraftType:
    icao: str
    iata: str
    name: str
    family: str
    engines: int = 2


@dataclass(frozen=True, slots=True)
class Aircraft:
    type: AircraftType
    registration: str
    icao24: str


SHORT_TYPES = (
    AircraftType("A319", "319", "Airbus A319", "A319"),
    AircraftType("A320", "320", "Airbus A320", "A320"),
    AircraftType("A20N", "32N", "Airbus A320neo", "A320"),
    AircraftType("A321", "321", "Airbus A321", "A321"),
    AircraftType("B737", "73G", "Boeing 737-700", "737"),
    AircraftType("B738", "73H", "Boeing 737-800", "737"),
    AircraftType("B38M", "7M8", "Boeing 737 MAX 8", "737"),
    AircraftType("E190", "E90", "Embraer 190", "E190"),
    AircraftType("CRJ9", "CR9", "Bombardier CRJ-900", "CRJ"),
    AircraftType("AT76", "AT7", "ATR 72-600", "ATR 72"),
)
MEDIUM_TYPES = (
    AircraftType("A21N", "32Q", "Airbus A321neo", "A321"),
    AircraftType("B752", "752", "Boeing 757-200", "757"),
    AircraftType("B763", "76W", "Boeing 767-300", "767"),
    AircraftType("A332", "332", "Airbus A330-200", "A330"),
)
LONG_TYPES = (
    AircraftType("A333", "333", "Airbus A330-300", "A330"),
    AircraftType("A359", "359", "Airbus A350-900", "A350"),
    AircraftType("A388", "388", "Airbus A380-800", "A380", 4),
    AircraftType("B77W", "77W", "Boeing 777-300ER", "777"),
    AircraftType("B788", "788", "Boeing 787-8", "787"),
    AircraftType("B789", "789", "Boeing 787-9", "787"),
)
ALL_TYPES = SHORT_TYPES + MEDIUM_TYPES + LONG_TYPES
_PREFIX_TABLE = (
    "CA:C- GB:G- IE:EI- DE:D- FR:F- NL:PH- ES:EC- IT:I- TR:TC- AE:A6- QA:A7- SA:HZ- IN:VT- "
    "CN:B- JP:JA KR:HL AU:VH- NZ:ZK- BR:PR- MX:XA- SG:9V- HK:B- TW:B- PT:CS- CH:HB- AT:OE-"
)
_PREFIXES = dict(pair.split(":") for pair in _PREFIX_TABLE.split())


@cache
def types_flown(airline: Airline, km: int) -> tuple[AircraftType, ...]:
    """The types one airline uses in the range class that holds this distance."""
    options = _range_class(km)
    start = draw("types", airline.name) % len(options)
    return tuple(options[(start + i) % len(options)] for i in range(_TYPES_OF_ONE_AIRLINE))


def fleet_size(airline: Airline) -> int:
    """Aircraft of each of its types."""
    return max(3, airline.legs_a_day // 40)


def aircraft_flying(airline: Airline, km: int, *, pick: int) -> Aircraft:
    flown = types_flown(airline, range_ceiling(km))
    return aircraft(airline, flown[pick % len(flown)], (pick >> 8) % fleet_size(airline))


def aircraft(airline: Airline, kind: AircraftType, number: int) -> Aircraft:
    identity = draw("aircraft", airline.name, kind.icao, number)
    return Aircraft(kind, _registration(airline.country, identity), f"{identity >> 40:06X}")


def range_ceiling(km: int) -> int:
    """One distance for the whole range class, so that the cache above stays small."""
    if km <= SHORT_KM:
        return SHORT_KM
    return MEDIUM_KM if km <= MEDIUM_KM else MEDIUM_KM + 1


def _range_class(km: int) -> tuple[AircraftType, ...]:
    if km <= SHORT_KM:
        return SHORT_TYPES
    return MEDIUM_TYPES if km <= MEDIUM_KM else LONG_TYPES


def _registration(country: str, identity: int) -> str:
    if country == "US":
        return f"N{100 + identity % 900}{_LETTERS[identity >> 10 & 15]}{_LETTERS[identity >> 14 & 15]}"
    letters = "".join(_LETTERS[identity >> shift & 15] for shift in (0, 4, 8))
    return f"{_PREFIXES.get(country, 'XU-')}{_LETTERS[identity >> 12 & 15]}{letters}"
