"""The IANA zone of an airport by its code, from the packaged airport table."""

from functools import lru_cache

import airportsdata


def zone_of(iata: str | None, icao: str | None) -> str | None:
    """The zone of the airport with this IATA or ICAO code; None for an airport that is not in the table."""
    zones = _zones()
    return zones.get(iata or "") or zones.get(icao or "")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """IATA and ICAO codes do not clash: they have three and four characters."""
    by_icao = airportsdata.load("ICAO")
    zones = {code: airport["tz"] for code, airport in by_icao.items()}
    zones |= {airport["iata"]: airport["tz"] for airport in by_icao.values() if airport["iata"]}
    return zones
