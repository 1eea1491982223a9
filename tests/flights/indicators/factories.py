"""A small world, and movements in it, with what a test cares about changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from flights.indicators.answers import Answer, Frame
from flights.indicators.registry import REGISTRY, answer
from flights.indicators.seeing import see
from flights.indicators.seen import Seen
from flights.records import Aircraft, FlightStatus
from flights.reference.entities import AircraftType, Airline, Airport, Continent, Miss

OBSERVED = datetime(2026, 11, 24, 4, 0, 9, tzinfo=UTC)
FLIGHT = "2026-11-24T0615-LYS-CDG-AF7641"
WHOLE = Frame(sampling="all pages announced", pages_fetched=1, rows_announced=100, rows_received=100)


def an_airport(code: str, continent: str, latitude: float, longitude: float, country: str = "XX") -> Airport:
    return Airport(
        code=code,
        iata=code,
        icao=f"I{code}",
        name=f"{code} airport",
        city=None,
        country=country,
        continent=Continent(continent),
        latitude=latitude,
        longitude=longitude,
        zone=None,
    )


def an_airline(code: str, country: str | None = "FR") -> Airline:
    return Airline(code=code, iata=code[:2], icao=code, name=f"{code} airline", callsign=None, country=country)


def a_type(code: str, manufacturer: str | None = "Airbus") -> AircraftType:
    return AircraftType(code=code, manufacturer=manufacturer, model=code, iata=(code[1:],))


LYS, CDG = an_airport("LYS", "EU", 45.7264, 5.09083, "FR"), an_airport("CDG", "EU", 49.01278, 2.55, "FR")
IST, ESB = an_airport("IST", "EU", 41.262, 28.743, "TR"), an_airport("ESB", "AS", 40.128, 32.995, "TR")
JFK, EZE = an_airport("JFK", "NA", 40.63983, -73.77874, "US"), an_airport("EZE", "SA", -34.8222, -58.5358, "AR")
GRU, NRT = an_airport("GRU", "SA", -23.4356, -46.4731, "BR"), an_airport("NRT", "AS", 35.7647, 140.386, "JP")
NAN, HNL = an_airport("NAN", "OC", -17.7554, 177.443, "FJ"), an_airport("HNL", "OC", 21.3206, -157.924, "US")
AIRPORTS = {each.code: each for each in (LYS, CDG, IST, ESB, JFK, EZE, GRU, NRT, NAN, HNL)}

AFR, DLH = an_airline("AFR"), an_airline("DLH", "DE")
PRIVATE = an_airline("PVT", None)
AIRLINES = {each.code: each for each in (AFR, DLH)}

A320, A321, A359 = a_type("A320"), a_type("A321"), a_type("A359")
B738, E190 = a_type("B738", "Boeing"), a_type("E190", "Embraer")
C47 = a_type("C47", None)
TYPES = {each.code: each for each in (A320, A321, A359, B738, E190, C47)}


class SmallReference:
    """Resolves by ICAO code, for airports by IATA code; `TWO` stands for several, a registration for nothing."""

    def airport(self, iata: str | None, icao: str | None) -> Airport | Miss:
        return _found(AIRPORTS, iata)

    def airline(self, iata: str | None, icao: str | None, name: str | None = None) -> Airline | Miss:
        return _found(AIRLINES, icao)

    def aircraft(self, told: Aircraft | None) -> AircraftType | Miss:
        return _found(TYPES, told.icao if told else None)


def _found(table: dict[str, Any], code: str | None) -> Any:
    if code is None:
        return Miss.NOTHING
    return Miss.AMBIGUOUS if code == "TWO" else table.get(code, Miss.UNKNOWN)


SEEN = Seen(
    flight_id=FLIGHT,
    page="00.00000",
    status=FlightStatus.ACTIVE,
    airline_code="AFR",
    airline=AFR,
    origin_code="LYS",
    origin=LYS,
    destination_code="CDG",
    destination=CDG,
    aircraft_code="A320",
    aircraft=A320,
    speed_kmh=800.0,
    has_position=True,
    is_ground=False,
    position_age_min=5.0,
    marketed=0,
    departure_delay_min=6,
    arrival_delay_min=None,
    departed=True,
    arrived=False,
)


def a_seen(**changes: Any) -> Seen:
    """An active AFR A320 from LYS to CDG; an end, airline or aircraft that is a Miss keeps its told code."""
    for end in ("origin", "destination", "airline", "aircraft"):
        if end in changes and not isinstance(changes[end], Miss):
            changes.setdefault(f"{end}_code", changes[end].code)
        if changes.get(end) is Miss.NOTHING:
            changes.setdefault(f"{end}_code", None)
    return replace(SEEN, **changes)


def some(count: int, **changes: Any) -> list[Seen]:
    return [a_seen(**changes)] * count


def asked(indicator: str, seen: list[Seen], frame: Frame = WHOLE) -> Answer:
    return answer(REGISTRY[indicator], seen, frame)


def value_of(indicator: str, seen: list[Seen]) -> Any:
    return asked(indicator, seen).value


def a_document(**changes: Any) -> dict[str, Any]:
    """An observation as the store holds it, changed by dotted path with `__` for the dot."""
    document: dict[str, Any] = {
        "_id": f"2026-11-24T04Z|{FLIGHT}",
        "flight_id": FLIGHT,
        "page": "00.00000",
        "status": "active",
        "operating": {"airline_iata": "AF", "airline_icao": "AFR", "airline_name": "Air France"},
        "departure": {"iata": "LYS", "icao": "LFLL", "actual": None},
        "arrival": {"iata": "CDG", "icao": "LFPG", "actual": None},
        "aircraft": {"registration": "F-GKXS", "iata": None, "icao": "A320", "icao24": "3944F2"},
        "live": {
            "updated": OBSERVED - timedelta(minutes=5),
            "latitude": 46.1,
            "longitude": 4.2,
            "speed_horizontal_kmh": 800.0,
            "is_ground": False,
        },
        "observed_at": OBSERVED,
        "marketed_as": [],
        "departure_delay_min": 6,
        "arrival_delay_min": None,
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = document
        for parent in parents:
            place = place[parent]
        place[last] = value
    return document


def seen_from(**changes: Any) -> Seen:
    return see(a_document(**changes), SmallReference())
