"""Which airline has the most active flights that stay on one continent, continent by continent."""

from collections.abc import Sequence

from flights.indicators.answers import Estimate, Found, Frame, Indicator
from flights.indicators.continents import is_within_one, labelled, origin_continent
from flights.indicators.grouping import Lead, leads, ties_of
from flights.indicators.names import airline_names
from flights.indicators.populations import is_active
from flights.indicators.reasons import airline_code_missing, destination_missing, origin_missing
from flights.indicators.sampled import group_leader_totals
from flights.indicators.seen import Seen


def _may_be_regional(seen: Seen) -> bool:
    return is_active(seen) and (_end_missing(seen) is not None or is_within_one(seen))


def _end_missing(seen: Seen) -> str | None:
    return origin_missing(seen) or destination_missing(seen)


def _leaves_out(seen: Seen) -> str | None:
    return _end_missing(seen) or airline_code_missing(seen)


def _airline(seen: Seen) -> str:
    return seen.airline_code or ""


def _leads(used: Sequence[Seen]) -> dict[str, Lead]:
    return leads(used, origin_continent, _airline)


def _find(used: Sequence[Seen]) -> Found:
    found, names = _leads(used), airline_names(used)
    rows = [
        labelled(continent, airline=lead.codes[0], name=names.get(lead.codes[0]), count=lead.count, n=lead.n)
        for continent, lead in found.items()
    ]
    return Found(rows, ties_of(found))


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return group_leader_totals(used, _leads(used), origin_continent, _airline, frame, "active regional flights")


INDICATOR = Indicator(
    id="airline_most_regional_by_continent",
    version=1,
    title="Airline with the most active regional flights, by continent",
    definition=(
        "For each continent, the operating airline of the most active movements that are regional: origin and "
        "destination airport lie on the same continent. An active movement whose ends are on two continents is outside "
        "the question; one with an end that can't be resolved may be regional and counts as excluded. Movements count "
        "once, for the airline that operates them. `n` of a row counts all regional flights of that continent. "
        "Continents without one are not listed."
    ),
    unit="flights",
    qualifies=_may_be_regional,
    leaves_out=_leaves_out,
    group=origin_continent,
    find=_find,
    nothing="no active flight of this slot stayed on one continent",
    estimate=_estimate,
)
