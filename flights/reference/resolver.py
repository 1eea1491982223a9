"""From what a row tells to the one entity it means. Pure: built once from a version's tables, then only looked up."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from flights.records import Aircraft
from flights.reference.entities import AircraftType, Airframe, Airline, Airport, Country, Miss
from flights.reference.finding import Finder, Match
from flights.reference.names import code_of, plain

E = TypeVar("E")


class Reference:
    """One version of the tables. Lookups by code are dictionary reads; a code that several hold is ambiguous."""

    def __init__(
        self,
        version: str,
        *,
        countries: Iterable[Country] = (),
        airports: Iterable[Airport] = (),
        airlines: Iterable[Airline] = (),
        aircraft_types: Iterable[AircraftType] = (),
        airframes: Iterable[Airframe] = (),
    ) -> None:
        ports, lines, types = tuple(airports), tuple(airlines), tuple(aircraft_types)
        self.version = version
        self._countries = {each.code: each for each in countries}
        self._airport_iata = _grouped(ports, lambda each: (each.iata,))
        self._airport_icao = _grouped(ports, lambda each: (each.icao,))
        self._airline_iata = _grouped(lines, lambda each: (each.iata,))
        self._airline_icao = _grouped(lines, lambda each: (each.icao,))
        self._types = {each.code: each for each in types}
        self._type_iata = _grouped(types, lambda each: each.iata)
        self._frames = {each.code: each.type for each in airframes}
        self._find = Finder(ports, lines, types)
        self.sizes = {
            "countries": len(self._countries),
            "airports": len(ports),
            "airlines": len(lines),
            "aircraft_types": len(types),
            "airframes": len(self._frames),
        }

    def codes(self, noun: str) -> tuple[str, ...]:
        """All codes that stand for an `airport`, an `airline`, or a type of `aircraft`."""
        tables: dict[str, tuple[Iterable[str], Iterable[str]]] = {
            "airport": (self._airport_iata, self._airport_icao),
            "airline": (self._airline_iata, self._airline_icao),
            "aircraft": (self._types, self._type_iata),
        }
        return tuple(dict.fromkeys(code for table in tables[noun] for code in table))

    def country(self, code: str | None) -> Country | None:
        return self._countries.get(code_of(code))

    def airport(self, iata: str | None, icao: str | None) -> Airport | Miss:
        """By both codes, or by the one of them that is known; codes of two airports are ambiguous."""
        if not iata and not icao:
            return Miss.NOTHING
        by_iata = _only(self._airport_iata.get(code_of(iata)))
        by_icao = _only(self._airport_icao.get(code_of(icao)))
        if Miss.UNKNOWN in (by_iata, by_icao):
            return by_icao if by_iata is Miss.UNKNOWN else by_iata
        return by_icao if by_iata is by_icao else Miss.AMBIGUOUS

    def airline(self, iata: str | None, icao: str | None, name: str | None = None) -> Airline | Miss:
        """By ICAO code if it is known, else by IATA code; the name decides between active airlines of one code."""
        if not iata and not icao:
            return Miss.NOTHING
        found = self._airline(self._airline_icao.get(code_of(icao)), name)
        return self._airline(self._airline_iata.get(code_of(iata)), name) if found is Miss.UNKNOWN else found

    def _airline(self, holders: list[Airline] | None, name: str | None) -> Airline | Miss:
        """An airline that flies goes before any number that do not."""
        active = [each for each in holders or () if each.active]
        found = _only(active or holders)
        if found is not Miss.AMBIGUOUS or not active or not name:
            return found
        named = [each for each in active if plain(each.name) == plain(name)]
        return named[0] if len(named) == 1 else Miss.AMBIGUOUS

    def aircraft(self, told: Aircraft | None) -> AircraftType | Miss:
        """By type designator (the upstream sends it as IATA code too), by IATA type code, by airframe; never by
        registration, which says nothing of the type."""
        if told is None or not (told.icao or told.iata or told.icao24):
            return Miss.NOTHING
        if found := self._types.get(code_of(told.icao)) or self._types.get(code_of(told.iata)):
            return found
        by_iata = _only(self._type_iata.get(code_of(told.iata)))
        if not isinstance(by_iata, AircraftType):
            return self._types.get(self._frames.get(code_of(told.icao24), ""), by_iata)
        return by_iata

    def find_airport(self, text: str) -> Match[Airport]:
        """By IATA code, ICAO code, name or city, in any spelling."""
        code = code_of(text)
        return self._find.airport(text, self._airport_iata.get(code) or self._airport_icao.get(code))

    def find_airline(self, text: str) -> Match[Airline]:
        """By IATA code, ICAO code, name or callsign, in any spelling; those that fly go first."""
        code = code_of(text)
        return self._find.airline(text, self._airline_iata.get(code) or self._airline_icao.get(code))

    def find_aircraft_type(self, text: str) -> Match[AircraftType]:
        """By type designator, IATA type code, model, or manufacturer and model."""
        code = code_of(text)
        by_code = [self._types[code]] if code in self._types else self._type_iata.get(code)
        return self._find.aircraft_type(text, by_code)


def _grouped(entities: Iterable[E], codes: Callable[[E], Iterable[str | None]]) -> dict[str, list[E]]:
    groups: defaultdict[str, list[E]] = defaultdict(list)
    for entity in entities:
        for code in codes(entity):
            if code:
                groups[code].append(entity)
    return dict(groups)


def _only(holders: list[E] | None) -> E | Miss:
    """The single holder of a code; unknown when nobody holds it, ambiguous when several do."""
    if not holders:
        return Miss.UNKNOWN
    return holders[0] if len(holders) == 1 else Miss.AMBIGUOUS
