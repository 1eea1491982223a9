"""Pages made ahead, off the clock, for benches."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from ingestion.simulator import wire
from ingestion.simulator.eras import ERAS, DelayMode
from ingestion.simulator.rows import RowMaker
from ingestion.simulator.world import World, minute_of

MAX_ROWS = 200_000
_PAGE = 100
_LAST_DAY = date(2026, 11, 24)
_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def prepared_pages(rows: int, seed: int, *, era: str = "2025-05") -> Iterator[bytes]:
    """Page bodies of 100 rows each, day after day into the past; no row comes twice."""
    if not 0 <= rows <= MAX_ROWS:
        raise ValueError(f"rows: from 0 to {MAX_ROWS}, not {rows}")
    world = World(seed)
    maker = RowMaker(world, ERAS[era], DelayMode.NORMAL)
    minute = minute_of(_NOON)
    codes = islice(_codes(world), rows)
    for offset in range(0, rows, _PAGE):
        made = [maker.row(code, minute) for code in islice(codes, _PAGE)]
        yield wire.compact(wire.page(made, limit=_PAGE, offset=offset, total=rows))


def _codes(world: World) -> Iterator[int]:
    on = _LAST_DAY
    while True:
        yield from world.rows_of(on)
        on -= timedelta(days=1)
