"""Airlines from the rows of OpenFlights' airlines.dat: cleaned, and nothing made up. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from flights.reference.entities import Airline
from flights.reference.names import plain

IATA = re.compile(r"[A-Z0-9]{2}")
ICAO = re.compile(r"[A-Z]{3}")
_NOTHING = {"", "\\N", "-", "N/A"}
_NO_NUMBER = re.compile(r"[0-9]{2}")


def airlines_of(rows: Iterable[Sequence[str]], countries: Mapping[str, str]) -> tuple[list[Airline], Counter[str]]:
    """The airlines that have a usable code, sorted, and what was left out, counted.

    `countries` maps names (see `plain`) to ISO codes.
    """
    made: list[Airline] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        airline = _airline(row, countries, left_out)
        if airline is None:
            left_out["rows without a usable code"] += 1
        else:
            made.append(airline)
    return sorted(set(made), key=sort_key), left_out


def sort_key(airline: Airline) -> tuple[str, bool, str, str]:
    return airline.code, not airline.active, airline.name, airline.iata or ""


def iata_code(text: str | None) -> str | None:
    """A two-character airline designator in upper case; None for anything else, two digits too."""
    code = (text or "").strip().upper()
    return code if IATA.fullmatch(code) and not _NO_NUMBER.fullmatch(code) else None


def icao_code(text: str | None) -> str | None:
    """A three-letter airline designator in upper case; None for anything else."""
    code = (text or "").strip().upper()
    return code if ICAO.fullmatch(code) and code != "N/A" else None


def _airline(row: Sequence[str], countries: Mapping[str, str], left_out: Counter[str]) -> Airline | None:
    _, name, _, told_iata, told_icao, callsign, country, active = (_told(cell) for cell in row)
    iata, icao = iata_code(told_iata), icao_code(told_icao)
    code = icao or iata
    if code is None or name is None:
        return None
    left_out["malformed codes"] += (told_iata is not None and iata is None) + (told_icao is not None and icao is None)
    iso = countries.get(plain(country)) if country else None
    left_out["countries that are none"] += country is not None and iso is None
    return Airline(
        code=code, iata=iata, icao=icao, name=name, callsign=callsign, country=iso, active=(active or "").upper() == "Y"
    )


def _told(cell: str) -> str | None:
    text = " ".join(cell.split())
    return None if text in _NOTHING else text
