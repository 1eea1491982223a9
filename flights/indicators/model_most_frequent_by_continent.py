"""Which aircraft model is the most frequent, by the continent the flight begins on."""

from collections.abc import Sequence

from flights.indicators.answers import Estimate, Found, Frame, Indicator
from flights.indicators.continents import labelled, origin_continent
from flights.indicators.grouping import Lead, leads, ties_of
from flights.indicators.names import model_names
from flights.indicators.populations import NO_OPERATING, is_not_cancelled
from flights.indicators.reasons import aircraft_missing, aircraft_of, origin_missing
from flights.indicators.sampled import group_leader_totals
from flights.indicators.seen import Seen


def _leaves_out(seen: Seen) -> str | None:
    return origin_missing(seen) or aircraft_missing(seen)


def _model(seen: Seen) -> str:
    return aircraft_of(seen).code


def _leads(used: Sequence[Seen]) -> dict[str, Lead]:
    return leads(used, origin_continent, _model)


def _find(used: Sequence[Seen]) -> Found:
    found, names = _leads(used), model_names(used)
    rows = [
        labelled(continent, model=lead.codes[0], name=names[lead.codes[0]], count=lead.count, n=lead.n)
        for continent, lead in found.items()
    ]
    return Found(rows, ties_of(found))


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return group_leader_totals(used, _leads(used), origin_continent, _model, frame, "flights")


INDICATOR = Indicator(
    id="model_most_frequent_by_continent",
    version=1,
    title="Most frequent aircraft model, by continent of origin",
    definition=(
        "For each continent, the aircraft model of the most movements that begin on it, whatever their status except "
        "cancelled. A model is an ICAO type designator (A320, B738). `n` of a row counts all movements of that "
        "continent whose model is known."
    ),
    unit="flights",
    qualifies=is_not_cancelled,
    leaves_out=_leaves_out,
    group=origin_continent,
    find=_find,
    nothing=NO_OPERATING,
    estimate=_estimate,
)
