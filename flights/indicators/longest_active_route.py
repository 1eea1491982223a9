"""Which active flight has the longest route."""

from collections.abc import Sequence

from flights.indicators.answers import WORLD, Found, Indicator
from flights.indicators.distances import SHOWN_DIGITS, route_km
from flights.indicators.populations import NO_ACTIVE, is_active
from flights.indicators.reasons import destination_missing, destination_of, origin_missing, origin_of
from flights.indicators.seen import Seen


def _leaves_out(seen: Seen) -> str | None:
    return origin_missing(seen) or destination_missing(seen)


def _route(seen: Seen) -> str:
    return f"{origin_of(seen).code}-{destination_of(seen).code}"


def _find(used: Sequence[Seen]) -> Found:
    distances = [route_km(seen) for seen in used]
    longest = max(distances)
    flights = sorted(
        (seen for seen, km in zip(used, distances, strict=True) if km == longest), key=lambda seen: seen.flight_id
    )
    ties = {WORLD: [seen.flight_id for seen in flights]} if len(flights) > 1 else {}
    return Found(_value(flights[0], longest), ties)


def _value(flight: Seen, km: float) -> dict[str, object]:
    return {
        "flight_id": flight.flight_id,
        "airline": flight.airline_code,
        "origin": origin_of(flight).code,
        "destination": destination_of(flight).code,
        "km": round(km, SHOWN_DIGITS),
    }


INDICATOR = Indicator(
    id="longest_active_route",
    version=1,
    title="Active flight with the longest route",
    definition=(
        "The active movement whose origin and destination airport are the farthest apart, by great-circle distance "
        "on a sphere of the earth's mean radius (6371.0088 km), rounded to 0.1 km. It is a distance between "
        "airports, not the way flown and not a duration. Where several movements share it, the value is the first of "
        "them by flight id and `ties` lists all."
    ),
    unit="km",
    qualifies=is_active,
    leaves_out=_leaves_out,
    group=_route,
    find=_find,
    nothing=NO_ACTIVE,
    no_estimate="the longest route of a sample says only that the longest of all is not shorter",
)
