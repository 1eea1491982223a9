"""One movement of a slot as the indicators see it: what was told, resolved against one version of the reference."""

from msgspec import Struct

from flights.records import FlightStatus
from flights.reference.entities import AircraftType, Airline, Airport, Miss


class Seen(Struct, frozen=True, kw_only=True, gc=False):
    """`airline_code` names the operating carrier for counting, whether or not the reference knows it: the resolved
    airline's code, else the ICAO code told, else the IATA code told, else None. `origin_code` and
    `destination_code` likewise, the IATA code first as in `Airport.code`. `aircraft_code` is what was told of the
    aircraft: ICAO type, else IATA type, else 24-bit address. `marketed` is the number of flight numbers that it is
    sold under beside its own. `page` is the page that told it. Speeds in km/h, delays in minutes (negative: early).
    """

    flight_id: str
    page: str
    status: FlightStatus
    airline_code: str | None
    airline: Airline | Miss
    origin_code: str | None
    origin: Airport | Miss
    destination_code: str | None
    destination: Airport | Miss
    aircraft_code: str | None
    aircraft: AircraftType | Miss
    speed_kmh: float | None
    has_position: bool
    is_ground: bool | None
    position_age_min: float | None
    marketed: int
    departure_delay_min: int | None
    arrival_delay_min: int | None
    departed: bool
    arrived: bool
