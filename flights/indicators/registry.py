"""All indicators by id, and how any of them is answered."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from flights.indicators import (
    airline_most_active,
    airline_most_regional_by_continent,
    airport_largest_imbalance,
    codes_unresolved,
    delays,
    destination_most_popular_by_continent,
    longest_active_route,
    manufacturer_most_active,
    mean_route_by_continent,
    mean_speed_by_continent,
    model_most_frequent_by_continent,
    movements,
    top_models_by_airline_country,
)
from flights.indicators.answers import Answer, Estimate, Found, Frame, Indicator
from flights.indicators.estimates import why_none
from flights.indicators.seen import Seen

REGISTRY: dict[str, Indicator] = {
    indicator.id: indicator
    for indicator in (
        airline_most_active.INDICATOR,
        airline_most_regional_by_continent.INDICATOR,
        longest_active_route.INDICATOR,
        mean_route_by_continent.INDICATOR,
        manufacturer_most_active.INDICATOR,
        model_most_frequent_by_continent.INDICATOR,
        top_models_by_airline_country.INDICATOR,
        destination_most_popular_by_continent.INDICATOR,
        airport_largest_imbalance.INDICATOR,
        mean_speed_by_continent.INDICATOR,
        *delays.INDICATORS,
        movements.INDICATOR,
        codes_unresolved.INDICATOR,
    )
}
_COVERAGE_DIGITS = 6


class Part(StrEnum):
    """What a movement is to an indicator."""

    USED = "used"
    EXCLUDED = "excluded"
    OUTSIDE = "outside"


class Explanation(NamedTuple):
    """`detail` is the group of a movement that was used, the reason of one that was excluded, else None."""

    part: Part
    detail: str | None


def answers(seen: Sequence[Seen], frame: Frame) -> dict[str, Answer]:
    """Every indicator's answer, by id."""
    return {name: answer(indicator, seen, frame) for name, indicator in REGISTRY.items()}


def answer(indicator: Indicator, seen: Sequence[Seen], frame: Frame) -> Answer:
    """What the indicator says of a slot, with what it stands on: the same for any order of the movements."""
    used, excluded = _sorted_out(indicator, seen)
    n, population = len(used), len(used) + excluded.total()
    found = indicator.find(used) if used else Found(None)
    made, no_estimate = _estimated(indicator, used, found, frame)
    return Answer(
        value=found.value,
        reason=None if used else _reason(indicator, excluded),
        ties=found.ties,
        n=n,
        population=population,
        coverage=round(n / population, _COVERAGE_DIGITS) if population else None,
        excluded=dict(sorted(excluded.items())),
        estimates=made,
        no_estimate=no_estimate,
    )


def explain(indicator: Indicator, seen: Seen) -> Explanation:
    """What a movement is to an indicator: `n` are used, `excluded` counts the others by reason."""
    if not indicator.qualifies(seen):
        return Explanation(Part.OUTSIDE, None)
    reason = indicator.leaves_out(seen)
    if reason is not None:
        return Explanation(Part.EXCLUDED, reason)
    return Explanation(Part.USED, indicator.group(seen))


def _sorted_out(indicator: Indicator, seen: Sequence[Seen]) -> tuple[list[Seen], Counter[str]]:
    used: list[Seen] = []
    excluded: Counter[str] = Counter()
    for each in filter(indicator.qualifies, seen):
        reason = indicator.leaves_out(each)
        if reason is None:
            used.append(each)
        else:
            excluded[reason] += 1
    return used, excluded


def _reason(indicator: Indicator, excluded: Counter[str]) -> str:
    """Why there is no value, in words."""
    if not excluded:
        return indicator.nothing
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(excluded.items()))
    return f"none of the {excluded.total()} movements it is about could be used: {told}"


def _estimated(
    indicator: Indicator, used: Sequence[Seen], found: Found, frame: Frame
) -> tuple[list[Estimate], str | None]:
    """Estimates for the whole slot, else why there are none."""
    if not used:
        return [], "there is no value to estimate from"
    if reason := why_none(frame):
        return [], reason
    if indicator.estimate is None:
        return [], indicator.no_estimate
    made = indicator.estimate(used, found, frame)
    return made, None if made else "each group was told by a single page, which does not tell how much pages differ"
