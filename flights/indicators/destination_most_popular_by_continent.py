"""Which destination airport is the most popular of each continent."""

from collections.abc import Sequence

from flights.indicators.answers import Estimate, Found, Frame, Indicator
from flights.indicators.continents import destination_continent, labelled
from flights.indicators.grouping import Lead, leads, ties_of
from flights.indicators.names import destination_names
from flights.indicators.populations import NO_OPERATING, is_not_cancelled
from flights.indicators.reasons import destination_missing, destination_of
from flights.indicators.sampled import group_leader_totals
from flights.indicators.seen import Seen


def _airport(seen: Seen) -> str:
    return destination_of(seen).code


def _leads(used: Sequence[Seen]) -> dict[str, Lead]:
    return leads(used, destination_continent, _airport)


def _find(used: Sequence[Seen]) -> Found:
    found, names = _leads(used), destination_names(used)
    rows = [
        labelled(continent, airport=lead.codes[0], name=names[lead.codes[0]], count=lead.count, n=lead.n)
        for continent, lead in found.items()
    ]
    return Found(rows, ties_of(found))


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return group_leader_totals(used, _leads(used), destination_continent, _airport, frame, "flights")


INDICATOR = Indicator(
    id="destination_most_popular_by_continent",
    version=1,
    title="Most popular destination airport, by its continent",
    definition=(
        "For each continent, the airport that is the destination of the most movements, whatever their status except "
        "cancelled. The continent is the one that the destination airport lies on; the origin does not matter and need "
        "not be known. `n` of a row counts all movements to that continent."
    ),
    unit="flights",
    qualifies=is_not_cancelled,
    leaves_out=destination_missing,
    group=destination_continent,
    find=_find,
    nothing=NO_OPERATING,
    estimate=_estimate,
)
