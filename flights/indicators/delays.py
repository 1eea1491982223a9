"""How late flights are, by airline, airport and route: departures and arrivals. Computed from times."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import floor
from typing import Any, NamedTuple

from flights.indicators.answers import Found, Indicator
from flights.indicators.populations import is_not_cancelled
from flights.indicators.seen import Seen

LATE_MIN = 15
_MINUTE_DIGITS = 1
_SHARE_DIGITS = 4


class Way(NamedTuple):
    """One family: which movements it is about, and their delay."""

    name: str
    happened: Callable[[Seen], bool]
    minutes: Callable[[Seen], int | None]
    airport: Callable[[Seen], str | None]
    population: str
    nothing: str


class By(NamedTuple):
    """What delays are grouped by, and the reason of a movement that has none."""

    name: str
    code: Callable[[Seen, Way], str | None]
    missing: str
    words: str


def figures(minutes: Sequence[int]) -> dict[str, Any]:
    """n, median, 90th percentile and the share over 15 minutes; raises ValueError for no minutes at all."""
    if not minutes:
        raise ValueError("no minutes, no figures")
    ordered = sorted(minutes)
    return {
        "n": len(ordered),
        "median_min": round(percentile(ordered, 0.5), _MINUTE_DIGITS),
        "p90_min": round(percentile(ordered, 0.9), _MINUTE_DIGITS),
        "over_15_share": round(sum(each > LATE_MIN for each in ordered) / len(ordered), _SHARE_DIGITS),
    }


def percentile(ordered: Sequence[int], share: float) -> float:
    """Between the two nearest of sorted numbers, linearly: PERCENTILE.INC of spreadsheets, the default of numpy."""
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _route(seen: Seen, _way: Way) -> str | None:
    if seen.origin_code and seen.destination_code:
        return f"{seen.origin_code}-{seen.destination_code}"
    return None


WAYS = (
    Way(
        "departure",
        lambda seen: seen.departed and is_not_cancelled(seen),
        lambda seen: seen.departure_delay_min,
        lambda seen: seen.origin_code,
        "movements that departed: active, landed, diverted, redirected, with an incident, or with an actual departure "
        "time, and not cancelled",
        "no movement of this slot has departed",
    ),
    Way(
        "arrival",
        lambda seen: seen.arrived and is_not_cancelled(seen),
        lambda seen: seen.arrival_delay_min,
        lambda seen: seen.destination_code,
        "movements that arrived: landed, or with an actual arrival time, and not cancelled",
        "no movement of this slot has arrived",
    ),
)
GROUPINGS = (
    By("airline", lambda seen, _way: seen.airline_code, "no-airline", "operating airline"),
    By("airport", lambda seen, way: way.airport(seen), "no-airport", "airport of the {way}"),
    By("route", _route, "no-airport", "route (origin-destination, as told)"),
)


def _indicator(way: Way, by: By) -> Indicator:
    def leaves_out(seen: Seen) -> str | None:
        if way.minutes(seen) is None:
            return f"no-{way.name}-time"
        return None if by.code(seen, way) else by.missing

    def group(seen: Seen) -> str:
        return by.code(seen, way) or ""

    def find(used: Sequence[Seen]) -> Found:
        minutes: defaultdict[str, list[int]] = defaultdict(list)
        for seen in used:
            minutes[group(seen)].append(way.minutes(seen) or 0)
        return Found([{by.name: code, **figures(each)} for code, each in sorted(minutes.items())])

    return Indicator(
        id=f"{way.name}_delays_by_{by.name}",
        version=1,
        title=f"{way.name.capitalize()} delays by {by.name}",
        definition=_definition(way, by),
        unit="minutes",
        qualifies=way.happened,
        leaves_out=leaves_out,
        group=group,
        find=find,
        nothing=way.nothing,
        no_estimate="medians and percentiles are those of the movements seen: no interval is computed for them",
    )


def _definition(way: Way, by: By) -> str:
    words = by.words.format(way=way.name)
    return (
        f"For each {words}: n, median, 90th percentile (linear between the two nearest, as PERCENTILE.INC) and the "
        f"share of more than {LATE_MIN} minutes of the {way.name} delay, over {way.population}. The delay is actual "
        "minus scheduled time in minutes, negative when early, computed from the two instants; the upstream's own "
        "delay is never read. A movement without both times is excluded."
    )


INDICATORS = tuple(_indicator(way, by) for way in WAYS for by in GROUPINGS)
