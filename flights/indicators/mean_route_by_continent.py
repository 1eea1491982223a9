"""How long routes are on average, by the continent they begin on."""

from collections.abc import Sequence

from flights.indicators.answers import Estimate, Found, Frame, Indicator
from flights.indicators.continents import labelled, origin_continent
from flights.indicators.distances import SHOWN_DIGITS, route_km
from flights.indicators.grouping import means
from flights.indicators.populations import NO_OPERATING, is_not_cancelled
from flights.indicators.reasons import destination_missing, origin_missing
from flights.indicators.sampled import group_means
from flights.indicators.seen import Seen


def _leaves_out(seen: Seen) -> str | None:
    return origin_missing(seen) or destination_missing(seen)


def _find(used: Sequence[Seen]) -> Found:
    return Found(
        [
            labelled(continent, km=round(mean, SHOWN_DIGITS), n=n)
            for continent, (mean, n) in means(used, origin_continent, route_km).items()
        ]
    )


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return group_means(used, origin_continent, route_km, frame, "km")


INDICATOR = Indicator(
    id="mean_route_by_continent",
    version=1,
    title="Mean route length, by continent of origin",
    definition=(
        "For each continent, the mean great-circle distance in km between origin and destination airport over the "
        "movements that begin on it, whatever their status except cancelled. Every movement counts once, so a route "
        "flown often weighs more. It is a distance, not a duration."
    ),
    unit="km",
    qualifies=is_not_cancelled,
    leaves_out=_leaves_out,
    group=origin_continent,
    find=_find,
    nothing=NO_OPERATING,
    estimate=_estimate,
)
