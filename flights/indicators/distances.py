"""Distances on the globe."""

from math import asin, cos, radians, sin, sqrt

from flights.indicators.reasons import destination_of, origin_of
from flights.indicators.seen import Seen
from flights.reference.entities import Airport

MEAN_EARTH_RADIUS_KM = 6371.0088  # of the WGS 84 ellipsoid, (2a + b) / 3
SHOWN_DIGITS = 1


def great_circle_km(one: Airport, other: Airport) -> float:
    """The shortest way over the surface of a sphere (haversine), the same in both directions, across any meridian."""
    north, south = radians(one.latitude), radians(other.latitude)
    up = sin((south - north) / 2)
    along = sin(radians(other.longitude - one.longitude) / 2)
    return 2 * MEAN_EARTH_RADIUS_KM * asin(min(1.0, sqrt(up * up + cos(north) * cos(south) * along * along)))


def route_km(seen: Seen) -> float:
    """The distance between the two airports of a movement whose ends are both known."""
    return great_circle_km(origin_of(seen), destination_of(seen))
