"""An observation of the store as the indicators see it: each code resolved once, for all of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from flights.documents import OBSERVATION_SEPARATOR
from flights.indicators.seen import Seen
from flights.records import Aircraft, FlightStatus, TimeQuality
from flights.reference.entities import AircraftType, Airline, Airport, Miss

FIELDS: dict[str, int] = dict.fromkeys(
    (
        "_id",
        "flight_id",
        "page",
        "status",
        "operating.airline_iata",
        "operating.airline_icao",
        "operating.airline_name",
        "departure.iata",
        "departure.icao",
        "departure.actual",
        "arrival.iata",
        "arrival.icao",
        "arrival.actual",
        "aircraft",
        "live.updated",
        "live.latitude",
        "live.longitude",
        "live.speed_horizontal_kmh",
        "live.is_ground",
        "observed_at",
        "marketed_as",
        "departure_delay_min",
        "arrival_delay_min",
    ),
    1,
)

_STATUSES = {status.value: status for status in FlightStatus}
_IN_THE_AIR_OR_AFTER = frozenset(
    {
        FlightStatus.ACTIVE,
        FlightStatus.LANDED,
        FlightStatus.DIVERTED,
        FlightStatus.REDIRECTED,
        FlightStatus.INCIDENT,
    }
)
_SECONDS_PER_MINUTE = 60
_AIRCRAFT_PARTS = ("registration", "iata", "icao", "icao24")
_EMPTY: Mapping[str, Any] = {}


class Resolves(Protocol):
    """What the indicators ask of one version of the reference tables."""

    def airport(self, iata: str | None, icao: str | None) -> Airport | Miss: ...

    def airline(self, iata: str | None, icao: str | None, name: str | None = None) -> Airline | Miss: ...

    def aircraft(self, told: Aircraft | None) -> AircraftType | Miss: ...


def see(document: Mapping[str, Any], reference: Resolves) -> Seen:
    """The movement that a document of `observations` tells; what an earlier version left out counts as not told."""
    departure, arrival = document.get("departure") or _EMPTY, document.get("arrival") or _EMPTY
    operating, live = document.get("operating") or _EMPTY, document.get("live") or _EMPTY
    airline = _airline(operating, reference)
    origin = reference.airport(departure.get("iata"), departure.get("icao"))
    destination = reference.airport(arrival.get("iata"), arrival.get("icao"))
    aircraft = _aircraft(document.get("aircraft"))
    status = _STATUSES.get(document.get("status") or "", FlightStatus.UNKNOWN)
    return Seen(
        flight_id=document.get("flight_id") or _flight_of(document["_id"]),
        page=document.get("page") or "",
        status=status,
        airline_code=_code(airline, operating.get("airline_icao"), operating.get("airline_iata")),
        airline=airline,
        origin_code=_code(origin, departure.get("iata"), departure.get("icao")),
        origin=origin,
        destination_code=_code(destination, arrival.get("iata"), arrival.get("icao")),
        destination=destination,
        aircraft_code=_told_code(aircraft),
        aircraft=reference.aircraft(aircraft),
        speed_kmh=live.get("speed_horizontal_kmh"),
        has_position=live.get("latitude") is not None and live.get("longitude") is not None,
        is_ground=live.get("is_ground"),
        position_age_min=_age(live.get("updated"), document.get("observed_at")),
        marketed=len(document.get("marketed_as") or ()),
        departure_delay_min=document.get("departure_delay_min"),
        arrival_delay_min=document.get("arrival_delay_min"),
        departed=status in _IN_THE_AIR_OR_AFTER or _is_time(departure.get("actual")),
        arrived=status == FlightStatus.LANDED or _is_time(arrival.get("actual")),
    )


def _airline(operating: Mapping[str, Any], reference: Resolves) -> Airline | Miss:
    return reference.airline(
        operating.get("airline_iata"), operating.get("airline_icao"), operating.get("airline_name")
    )


def _aircraft(told: Mapping[str, Any] | None) -> Aircraft | None:
    return Aircraft(**{part: told.get(part) for part in _AIRCRAFT_PARTS}) if told else None


def _code(found: Airport | Airline | Miss, first: str | None, second: str | None) -> str | None:
    """The code of what was found, else the first that was told."""
    return (first or second or None) if isinstance(found, Miss) else found.code


def _told_code(aircraft: Aircraft | None) -> str | None:
    if aircraft is None:
        return None
    return aircraft.icao or aircraft.iata or (aircraft.icao24 or "").upper() or None


def _age(updated: datetime | None, observed_at: datetime | None) -> float | None:
    """Minutes from the position to the row that told it."""
    if updated is None or observed_at is None:
        return None
    return (observed_at - updated).total_seconds() / _SECONDS_PER_MINUTE


def _is_time(moment: Mapping[str, Any] | None) -> bool:
    return moment is not None and moment.get("quality") != TimeQuality.INVALID


def _flight_of(observation_id: str) -> str:
    return observation_id.partition(OBSERVATION_SEPARATOR)[2]
