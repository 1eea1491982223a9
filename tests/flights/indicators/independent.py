"""A second implementation in SQL (independent.sql), for tests only: what it says of a slot, in the product's shapes."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from math import atan2, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from flights.indicators.seen import Seen
from flights.reference.entities import Miss

SQL = (Path(__file__).parent / "independent.sql").read_text()
EARTH_KM = 6371.0088
SAME_KM = 1e-6
CONTINENTS = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}


class Independent:
    """One slot in a database in memory."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.row_factory = sqlite3.Row
        self._database.create_function("km", 4, vector_km, deterministic=True)
        rows = [_exported(each) for each in seen] or [_exported(None)]
        names = ", ".join(rows[0])
        self._database.execute(f"CREATE TABLE movements ({names})")
        self._database.executemany(
            f"INSERT INTO movements VALUES ({', '.join('?' * len(rows[0]))})",  # noqa: S608  marks only
            [tuple(row.values()) for row in rows if seen],
        )
        self._database.executescript(SQL)

    def close(self) -> None:
        self._database.close()

    def answer(self, question: str) -> dict[str, Any]:
        """value, ties, n, population and excluded."""
        counts = dict(self._rows("SELECT reason, count(*) FROM asked WHERE question = ? GROUP BY reason", question))
        n = counts.pop(None, 0)
        value, ties = VALUES[question](self, question) if n else (None, {})
        return {"value": value, "ties": ties, "n": n, "population": n + sum(counts.values()), "excluded": counts}

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._database.execute(sql, values)]

    def _records(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._database.execute(sql, values)]

    def leader(self, question: str) -> tuple[Any, dict[str, list[str]]]:
        first = self._records("SELECT item, name, times FROM ranked WHERE question = ? AND line = 1", question)[0]
        what = question.split("_")[0]
        value = {what: first["item"], "name": first["name"], "count": first["times"]}
        if what == "manufacturer":
            del value["name"]
        return value, self._ties(question)

    def leaders(self, question: str) -> tuple[Any, dict[str, list[str]]]:
        what = {"airline": "airline", "model": "model", "destination": "airport"}[question.split("_")[0]]
        rows = self._rows(
            "SELECT place, item, name, times, n FROM ranked WHERE question = ? AND line = 1 ORDER BY place", question
        )
        return [
            {"continent": place, "continent_name": CONTINENTS[place], what: item, "name": name, "count": times, "n": n}
            for place, item, name, times, n in rows
        ], self._ties(question)

    def averages(self, question: str) -> tuple[Any, dict[str, list[str]]]:
        what = "km" if "route" in question else "kmh"
        rows = self._rows("SELECT place, mean, n FROM averages WHERE question = ? ORDER BY place", question)
        return [
            {"continent": place, "continent_name": CONTINENTS[place], what: mean, "n": n} for place, mean, n in rows
        ], {}

    def longest(self, question: str) -> tuple[Any, dict[str, list[str]]]:
        rows = self._records(
            "SELECT m.flight_id, airline_code AS airline, origin_code AS origin, destination_code AS destination, km "
            "FROM used JOIN marked AS m USING (flight_id) "
            "WHERE question = ?1 AND number > (SELECT max(number) FROM used WHERE question = ?1) - ?2 ORDER BY 1",
            question,
            SAME_KM,
        )
        return rows[0], {"world": [row["flight_id"] for row in rows]} if len(rows) > 1 else {}

    def top(self, question: str) -> tuple[Any, dict[str, list[str]]]:
        rows = self._rows(
            "SELECT place, item, name, times, n FROM ranked WHERE question = ? AND line <= 3 ORDER BY place, line",
            question,
        )
        countries = {place: n for place, _item, _name, _times, n in rows}
        models = [(place, {"model": item, "name": name, "count": times}) for place, item, name, times, _n in rows]
        full = self._rows(
            "SELECT place, item FROM ranked AS one WHERE question = ?1 AND times = (SELECT times FROM ranked AS third "
            "WHERE third.question = ?1 AND third.place = one.place AND line = 4 AND times = (SELECT times FROM ranked "
            "AS last WHERE last.question = ?1 AND last.place = one.place AND line = 3)) ORDER BY place, item",
            question,
        )
        value = [
            {"country": place, "models": [model for at, model in models if at == place], "n": n}
            for place, n in countries.items()
        ]
        return value, _listed(full)

    def imbalance(self, _question: str) -> tuple[Any, dict[str, list[str]]]:
        rows = self._records(
            "SELECT airport, name, outbound, inbound, gap FROM imbalance WHERE rank = 1 ORDER BY airport"
        )
        return rows[0], {"world": [row["airport"] for row in rows]} if len(rows) > 1 else {}

    def delays(self, question: str) -> tuple[Any, dict[str, list[str]]]:
        what = question.rpartition("_")[2]
        rows = self._rows("SELECT place, n, median, p90, late FROM delays WHERE question = ? ORDER BY place", question)
        return [
            {what: place, "n": n, "median_min": median, "p90_min": p90, "over_15_share": late}
            for place, n, median, p90, late in rows
        ], {}

    def movements(self, _question: str) -> tuple[Any, dict[str, list[str]]]:
        value = self._records(
            "SELECT count(*) AS movements, count(*) + sum(marketed) AS marketed_flights, "
            "1 + avg(marketed) AS per_movement FROM marked"
        )[0]
        value["by_status"] = dict(self._rows("SELECT status, count(*) FROM marked GROUP BY status"))
        return value, {}

    def unresolved(self, _question: str) -> tuple[Any, dict[str, list[str]]]:
        rows = self._records("SELECT * FROM unresolved")
        return {"codes": rows[:500], "omitted": len(rows[500:])}, {}

    def _ties(self, question: str) -> dict[str, list[str]]:
        rows = self._rows(
            "SELECT place, item FROM ranked WHERE question = ? AND rank = 1 ORDER BY place, item", question
        )
        return {place: items for place, items in _listed(rows).items() if len(items) > 1}


