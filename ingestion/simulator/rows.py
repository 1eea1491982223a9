"""One movement at one minute, as one row of /flights for each of its marketing numbers."""

from dataclasses import dataclass
from typing import Any

from ingestion.simulator import days, positions
from ingestion.simulator.airports import Airport
from ingestion.simulator.days import Day, Fate
from ingestion.simulator.draws import draw
from ingestion.simulator.eras import DelayMode, Era
from ingestion.simulator.fleet import aircraft_flying
from ingestion.simulator.schedule import Leg, Marketing
from ingestion.simulator.world import World, moment

_TERMINALS = ("1", "2", "3", "2E", "T1", "D", "I", "EM", "MAIN", "TLA", "TBIT", "INTL", "0", "A")
_GATES = ("{n}", "{n:02d}", "{n}A", "A{n}", "B{n}", "{n},{m}", "C{n}")
_BELTS = ("{n}", "{n:02d}", "D{n}", "QFR")
_ROUNDED_UP_ONE_IN = 80
_ESTIMATED_AHEAD_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class RowMaker:
    world: World
    era: Era
    delay_mode: DelayMode

    def row(self, code: int, now: int) -> dict[str, Any]:
        day, index, leg, sold = self.world.unpacked(code)
        operating = leg.sold_as[0]
        is_codeshare = sold is not operating
        movement = _Movement(leg, day, index, now, self.world.identity(day, index, "movement"))
        return {
            "flight_date": day.date.isoformat(),
            "flight_status": days.status(day, index, now),
            "departure": self._departure(movement),
            "arrival": self._arrival(movement),
            "airline": {
                "name": sold.airline.name,
                "iata": sold.airline.iata,
                "icao": sold.airline.icao,
            },
            "flight": {**flight_codes(sold), "codeshared": _codeshared(operating, is_codeshare)},
            "aircraft": self._aircraft(movement, is_codeshare),
            "live": None if is_codeshare else self._live(movement),
        }

    def _departure(self, movement: "_Movement") -> dict[str, Any]:
        day, index, now = movement.day, movement.index, movement.now
        scheduled = f"{day.date}T{_clock(movement.leg.departs)}:00+00:00"
        airport = movement.leg.origin
        actual = runway = None
        if days.departed(day, index, now) and day.fates[index] != Fate.NO_DEPARTURE:
            actual = runway = _wall(day.took_off[index], airport)
        elif self.era.only_icao24:
            runway = scheduled
        return {
            **_place(airport, "departure", movement),
            "delay": self._delays(movement)[0],
            "scheduled": scheduled,
            "estimated": scheduled,
            "actual": actual,
            "estimated_runway": runway,
            "actual_runway": actual,
        }

    def _arrival(self, movement: "_Movement") -> dict[str, Any]:
        day, index, now = movement.day, movement.index, movement.now
        airport = movement.leg.destination
        scheduled, delay = _wall(day.arrives[index], airport), self._delays(movement)[1]
        estimated = self._estimated(movement, scheduled)
        actual = None
        if days.arrived(day, index, now) and day.fates[index] != Fate.NO_ARRIVAL:
            actual = _wall(day.touched_down[index], airport)
        timed = {"scheduled": scheduled, "delay": delay}
        if not self.era.scheduled_before_delay:
            timed = {"delay": delay, "scheduled": scheduled}
        return {
            **_place(airport, "arrival", movement),
            "baggage": _maybe(_BELTS, movement.pick >> 20, airport.iata),
            **timed,
            "estimated": estimated,
            "actual": actual,
            "estimated_runway": estimated if self.era.only_icao24 and not actual else actual,
            "actual_runway": actual,
        }

    def _estimated(self, movement: "_Movement", scheduled: str) -> str | None:
        """A real estimate once it has left; ahead of that mostly null."""
        if not self.era.arrival_is_estimated:
            return scheduled
        if days.departed(movement.day, movement.index, movement.now):
            guess = movement.day.touched_down[movement.index] + movement.pick % 9 - 4
            return _wall(guess, movement.leg.destination)
        return scheduled if movement.share(4) < _ESTIMATED_AHEAD_SHARE else None

    def _delays(self, movement: "_Movement") -> tuple[int | None, int | None]:
        day, index, now = movement.day, movement.index, movement.now
        departure = days.departure_delay(day, index, now)
        if departure and not movement.pick % _ROUNDED_UP_ONE_IN:
            departure += 1
        arrival = days.arrival_delay(day, index, now)
        if self.delay_mode is DelayMode.MISSING:
            return None, None
        return (arrival, departure) if self.delay_mode is DelayMode.SWAPPED else (departure, arrival)

    def _aircraft(self, movement: "_Movement", is_codeshare: bool) -> dict[str, Any] | None:  # noqa: FBT001  one of two kinds of row
        if is_codeshare and not self.era.only_icao24:
            return None
        if movement.share(5) >= self.era.aircraft_share:
            return None
        airline = movement.leg.sold_as[0].airline
        flying = aircraft_flying(airline, movement.leg.km, pick=movement.pick >> 16)
        if self.era.only_icao24:
            return {"registration": None, "iata": None, "icao": None, "icao24": flying.icao24}
        return {
            "registration": flying.registration,
            "iata": flying.type.icao,
            "icao": flying.type.icao,
            "icao24": flying.icao24,
        }

    def _live(self, movement: "_Movement") -> dict[str, Any] | None:
        day, index, now = movement.day, movement.index, movement.now
        if not days.departed(day, index, now):
            return None
        landed = days.arrived(day, index, now)
        heard = self.era.live_landed_share if landed else self.era.live_airborne_share
        if movement.share(6) >= heard:
            return None
        return positions.live(movement.leg, day, index, now=now, pick=movement.pick >> 8)


