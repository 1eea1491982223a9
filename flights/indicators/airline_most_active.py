"""Which airline has the most active flights in the world."""

from collections import Counter
from collections.abc import Sequence

from flights.indicators.answers import WORLD, Estimate, Found, Frame, Indicator
from flights.indicators.grouping import Lead, lead_of, ties_of
from flights.indicators.names import airline_names
from flights.indicators.populations import NO_ACTIVE, is_active
from flights.indicators.reasons import airline_code_missing
from flights.indicators.sampled import leader_totals
from flights.indicators.seen import Seen


def _airline(seen: Seen) -> str:
    return seen.airline_code or ""


def _lead(used: Sequence[Seen]) -> Lead:
    return lead_of(Counter(map(_airline, used)))


def _find(used: Sequence[Seen]) -> Found:
    lead = _lead(used)
    first = lead.codes[0]
    return Found(
        {"airline": first, "name": airline_names(used).get(first), "count": lead.count}, ties_of({WORLD: lead})
    )


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return leader_totals(used, _lead(used), _airline, frame, "active flights")


INDICATOR = Indicator(
    id="airline_most_active",
    version=1,
    title="Airline with the most active flights in the world",
    definition=(
        "The operating airline of the most movements whose status in this slot is active. A movement sold under "
        "several flight numbers counts once, for the airline that operates it. An airline that the reference tables "
        "do not know counts under its own code, without a name. Where several share the first place, the value names "
        "the first of them in code order and `ties` lists all."
    ),
    unit="flights",
    qualifies=is_active,
    leaves_out=airline_code_missing,
    group=_airline,
    find=_find,
    nothing=NO_ACTIVE,
    estimate=_estimate,
)
