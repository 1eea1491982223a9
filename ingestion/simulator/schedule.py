"""The timetable of the made-up world: one leg is one operating flight of a weekly pattern."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from random import Random

from ingestion.simulator.airlines import Airline, airlines, partners
from ingestion.simulator.airports import Airport, airports, distance_km
from ingestion.simulator.draws import sequence
from ingestion.simulator.fleet import MEDIUM_KM, SHORT_KM

DAY_MINUTES = 1440
LONG_KM = 14500
_NEAR_KM = 150
_KM_A_MINUTE = 12.6
_STEP = 5
_HUB_WEIGHT, _HOME_WEIGHT, _CLOSE_WEIGHT, _CLOSE_KM = 6, 4, 4, 1100
_FIRST_MARKETING_NUMBER, _MARKETING_NUMBERS = 2000, 7900
# Shares: how far the legs of each reach go (short, medium, long) and how many partners sell one.
_REACHES = {"D": (100, 0, 0), "S": (86, 14, 0), "M": (66, 21, 13), "L": (30, 32, 38)}
_FAN_OUT = (58, 21, 12, 7, 4, 2, 1, 1, 1, 1, 1)
_ONE_NUMBER_BOTH_WAYS, _NO_NUMBER = 0.05, 0.004
_WINTER = datetime(2026, 1, 1)  # noqa: DTZ001  a zone's standard offset is asked for by wall clock


@dataclass(frozen=True, slots=True, eq=False)
class Marketing:
    airline: Airline
    number: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """The first marketing number is the operating one; the others are its codeshares."""

    origin: Airport
    destination: Airport
    departs: int  # minute of the local day
    minutes: int  # scheduled duration
    km: int
    sold_as: tuple[Marketing, ...]


class Timetable:
    """Draws every leg of the world once, always the same ones for a seed."""

    def __init__(self, seed: int) -> None:
        self._draws = sequence("timetable", seed)
        self._last_number: Counter[str] = Counter()
        self._places = airports()
        self._hubs = frozenset(hub for airline in airlines() for hub in airline.hubs)
        self._reachable: dict[tuple[str, int], tuple[list[Airport], list[int]]] = {}

    def legs(self) -> tuple[Leg, ...]:
        drawn: dict[tuple[str, str, int, str | None, str | None], Leg] = {}
        for airline in airlines():
            for leg in self._legs_of(airline):
                number = leg.sold_as[0].number
                key = (leg.origin.iata, leg.destination.iata, leg.departs, airline.icao, number)
                drawn.setdefault(key, leg)
        return tuple(drawn.values())

    def _legs_of(self, airline: Airline) -> Iterator[Leg]:
        hubs = airline.hubs
        weights = list(accumulate(len(hubs) - i + 1 for i in range(len(hubs))))
        for _ in range(airline.legs_a_day // 2):
            hub = self._draws.choices(hubs, cum_weights=weights)[0]
            yield from self._there_and_back(airline, self._places[hub])

    def _there_and_back(self, airline: Airline, hub: Airport) -> Iterator[Leg]:
        draws = self._draws
        spoke, km = self._destination(airline, hub)
        minutes = round((28 + km / _KM_A_MINUTE) / _STEP) * _STEP
        outward = _departure(draws, km)
        turnaround = draws.randrange(45, 150, _STEP)
        back = (outward + minutes + turnaround + _offset(spoke) - _offset(hub)) % DAY_MINUTES
        number = self._number(airline)
        same = draws.random() < _ONE_NUMBER_BOTH_WAYS
        yield Leg(hub, spoke, outward, minutes, km, self._sold_as(airline, number))
        number = number if same else self._number(airline)
        yield Leg(spoke, hub, back, minutes, km, self._sold_as(airline, number))

    def _destination(self, airline: Airline, hub: Airport) -> tuple[Airport, int]:
        reach = self._draws.choices((0, 1, 2), _REACHES[airline.reach])[0]
        places, weights = self._within(hub, reach)
        for spoke in self._draws.choices(places, cum_weights=weights, k=8):
            if airline.reach != "D" or spoke.country == hub.country:
                break
        return spoke, round(distance_km(hub, spoke))

    def _within(self, hub: Airport, reach: int) -> tuple[list[Airport], list[int]]:
        key = (hub.iata, reach)
        if key not in self._reachable:
            least, most = ((_NEAR_KM, SHORT_KM), (SHORT_KM, MEDIUM_KM), (MEDIUM_KM, LONG_KM))[reach]
            places = [p for p in self._places.values() if least < distance_km(hub, p) <= most]
            weights = accumulate(self._attraction(hub, place) for place in places)
            self._reachable[key] = (places, list(weights))
        return self._reachable[key]

    def _attraction(self, hub: Airport, place: Airport) -> int:
        weight = _HUB_WEIGHT if place.iata in self._hubs else 1
        if place.country == hub.country:
            weight *= _HOME_WEIGHT
        return weight * _CLOSE_WEIGHT if distance_km(hub, place) < _CLOSE_KM else weight

    def _number(self, airline: Airline) -> str | None:
        """Null for an airline nobody knows, and now and then for one that is known."""
        if airline.icao is None or self._draws.random() < _NO_NUMBER:
            return None
        self._last_number[airline.icao] += 1
        return str(self._last_number[airline.icao])

    def _sold_as(self, airline: Airline, number: str | None) -> tuple[Marketing, ...]:
        sellers = partners(airline)
        operating = Marketing(airline, number)
        if number is None or not sellers:
            return (operating,)
        wanted = self._draws.choices(range(len(_FAN_OUT)), _FAN_OUT)[0]
        chosen = self._draws.sample(sellers, min(wanted, len(sellers)))
        return (operating, *(Marketing(seller, self._sold_number(seller)) for seller in chosen))

    def _sold_number(self, seller: Airline) -> str:
        key = f"sold by {seller.icao}"
        self._last_number[key] += 1
        return str(_FIRST_MARKETING_NUMBER + self._last_number[key] % _MARKETING_NUMBERS)


def _departure(draws: Random, km: int) -> int:
    """Short flights keep to the day, long ones leave at any hour."""
    first, last = (0, DAY_MINUTES) if km > MEDIUM_KM else (320, 1400)
    return draws.randrange(first, last, _STEP)


def _offset(airport: Airport) -> int:
    offset = airport.zone.utcoffset(_WINTER)
    return int(offset.total_seconds() // 60) if offset else 0