VALUES: dict[str, Callable[[Independent, str], tuple[Any, dict[str, list[str]]]]] = {
    "airline_most_active": Independent.leader,
    "airline_most_regional_by_continent": Independent.leaders,
    "longest_active_route": Independent.longest,
    "mean_route_by_continent": Independent.averages,
    "manufacturer_most_active": Independent.leader,
    "model_most_frequent_by_continent": Independent.leaders,
    "top_models_by_airline_country": Independent.top,
    "destination_most_popular_by_continent": Independent.leaders,
    "airport_largest_imbalance": Independent.imbalance,
    "mean_speed_by_continent": Independent.averages,
    "departure_delays_by_airline": Independent.delays,
    "departure_delays_by_airport": Independent.delays,
    "departure_delays_by_route": Independent.delays,
    "arrival_delays_by_airline": Independent.delays,
    "arrival_delays_by_airport": Independent.delays,
    "arrival_delays_by_route": Independent.delays,
    "movements": Independent.movements,
    "codes_unresolved": Independent.unresolved,
}


def vector_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The angle between two vectors from the earth's middle, by atan2: exact for near and for opposite places."""
    one, other = _vector(latitude, longitude), _vector(other_latitude, other_longitude)
    crossed = sqrt(sum((one[i - 2] * other[i - 1] - one[i - 1] * other[i - 2]) ** 2 for i in range(3)))
    return EARTH_KM * atan2(crossed, sum(a * b for a, b in zip(one, other, strict=True)))


def disagreements(ours: Any, theirs: Any, where: str = "") -> Iterator[str]:
    """Where two values differ by more than rounding."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        for key in ours:
            yield from disagreements(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from disagreements(one, other, f"{where}[{index}]")
    elif not _same(ours, theirs, where):
        yield f"{where}: {ours!r} is not {theirs!r}"


def _same(ours: Any, theirs: Any, where: str) -> bool:
    if isinstance(ours, float) and isinstance(theirs, int | float):
        return abs(ours - theirs) <= (0.000051 if where.endswith(("share", "per_movement")) else 0.0501)
    return bool(ours == theirs and type(ours) is type(theirs))


def _vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    up, along = radians(latitude), radians(longitude)
    return cos(up) * cos(along), cos(up) * sin(along), sin(up)


def _listed(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for place, item in rows:
        lists.setdefault(place, []).append(item)
    return lists


def _exported(seen: Seen | None) -> dict[str, Any]:
    """A movement as one flat row; None gives the names of the columns."""
    told: Any = seen
    row = {
        "flight_id": seen and seen.flight_id,
        "status": seen and str(seen.status),
        "marketed": seen and seen.marketed,
        "departed": seen and seen.departed,
        "arrived": seen and seen.arrived,
        "departure_delay": seen and seen.departure_delay_min,
        "arrival_delay": seen and seen.arrival_delay_min,
        "has_position": seen and seen.has_position,
        "age": seen and seen.position_age_min,
        "is_ground": seen and seen.is_ground,
        "speed": seen and seen.speed_kmh,
    }
    for end in ("origin", "destination"):
        parts = ("name", "continent", "latitude", "longitude")
        row |= _entity(end, told and getattr(told, end), told and getattr(told, f"{end}_code"), parts)
    row |= _entity("airline", told and told.airline, told and told.airline_code, ("name", "country"))
    row |= _entity("aircraft", told and told.aircraft, told and told.aircraft_code, ())
    made = None if told is None or isinstance(told.aircraft, Miss) else told.aircraft
    row["designator"] = made and made.code
    row["manufacturer"] = made and made.manufacturer
    row["model"] = made and " ".join(part for part in (made.manufacturer, made.model) if part)
    return row


def _entity(name: str, found: Any, code: str | None, parts: Sequence[str]) -> dict[str, Any]:
    state = str(found) if isinstance(found, Miss) else "found"
    told = {f"{name}_{part}": getattr(found, part, None) if state == "found" else None for part in parts}
    return {f"{name}_code": code, f"{name}_state": state, **told}
