"""Where an aircraft is: the `live` object, on the great circle between its airports."""

from math import asin, atan2, cos, degrees, radians, sin
from typing import Any

from ingestion.simulator.airports import EARTH_KM, Airport, distance_km
from ingestion.simulator.days import Day
from ingestion.simulator.schedule import Leg
from ingestion.simulator.world import moment

_CLIMB_MINUTES = 22
_CRUISE_FEET = (29000, 31000, 33000, 35000, 36000, 37000, 38000, 40000)
_METRES_A_FOOT, _KMH_A_KNOT = 0.3048, 1.852
_MAX_LAG, _STALE_LAG, _STALE_ONE_IN = 12, 240, 15


def live(leg: Leg, day: Day, index: int, *, now: int, pick: int) -> dict[str, Any]:
    """The last position heard of, minutes to hours old; `updated` is true UTC."""
    start, end = day.took_off[index], day.touched_down[index]
    lag = pick % (_STALE_LAG if pick % _STALE_ONE_IN == 0 else _MAX_LAG)
    heard = max(start, min(now - lag, end))
    done = (heard - start) / (end - start)
    latitude, longitude, direction = _on_the_way(leg.origin, leg.destination, done)
    climb = min(1.0, (heard - start) / _CLIMB_MINUTES, (end - heard) / _CLIMB_MINUTES)
    knots = round(140 + 330 * climb) + pick % 23 if climb else pick % 25
    return {
        "updated": f"{moment(heard):%Y-%m-%dT%H:%M}:{pick % 60:02d}+00:00",
        "latitude": latitude,
        "longitude": longitude,
        "altitude": _tidy(_CRUISE_FEET[pick % len(_CRUISE_FEET)] * climb * _METRES_A_FOOT),
        "direction": direction,
        "speed_horizontal": _tidy(knots * _KMH_A_KNOT),
        "speed_vertical": 0,
        "is_ground": not climb,
    }


def _on_the_way(start: Airport, end: Airport, done: float) -> tuple[float, float, int]:
    """Latitude, longitude and heading after this share of the great circle."""
    arc = distance_km(start, end) / EARTH_KM
    lat1, lon1 = radians(start.latitude), radians(start.longitude)
    lat2, lon2 = radians(end.latitude), radians(end.longitude)
    a, b = sin((1 - done) * arc) / sin(arc), sin(done * arc) / sin(arc)
    x = a * cos(lat1) * cos(lon1) + b * cos(lat2) * cos(lon2)
    y = a * cos(lat1) * sin(lon1) + b * cos(lat2) * sin(lon2)
    lat, lon = asin(max(-1.0, min(1.0, a * sin(lat1) + b * sin(lat2)))), atan2(y, x)
    east = sin(lon2 - lon) * cos(lat2)
    north = cos(lat) * sin(lat2) - sin(lat) * cos(lat2) * cos(lon2 - lon)
    return round(degrees(lat), 4), round(degrees(lon), 4), round(degrees(atan2(east, north))) % 360


def _tidy(value: float) -> float | int:
    """Integers and floats mix in the real answers."""
    rounded = round(value, 3)
    return int(rounded) if rounded.is_integer() else rounded
