"""The three most used aircraft models of the airlines of each country."""

from collections import Counter
from collections.abc import Sequence

from flights.indicators.answers import Found, Indicator
from flights.indicators.grouping import counts_by
from flights.indicators.names import model_names
from flights.indicators.populations import NO_OPERATING, is_not_cancelled
from flights.indicators.reasons import aircraft_missing, aircraft_of, airline_missing, airline_of
from flights.indicators.seen import Seen

PLACES = 3


def _leaves_out(seen: Seen) -> str | None:
    return airline_missing(seen) or _country_missing(seen) or aircraft_missing(seen)


def _country_missing(seen: Seen) -> str | None:
    return None if airline_of(seen).country else "unknown-country"


def _country(seen: Seen) -> str:
    return airline_of(seen).country or ""


def _model(seen: Seen) -> str:
    return aircraft_of(seen).code


def _find(used: Sequence[Seen]) -> Found:
    countries, names = counts_by(used, _country, _model), model_names(used)
    rows = [
        {"country": country, "models": _top(counts, names), "n": counts.total()}
        for country, counts in countries.items()
    ]
    ties = {country: _last_place(counts) for country, counts in countries.items()}
    return Found(rows, {country: codes for country, codes in ties.items() if codes})


def _top(counts: Counter[str], names: dict[str, str]) -> list[dict[str, object]]:
    return [{"model": code, "name": names[code], "count": count} for code, count in _ranked(counts)[:PLACES]]


def _last_place(counts: Counter[str]) -> list[str]:
    """All models that share the last place listed, where the list had no room for one of them."""
    ranked = _ranked(counts)
    if len(ranked) <= PLACES or ranked[PLACES][1] < ranked[PLACES - 1][1]:
        return []
    return [code for code, count in ranked if count == ranked[PLACES][1]]


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


INDICATOR = Indicator(
    id="top_models_by_airline_country",
    version=1,
    title="The three most used aircraft models, by country of the airline",
    definition=(
        "For each country, the three aircraft models (ICAO type designators) with the most movements, whatever their "
        "status except cancelled, of the airlines registered in it. The airline is the operating one. Equal counts "
        "stand in code order; `ties` lists, by country, the models that share the last place listed where one of them "
        "found no room."
    ),
    unit="flights",
    qualifies=is_not_cancelled,
    leaves_out=_leaves_out,
    group=_country,
    find=_find,
    nothing=NO_OPERATING,
    no_estimate="the first three of a sample need not be the first three of the whole: ranks carry no interval",
)
