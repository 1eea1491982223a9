"""An answer as one line for people: a terminal, the admin, a message. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flights.indicators.answers import Value

SHOWN = 8
Row = Mapping[str, Any]


def in_words(indicator: str, value: Value | None, reason: str | None, ties: Mapping[str, Sequence[str]]) -> str:
    """The value in words and what it ties with; where there is none, why."""
    if value is None:
        return f"no answer: {reason or 'no reason is known'}"
    return _WORDS.get(indicator, str)(value) + _tied(ties)


def _tied(ties: Mapping[str, Sequence[str]]) -> str:
    told = [f"{group} {_few(codes)}".strip() for group, codes in ties.items()]
    return f" (tied: {_listed(told)})" if told else ""


def _few(codes: Sequence[str]) -> str:
    more = f" and {len(codes) - SHOWN} more" if len(codes) > SHOWN else ""
    return ", ".join(codes[:SHOWN]) + more


def _airline(row: Row) -> str:
    return f"{row['name'] or row['airline']} ({row['airline']})" if row["name"] else str(row["airline"])


def _most_active(value: Row) -> str:
    return f"{_airline(value)}: {_flights(value['count'])}"


def _regional(rows: Sequence[Row]) -> str:
    return _listed(f"{row['continent']} {_airline(row)} {row['count']:,}" for row in rows)


def _longest(value: Row) -> str:
    return f"{value['flight_id']}: {value['km']:,.1f} km from {value['origin']} to {value['destination']}"


def _mean_route(rows: Sequence[Row]) -> str:
    return _listed(f"{row['continent']} {row['km']:,.0f} km" for row in rows)


def _manufacturer(value: Row) -> str:
    return f"{value['manufacturer']}: {_flights(value['count'])}"


def _models(rows: Sequence[Row]) -> str:
    return _listed(f"{row['continent']} {row['name']} {row['count']:,}" for row in rows)


def _top_models(rows: Sequence[Row]) -> str:
    by_use = sorted(rows, key=lambda row: -row["n"])
    return _listed(f"{row['country']} {', '.join(model['name'] for model in row['models'])}" for row in by_use)


def _destinations(rows: Sequence[Row]) -> str:
    return _listed(f"{row['continent']} {row['airport']} {row['count']:,}" for row in rows)


def _imbalance(value: Row) -> str:
    return f"{value['airport']}: {value['outbound']:,} out, {value['inbound']:,} in, gap {value['gap']:+,}"


def _speeds(rows: Sequence[Row]) -> str:
    return _listed(f"{row['continent']} {row['kmh']:,.0f} km/h" for row in rows)


def _delays(rows: Sequence[Row]) -> str:
    """Those with most flights."""
    by_use = sorted(rows, key=lambda row: -row["n"])
    return _listed(f"{_group(row)} median {_late(row['median_min'])} of {row['n']:,}" for row in by_use)


def _late(minutes: float) -> str:
    whole = round(minutes)
    return f"{whole:+} min" if whole else "0 min"


def _group(row: Row) -> str:
    return next(str(row[name]) for name in ("airline", "airport", "route") if name in row)


def _movements(value: Row) -> str:
    return f"{value['movements']:,} movements, sold under {value['marketed_flights']:,} flight numbers"


def _unresolved(value: Row) -> str:
    if not value["codes"]:
        return "every code is known"
    codes = _listed(f"{row['kind']} {row['code']} {row['movements']:,}" for row in value["codes"])
    return codes + (f"; {value['omitted']} more are not kept" if value["omitted"] else "")


def _flights(count: int) -> str:
    return f"{count:,} flight" if count == 1 else f"{count:,} flights"


def _listed(parts: Iterable[str]) -> str:
    told = list(parts)
    more = f"; {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return "; ".join(told[:SHOWN]) + more


_WORDS: dict[str, Callable[[Any], str]] = {
    "airline_most_active": _most_active,
    "airline_most_regional_by_continent": _regional,
    "longest_active_route": _longest,
    "mean_route_by_continent": _mean_route,
    "manufacturer_most_active": _manufacturer,
    "model_most_frequent_by_continent": _models,
    "top_models_by_airline_country": _top_models,
    "destination_most_popular_by_continent": _destinations,
    "airport_largest_imbalance": _imbalance,
    "mean_speed_by_continent": _speeds,
    "departure_delays_by_airline": _delays,
    "departure_delays_by_airport": _delays,
    "departure_delays_by_route": _delays,
    "arrival_delays_by_airline": _delays,
    "arrival_delays_by_airport": _delays,
    "arrival_delays_by_route": _delays,
    "movements": _movements,
    "codes_unresolved": _unresolved,
}
