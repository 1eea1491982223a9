"""Codes that a movement told and that name no one entity: to look up, to add, or to ask the upstream about. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from flights.records import Aircraft, FlightEnd, Operating
from flights.reference.entities import Miss
from flights.reference.resolver import Reference


class Unresolved(Struct, frozen=True, order=True):
    """`kind` is airport, airline or aircraft; `code` as told, `LYS/LFLL` where two were; `why` unknown or ambiguous."""

    kind: str
    code: str
    why: str


def unresolved_codes(
    reference: Reference, ends: tuple[FlightEnd, ...], operating: Operating, aircraft: Aircraft | None
) -> Iterator[Unresolved]:
    """What of a movement could not be resolved; what was not told is not among it."""
    for end in ends:
        yield from _missed("airport", reference.airport(end.iata, end.icao), end.iata, end.icao)
    iata, icao, name = operating.airline_iata, operating.airline_icao, operating.airline_name
    yield from _missed("airline", reference.airline(iata, icao, name), iata, icao)
    if aircraft is not None:
        told = (aircraft.icao or aircraft.iata, None if aircraft.icao or aircraft.iata else aircraft.icao24)
        yield from _missed("aircraft", reference.aircraft(aircraft), *told)


def _missed(kind: str, found: object, *codes: str | None) -> Iterator[Unresolved]:
    if found is Miss.UNKNOWN or found is Miss.AMBIGUOUS:
        yield Unresolved(kind, "/".join(code for code in codes if code), str(found))
