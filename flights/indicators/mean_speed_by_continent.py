"""How fast active flights are on average, by the continent they began on."""

from collections.abc import Sequence

from flights.indicators.answers import Estimate, Found, Frame, Indicator
from flights.indicators.continents import labelled, origin_continent
from flights.indicators.grouping import means
from flights.indicators.populations import NO_ACTIVE, is_active
from flights.indicators.reasons import origin_missing
from flights.indicators.sampled import group_means
from flights.indicators.seen import Seen

OLDEST_POSITION_MIN = 60
_SHOWN_DIGITS = 1


def _leaves_out(seen: Seen) -> str | None:
    return _position_missing(seen) or _speed_missing(seen) or origin_missing(seen)


def _position_missing(seen: Seen) -> str | None:
    if not seen.has_position:
        return "no-position"
    if seen.position_age_min is None:
        return "undated-position"
    return "old-position" if seen.position_age_min > OLDEST_POSITION_MIN else None


def _speed_missing(seen: Seen) -> str | None:
    if seen.is_ground:
        return "on-ground"
    return "no-speed" if seen.speed_kmh is None else None


def _speed(seen: Seen) -> float:
    return seen.speed_kmh or 0.0


def _find(used: Sequence[Seen]) -> Found:
    return Found(
        [
            labelled(continent, kmh=round(mean, _SHOWN_DIGITS), n=n)
            for continent, (mean, n) in means(used, origin_continent, _speed).items()
        ]
    )


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return group_means(used, origin_continent, _speed, frame, "km/h")


INDICATOR = Indicator(
    id="mean_speed_by_continent",
    version=1,
    title="Mean speed of active flights, by continent of origin",
    definition=(
        "For each continent, the mean horizontal speed in km/h of the active movements that began on it, as their live "
        "position tells it. Excluded: those without a position, with one that is undated or was older than 60 minutes "
        "when the row was observed, on the ground, or without a speed. Most rows carry no position, so `n` and "
        "`coverage` matter. The continent is that of the origin airport, not of the position."
    ),
    unit="km/h",
    qualifies=is_active,
    leaves_out=_leaves_out,
    group=origin_continent,
    find=_find,
    nothing=NO_ACTIVE,
    estimate=_estimate,
)
