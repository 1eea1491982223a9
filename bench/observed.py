"""Observations made off the clock, as a cursor hands them out, and reference tables to resolve their codes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from random import Random
from typing import Any

import airportsdata

from flights.records import Aircraft
from flights.reference.entities import AircraftType, Airline, Airport, Continent, Miss

BATCH = 1_000
ROWS_PER_PAGE = 100
SEED = 20_261_124
OBSERVED = datetime(2026, 11, 24, 4, 0, 9, tzinfo=UTC)
AIRLINES, TYPES, BUSY_AIRPORTS = 400, 90, 3_500
STATUSES = ("active",) * 35 + ("landed",) * 30 + ("scheduled",) * 30 + ("cancelled",) * 3 + ("diverted", "unknown")
MAKERS = ("Airbus", "Boeing", "Embraer", "ATR", "Bombardier", None)

Document = dict[str, Any]


class Tables:
    """A reference as the resolver is: one lookup by code. Continents are rough; only their number matters here."""

    def __init__(self) -> None:
        self.airports = {code: _airport(told) for code, told in airportsdata.load("IATA").items()}
        self.airlines = {each.code: each for each in map(_airline, range(AIRLINES))}
        self.types = {each.code: each for each in map(_type, range(TYPES))}

    def airport(self, iata: str | None, icao: str | None) -> Airport | Miss:  # noqa: ARG002
        return self.airports.get(iata, Miss.UNKNOWN) if iata else Miss.NOTHING

    def airline(self, iata: str | None, icao: str | None, name: str | None = None) -> Airline | Miss:  # noqa: ARG002
        return self.airlines.get(icao, Miss.UNKNOWN) if icao else Miss.NOTHING

    def aircraft(self, told: Aircraft | None) -> AircraftType | Miss:
        return self.types.get(told.icao, Miss.UNKNOWN) if told and told.icao else Miss.NOTHING


class Drawn:
    """Documents in which few airports, airlines and types are busy and many are not."""

    def __init__(self, tables: Tables) -> None:
        self._draws = Random(SEED)  # noqa: S311  made-up flights, no secret depends on it
        choice = partial(_busy_first, self._draws)
        self._airport = choice([*self._draws.sample(list(tables.airports.values()), BUSY_AIRPORTS), None])
        self._airline = choice([*tables.airlines.values(), None])
        self._type = choice([*tables.types.values()])

    def batches(self, movements: int) -> Iterator[list[Document]]:
        for start in range(0, movements, BATCH):
            yield [self._document(number) for number in range(start, min(start + BATCH, movements))]

    def _document(self, number: int) -> Document:
        draws, airline = self._draws, self._airline()
        status = draws.choice(STATUSES)
        flight_id = f"2026-11-24T{number % 1_440:04d}-{number}"
        return {
            "_id": f"2026-11-24T04Z|{flight_id}",
            "flight_id": flight_id,
            "page": f"00.{number // ROWS_PER_PAGE:05d}",
            "status": status,
            "operating": {
                "airline_iata": None,
                "airline_icao": airline.code if airline else "QQQ",
                "airline_name": None,
            },
            "departure": self._end(is_past=status in {"active", "landed"}),
            "arrival": self._end(is_past=status == "landed"),
            "aircraft": self._aircraft(),
            "live": self._live() if status == "active" else None,
            "observed_at": OBSERVED,
            "marketed_as": ["DL8300"] * draws.choice((0, 0, 0, 1, 3)),
            "departure_delay_min": draws.randrange(-15, 90) if status in {"active", "landed"} else None,
            "arrival_delay_min": draws.randrange(-15, 90) if status == "landed" else None,
        }

    def _end(self, *, is_past: bool) -> Document:
        airport = self._airport()
        actual = {"local": "2026-11-24T06:21:00+00:00", "utc": OBSERVED, "quality": "ok"} if is_past else None
        return {"iata": airport.iata if airport else "QQQ", "icao": airport.icao if airport else None, "actual": actual}

    def _aircraft(self) -> Document | None:
        if self._draws.random() < 0.4:
            return None
        return {"registration": "F-GKXS", "iata": None, "icao": self._type().code, "icao24": "3944F2"}

    def _live(self) -> Document | None:
        if self._draws.random() < 0.3:
            return None
        updated = OBSERVED - timedelta(minutes=self._draws.randrange(80))
        speed = self._draws.uniform(200, 950)
        return {
            "updated": updated,
            "latitude": 46.1,
            "longitude": 4.2,
            "speed_horizontal_kmh": speed,
            "is_ground": False,
        }


def _busy_first(draws: Random, things: Sequence[Any]) -> Callable[[], Any]:
    """Draws by Zipf's law: the n-th is drawn 1/n times as often as the first."""
    weights = list(accumulate(1 / (place + 5) for place in range(len(things))))
    return lambda: draws.choices(things, cum_weights=weights)[0]


def _airport(told: Mapping[str, Any]) -> Airport:
    return Airport(
        code=told["iata"],
        iata=told["iata"],
        icao=told["icao"] or None,
        name=told["name"],
        city=told["city"],
        country=told["country"],
        continent=_rough_continent(told["lat"], told["lon"]),
        latitude=told["lat"],
        longitude=told["lon"],
        zone=told["tz"],
    )


def _rough_continent(latitude: float, longitude: float) -> Continent:
    if longitude < -30:
        return Continent.NORTH_AMERICA if latitude > 12 else Continent.SOUTH_AMERICA
    if longitude < 40:
        return Continent.EUROPE if latitude > 36 else Continent.AFRICA
    return Continent.ASIA if latitude > 0 else Continent.OCEANIA


def _airline(number: int) -> Airline:
    code = f"A{number:03d}"
    return Airline(code=code, iata=None, icao=code, name=f"Airline {number}", callsign=None, country=f"C{number % 60}")


def _type(number: int) -> AircraftType:
    return AircraftType(code=f"T{number:03d}", manufacturer=MAKERS[number % len(MAKERS)], model=f"Model {number}")