@dataclass(frozen=True, slots=True)
class _Movement:
    leg: Leg
    day: Day
    index: int
    now: int
    pick: int

    def share(self, purpose: int) -> float:
        return (self.pick * (2 * purpose + 1) >> 12 & 0xFFFF) / 0x10000


def flight_codes(sold: Marketing) -> dict[str, str | None]:
    """`flight` without its codeshare; without a number the code is just the carrier's."""
    number, airline = sold.number, sold.airline
    return {
        "number": number,
        "iata": airline.iata and airline.iata + (number or ""),
        "icao": airline.icao and airline.icao + (number or ""),
    }


def _codeshared(operating: Marketing, is_codeshare: bool) -> dict[str, str] | None:  # noqa: FBT001  as above
    if not is_codeshare:
        return None
    airline, codes = operating.airline, flight_codes(operating)
    named = {
        "airline_name": airline.name,
        "airline_iata": airline.iata,
        "airline_icao": airline.icao,
        "flight_number": codes["number"],
        "flight_iata": codes["iata"],
        "flight_icao": codes["icao"],
    }
    return {key: value.lower() for key, value in named.items() if value}


def _place(airport: Airport, side: str, movement: _Movement) -> dict[str, Any]:
    carrier = movement.leg.sold_as[0].airline.name
    terminal = draw("terminal", airport.iata, carrier)
    known = terminal % 100 < 60  # noqa: PLR2004  share of carriers whose terminal is given
    pick = movement.pick >> (0 if side == "departure" else 10)
    return {
        "airport": airport.name,
        "timezone": airport.timezone,
        "iata": airport.iata,
        "icao": airport.icao,
        "terminal": _TERMINALS[(terminal >> 8) % len(_TERMINALS)] if known else None,
        "gate": _maybe(_GATES, pick, airport.iata),
    }


def _maybe(shapes: tuple[str, ...], pick: int, place: str) -> str | None:
    """Null for three in five, else one of the shapes such strings have."""
    if pick % 5 < 3:  # noqa: PLR2004  as the line above says
        return None
    shape = shapes[(pick >> 4) % len(shapes)] if pick & 8 else shapes[0]
    n = 1 + (pick >> 8 ^ ord(place[0])) % 60
    return shape.format(n=n, m=n + 1)


def _wall(minute: int, airport: Airport) -> str:
    """The airport's own clock, labelled +00:00 as the upstream does."""
    return f"{moment(minute).astimezone(airport.zone):%Y-%m-%dT%H:%M}:00+00:00"


def _clock(minute_of_day: int) -> str:
    return f"{minute_of_day // 60:02d}:{minute_of_day % 60:02d}"
