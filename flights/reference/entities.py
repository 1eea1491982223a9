"""What the reference tables hold: frozen values, each named by its `code` in its table. Pure."""

from enum import StrEnum

from msgspec import Struct


class Continent(StrEnum):
    """The seven continents, by the two-letter codes that the upstream and GeoNames use."""

    AFRICA = "AF"
    ANTARCTICA = "AN"
    ASIA = "AS"
    EUROPE = "EU"
    NORTH_AMERICA = "NA"
    OCEANIA = "OC"
    SOUTH_AMERICA = "SA"


class Miss(StrEnum):
    """Why nothing stands for what was told: no code at all, one that no row has, or one that several have."""

    NOTHING = "none"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"


class Country(Struct, frozen=True, kw_only=True):
    """`code` is ISO 3166-1 alpha-2; `continent` that of most of it (an airport's own decides)."""

    code: str
    name: str
    continent: Continent


class Airport(Struct, frozen=True, kw_only=True):
    """`code` is the IATA code, else the ICAO code. Position in degrees; `zone` an IANA name."""

    code: str
    iata: str | None
    icao: str | None
    name: str
    city: str | None
    country: str
    continent: Continent
    latitude: float
    longitude: float
    zone: str | None


class Airline(Struct, frozen=True, kw_only=True):
    """`code` is the ICAO code, else the IATA code; `country` ISO 3166-1 alpha-2, of registration."""

    code: str
    iata: str | None
    icao: str | None
    name: str
    callsign: str | None
    country: str | None
    active: bool = True


class AircraftType(Struct, frozen=True, kw_only=True):
    """`code` is the ICAO type designator (Doc 8643); `iata` the IATA type codes known for it.

    `manufacturer` is None where the designator has several makers and none of them is the usual one.
    """

    code: str
    manufacturer: str | None
    model: str
    iata: tuple[str, ...] = ()


class Airframe(Struct, frozen=True, kw_only=True):
    """`code` is the 24-bit ICAO address, six upper-case hexadecimal digits; `type` an ICAO type designator."""

    code: str
    type: str
    registration: str | None = None
