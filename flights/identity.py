"""Which aircraft movement a row is about: local departure date and time, leg, operating flight."""

import re
from datetime import datetime

from flights.errors import NoIdentity
from flights.records import Operating

_CODE = re.compile(r"[A-Z0-9]{1,12}")
_DIGIT_AFTER_CARRIER = re.compile(r".{2,}\d")


def flight_id(departs: datetime, origin: str, destination: str, code: str) -> str:
    """`2026-11-24T0615-LYS-CDG-AF7641`; raises NoIdentity for a code that is not plain letters and digits.

    >>> flight_id(datetime(2026, 11, 24, 6, 15), "LYS", "CDG", "AF7641")
    '2026-11-24T0615-LYS-CDG-AF7641'
    """
    for part in (origin, destination, code):
        if not _CODE.fullmatch(part):
            raise NoIdentity(f"not a code: {part[:20]!r}")
    return f"{departs:%Y-%m-%dT%H%M}-{origin}-{destination}-{code}"


def operating_code(flight: Operating) -> str:
    """The code that names the operating flight: IATA, else ICAO, else carrier and number, else what is left.

    A code without a number ("DL", "QLK": seen for flights without one) is used only when nothing better is
    there; raises NoIdentity when the row names no flight at all.
    """
    carrier = flight.airline_iata or flight.airline_icao or ""
    numbered = f"{carrier}{flight.number}" if flight.number else None
    candidates = [code for code in (flight.flight_iata, flight.flight_icao, numbered) if code]
    for code in candidates:
        if _DIGIT_AFTER_CARRIER.fullmatch(code):
            return code
    for code in (*candidates, carrier):
        if code:
            return code
    raise NoIdentity("the row names no flight and no carrier")
