"""Which aircraft manufacturer has the most active flights."""

from collections import Counter
from collections.abc import Sequence

from flights.indicators.answers import WORLD, Estimate, Found, Frame, Indicator
from flights.indicators.grouping import Lead, lead_of, ties_of
from flights.indicators.populations import NO_ACTIVE, is_active
from flights.indicators.reasons import aircraft_missing, aircraft_of
from flights.indicators.sampled import leader_totals
from flights.indicators.seen import Seen


def _leaves_out(seen: Seen) -> str | None:
    missing = aircraft_missing(seen)
    if missing is None and aircraft_of(seen).manufacturer is None:
        return "ambiguous-manufacturer"
    return missing


def _manufacturer(seen: Seen) -> str:
    return aircraft_of(seen).manufacturer or ""


def _lead(used: Sequence[Seen]) -> Lead:
    return lead_of(Counter(map(_manufacturer, used)))


def _find(used: Sequence[Seen]) -> Found:
    lead = _lead(used)
    return Found({"manufacturer": lead.codes[0], "count": lead.count}, ties_of({WORLD: lead}))


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return leader_totals(used, _lead(used), _manufacturer, frame, "active flights")


INDICATOR = Indicator(
    id="manufacturer_most_active",
    version=1,
    title="Aircraft manufacturer with the most active flights",
    definition=(
        "The manufacturer of the aircraft of the most active movements, by the aircraft's type as told (ICAO "
        "designator or IATA code) or as its 24-bit address stands for, never by its registration. A type that "
        "several makers build, none of them the usual one, is excluded."
    ),
    unit="flights",
    qualifies=is_active,
    leaves_out=_leaves_out,
    group=_manufacturer,
    find=_find,
    nothing=NO_ACTIVE,
    estimate=_estimate,
)
