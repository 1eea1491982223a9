"""/flights over the made-up world: filters and pages."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from ingestion.simulator import days
from ingestion.simulator.airports import metropolitan_codes
from ingestion.simulator.days import Day
from ingestion.simulator.rows import RowMaker, flight_codes
from ingestion.simulator.schedule import Leg, Marketing
from ingestion.simulator.world import SELLING_MASK, SOLD_BITS, World, minute_of

Params = Mapping[str, str]
Row = dict[str, Any]
Wanted = tuple[tuple[str, str], ...]
DateOf = Callable[[Day, int, Leg], date]
STATUSES = frozenset({"scheduled", "active", "landed", "cancelled", "incident", "diverted"})
_FACTS_KEPT = 12
_TOMORROW = timedelta(days=1)


class FlightSource(Protocol):
    """What a server needs from wherever its rows come from."""

    def find(self, params: Params, now: datetime) -> Found: ...


class Found(Protocol):
    total: int

    def rows(self, positions: Iterable[int]) -> list[Row]: ...


_SOLD: dict[str, Callable[[Marketing], str | None]] = {
    "airline_name": lambda sold: sold.airline.name,
    "airline_iata": lambda sold: sold.airline.iata,
    "airline_icao": lambda sold: sold.airline.icao,
    "flight_number": lambda sold: sold.number,
    "flight_iata": lambda sold: flight_codes(sold)["iata"],
    "flight_icao": lambda sold: flight_codes(sold)["icao"],
}
_FLOWN: dict[str, Callable[[Leg], str]] = {
    "dep_iata": lambda leg: leg.origin.iata,
    "dep_icao": lambda leg: leg.origin.icao,
    "arr_iata": lambda leg: leg.destination.iata,
    "arr_icao": lambda leg: leg.destination.icao,
}
_DATES: dict[str, DateOf] = {
    "arr_scheduled_time_dep": lambda day, _index, _leg: day.date,
    "arr_scheduled_time_arr": lambda day, index, leg: days.arrival_date(day, index, leg),
}
_DELAYS = {
    "min_delay_dep": (days.departure_delay, 1),
    "max_delay_dep": (days.departure_delay, -1),
    "min_delay_arr": (days.arrival_delay, 1),
    "max_delay_arr": (days.arrival_delay, -1),
}
_FIXED = frozenset(_SOLD) | frozenset(_FLOWN) | frozenset(_DATES)


class WorldFlights:
    """Keeps what it found: a fixed filter as long as the window holds, others for their minute."""

    def __init__(self, world: World, maker: RowMaker) -> None:
        self._world = world
        self._maker = maker
        self._kept: OrderedDict[tuple[object, ...], array[int]] = OrderedDict()

    def find(self, params: Params, now: datetime) -> WorldFound:
        minute = minute_of(now)
        window, codes = self._base(params, now)
        fixed = tuple(sorted((k, v) for k, v in params.items() if v and k in _FIXED))
        if fixed:
            codes = self._keep((window, fixed), lambda: self._matching(codes, fixed))
        moving = tuple(sorted((k, v) for k, v in params.items() if _is_moving(k, v)))
        if moving:
            kept = codes
            codes = self._keep((window, fixed, moving, minute), lambda: self._passing(kept, moving, minute))
        return WorldFound(self._maker, codes, minute)

    def _base(self, params: Params, now: datetime) -> tuple[object, array[int]]:
        wanted = params.get("flight_date")
        if wanted is None:
            return self._world.window(now)
        on = date_or_none(wanted)
        if on is None or on > now.astimezone(UTC).date() + _TOMORROW:
            return wanted, array("Q")
        return wanted, self._keep((wanted,), lambda: self._world.rows_of(on))

    def _matching(self, codes: array[int], wanted: Wanted) -> array[int]:
        """Legs are looked at once, not once for each of their days."""
        checks = [(name, accepted(name, value)) for name, value in wanted]
        sellings = frozenset(self._sellings(checks))
        found = array("Q", (code for code in codes if code & SELLING_MASK in sellings))
        dates = [(_DATES[name], values) for name, values in checks if name in _DATES]
        return array("Q", (code for code in found if self._is_on(code, dates))) if dates else found

    def _sellings(self, checks: list[tuple[str, frozenset[str]]]) -> Iterator[int]:
        flown = [(_FLOWN[name], values) for name, values in checks if name in _FLOWN]
        sold_as = [(_SOLD[name], values) for name, values in checks if name in _SOLD]
        for index, leg in enumerate(self._world.legs):
            if all(value(leg).lower() in values for value, values in flown):
                for k, sold in enumerate(leg.sold_as):
                    if all((value(sold) or "").lower() in values for value, values in sold_as):
                        yield index << SOLD_BITS | k

    def _is_on(self, code: int, dates: list[tuple[DateOf, frozenset[str]]]) -> bool:
        day, index, leg, _sold = self._world.unpacked(code)
        return all(value(day, index, leg).isoformat() in values for value, values in dates)

    def _passing(self, codes: array[int], wanted: Wanted, minute: int) -> array[int]:
        verdicts: dict[int, bool] = {}
        passing = array("Q")
        for code in codes:
            movement = code >> SOLD_BITS
            if movement not in verdicts:
                verdicts[movement] = self._passes(code, wanted, minute)
            if verdicts[movement]:
                passing.append(code)
        return passing

    def _passes(self, code: int, wanted: Wanted, minute: int) -> bool:
        day, index, _leg, _sold = self._world.unpacked(code)
        for name, value in wanted:
            if name == "flight_status":
                if days.status(day, index, minute) != value:
                    return False
                continue
            delay_of, sign = _DELAYS[name]
            delay = delay_of(day, index, minute)
            if delay is None or (delay - int(value)) * sign < 0:
                return False
        return True

    def _keep(self, key: tuple[object, ...], find: Callable[[], array[int]]) -> array[int]:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._kept[key] = find()
        if len(self._kept) > _FACTS_KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


class WorldFound:
    def __init__(self, maker: RowMaker, codes: array[int], minute: int) -> None:
        self.total = len(codes)
        self._maker, self._codes, self._minute = maker, codes, minute

    def rows(self, positions: Iterable[int]) -> list[Row]:
        return [self._maker.row(self._codes[p], self._minute) for p in positions]


def date_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def accepted(name: str, value: str) -> frozenset[str]:
    """A city code stands for all its airports."""
    if name in {"dep_iata", "arr_iata"}:
        airports = metropolitan_codes().get(value.upper(), frozenset())
        return frozenset(code.lower() for code in airports | {value})
    return frozenset({value.lower()})


def _is_moving(name: str, value: str) -> bool:
    """A status or delay the upstream does not understand is ignored."""
    if name == "flight_status":
        return value in STATUSES
    return name in _DELAYS and value.lstrip("-").isdecimal()
