"""Search by what a person types: one entity, several candidates, or the nearest names. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Generic, TypeVar

from msgspec import Struct

from flights.reference.entities import AircraftType, Airline, Airport
from flights.reference.names import plain

E = TypeVar("E")
Index = dict[str, list[E]]
MOST_CANDIDATES = 20
MOST_SUGGESTIONS = 5
LONGEST_TEXT = 100
_NEAR = 0.7


class Match(Struct, Generic[E], frozen=True, kw_only=True):
    """One entity; or the `candidates` that a text fits equally well; or, of what is known, the `nearest` names."""

    found: E | None = None
    candidates: tuple[E, ...] = ()
    nearest: tuple[str, ...] = ()


class Finder:
    """The name indexes of one version; each is made when it is first asked."""

    def __init__(
        self, airports: Sequence[Airport], airlines: Sequence[Airline], aircraft_types: Sequence[AircraftType]
    ) -> None:
        self._airports, self._airlines, self._types = airports, airlines, aircraft_types

    def airport(self, text: str, by_code: Sequence[Airport] | None) -> Match[Airport]:
        return _match(text, by_code, self._airport_names, self._cities)

    def airline(self, text: str, by_code: Sequence[Airline] | None) -> Match[Airline]:
        return _match(text, _flying(by_code), self._flying_names, self._airline_names)

    def aircraft_type(self, text: str, by_code: Sequence[AircraftType] | None) -> Match[AircraftType]:
        return _match(text, by_code, self._models)

    @cached_property
    def _airport_names(self) -> Index[Airport]:
        return _indexed(self._airports, lambda each: (each.name,))

    @cached_property
    def _cities(self) -> Index[Airport]:
        return _indexed((each for each in self._airports if each.iata), lambda each: (each.city,))

    @cached_property
    def _flying_names(self) -> Index[Airline]:
        return _indexed((each for each in self._airlines if each.active), lambda each: (each.name, each.callsign))

    @cached_property
    def _airline_names(self) -> Index[Airline]:
        return _indexed(self._airlines, lambda each: (each.name, each.callsign))

    @cached_property
    def _models(self) -> Index[AircraftType]:
        return _indexed(self._types, lambda each: (each.model, f"{each.manufacturer or ''} {each.model}"))


def _match(text: str, by_code: Sequence[E] | None, *indexes: Index[E]) -> Match[E]:
    """A code decides before a name, and each index before those after it."""
    name = plain(text[:LONGEST_TEXT])
    fitting = by_code or next((index[name] for index in indexes if name in index), None)
    if fitting is None:
        near = get_close_matches(name, [known for index in indexes for known in index], MOST_SUGGESTIONS, _NEAR)
        return Match(nearest=tuple(dict.fromkeys(near)))
    if len(fitting) == 1:
        return Match(found=fitting[0])
    return Match(candidates=tuple(fitting[:MOST_CANDIDATES]))


def _flying(airlines: Sequence[Airline] | None) -> Sequence[Airline] | None:
    return [each for each in airlines or () if each.active] or airlines


def _indexed(entities: Iterable[E], names: Callable[[E], Iterable[str | None]]) -> Index[E]:
    index: defaultdict[str, list[E]] = defaultdict(list)
    for entity in entities:
        for name in {plain(each) for each in names(entity) if each}:
            if name:
                index[name].append(entity)
    return dict(index)
