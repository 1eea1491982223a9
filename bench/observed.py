"""Observations made off the clock, as a cursor hands them out, from the entities of the packaged reference."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from random import Random
from typing import Any

from flights.reference.packaged import Tables

BATCH = 1_000
ROWS_PER_PAGE = 100
SEED = 20_261_124
OBSERVED = datetime(2026, 11, 24, 4, 0, 9, tzinfo=UTC)
BUSY_AIRLINES, BUSY_TYPES, BUSY_AIRPORTS = 400, 90, 3_500
STATUSES = ("active",) * 35 + ("landed",) * 30 + ("scheduled",) * 30 + ("cancelled",) * 3 + ("diverted", "unknown")

Document = dict[str, Any]


class Drawn:
    """Documents in which few airports, airlines and types are busy and many are not."""

    def __init__(self, tables: Tables) -> None:
        self._draws = Random(SEED)  # noqa: S311  made-up flights, no secret depends on it
        choice = partial(_busy_first, self._draws)
        draw = self._draws.sample
        self._airport = choice([*draw([each for each in tables.airports if each.iata], BUSY_AIRPORTS), None])
        self._airline = choice([*draw([each for each in tables.airlines if each.icao], BUSY_AIRLINES), None])
        self._type = choice(draw(tables.aircraft_types, BUSY_TYPES))

    def batches(self, movements: int) -> Iterator[list[Document]]:
        for start in range(0, movements, BATCH):
            yield [self._document(number) for number in range(start, min(start + BATCH, movements))]

    def _document(self, number: int) -> Document:
        draws, airline = self._draws, self._airline()
        status = draws.choice(STATUSES)
        flight_id = f"2026-11-24T{number % 1_440:04d}-{number}"
        return {
            "_id": f"2026-11-24T04Z|{flight_id}",
            "flight_id": flight_id,
            "page": f"00.{number // ROWS_PER_PAGE:05d}",
            "status": status,
            "operating": {
                "airline_iata": None,
                "airline_icao": airline.icao if airline else "QQQ",
                "airline_name": None,
            },
            "departure": self._end(is_past=status in {"active", "landed"}),
            "arrival": self._end(is_past=status == "landed"),
            "aircraft": self._aircraft(),
            "live": self._live() if status == "active" else None,
            "observed_at": OBSERVED,
            "marketed_as": ["DL8300"] * draws.choice((0, 0, 0, 1, 3)),
            "departure_delay_min": draws.randrange(-15, 90) if status in {"active", "landed"} else None,
            "arrival_delay_min": draws.randrange(-15, 90) if status == "landed" else None,
        }

    def _end(self, *, is_past: bool) -> Document:
        airport = self._airport()
        actual = {"local": "2026-11-24T06:21:00+00:00", "utc": OBSERVED, "quality": "ok"} if is_past else None
        return {"iata": airport.iata if airport else "QQQ", "icao": airport.icao if airport else None, "actual": actual}

    def _aircraft(self) -> Document | None:
        if self._draws.random() < 0.4:
            return None
        return {"registration": "F-GKXS", "iata": None, "icao": self._type().code, "icao24": "3944F2"}

    def _live(self) -> Document | None:
        if self._draws.random() < 0.3:
            return None
        updated = OBSERVED - timedelta(minutes=self._draws.randrange(80))
        speed = self._draws.uniform(200, 950)
        return {
            "updated": updated,
            "latitude": 46.1,
            "longitude": 4.2,
            "speed_horizontal_kmh": speed,
            "is_ground": False,
        }


def _busy_first(draws: Random, things: Sequence[Any]) -> Callable[[], Any]:
    """Draws by Zipf's law: the n-th is drawn 1/n times as often as the first."""
    weights = list(accumulate(1 / (place + 5) for place in range(len(things))))
    return lambda: draws.choices(things, cum_weights=weights)[0]
