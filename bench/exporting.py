"""Parts of bench/exports.py, each called in a process of its own (bench/child.py)."""

import shutil
import time
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from bench import feeding, memory
from flights import documents, services, store
from flights.exports import cache, making
from flights.exports.building import write_files
from flights.exports.subjects import FIELDS, whole_slot
from flights.exports.writers import WRITERS, Form
from flights.records import Aircraft, FlightEnd, LivePosition, Moment, SlotSummary, TimeQuality
from flights.times import utc_now

SLOT = "2026-11-24T04Z"
CURSOR = "cursor"


def fill(rows: int) -> dict[str, Any]:
    """A closed slot of this many observations, all fields filled as in the busiest rows."""
    store.database().create_collection(store.SLOTS)
    target = store.collection(store.OBSERVATIONS)
    made = _documents(rows)
    while batch := [document for _, document in zip(range(store.BATCH), made, strict=False)]:
        target.insert_many(batch, ordered=False)
    now = utc_now()
    summary = SlotSummary(
        slot=SLOT, run=f"{SLOT}.1", collected_at=now, requests=1, pages_planned=1, pages_fetched=1, rows_announced=rows,
        rows_received=rows, rows_merged=0, rows_rejected=0, published=rows, repeated=0, sampling="all pages announced",
    )  # fmt: skip
    services.end_partition(summary, 0, 1, now)
    return {}


def cursor(rows: int) -> dict[str, Any]:
    """The least there is: the same documents with the same fields, read and thrown away."""
    bounds, started = documents.slot_bounds(SLOT), time.perf_counter()
    query = {"_id": {"$gt": bounds[0], "$lt": bounds[1]}}
    found = store.collection(store.OBSERVATIONS).find(query, projection=FIELDS, batch_size=store.BATCH).sort("_id", 1)
    read = sum(1 for _ in found)
    return {"seconds": time.perf_counter() - started} | _checked(read, rows)


def export(form: str, rows: int) -> dict[str, Any]:
    """A file from the request until its first byte can be sent: read, written, hashed, synced, noted."""
    shutil.rmtree(cache.folder(), ignore_errors=True)
    kind, started = Form(form), time.perf_counter()
    subject = whole_slot(store.find_one(store.SLOTS, SLOT) or {})
    opened = making.open_files(subject, [kind], utc_now())[kind]
    opened.file.close()
    told = {"seconds": time.perf_counter() - started, "bytes": opened.entry.bytes}
    return told | _checked(opened.entry.rows, rows)


def writing(form: str, rows: int) -> dict[str, Any]:
    """Without a store: the same documents, made on the way and written. Tells memory, not speed."""
    before = memory.resident_mb()
    with cache.new_part() as part:
        written = write_files(_documents(rows), [WRITERS[Form(form)](part)])
        size = part.tell()
    return {"after_imports_mb": before, "bytes": size} | _checked(written.rows, rows)


def _checked(read: int, rows: int) -> dict[str, Any]:
    if read != rows:
        raise RuntimeError(f"{read} rows, not {rows}")
    return {"rows": read}


def _documents(rows: int) -> Iterator[documents.Document]:
    model = documents.observation_document(_record())
    for number in range(rows):
        flight_id = f"2026-11-24T{number // 60 % 24:02}{number % 60:02}-LYS-CDG-AF{number:07}"
        code = f"AF{number:07}"
        yield {
            **model,
            "_id": f"{SLOT}{documents.OBSERVATION_SEPARATOR}{flight_id}",
            "flight_id": flight_id,
            "operating": {**model["operating"], "flight_iata": code},
            "live": {**model["live"], "latitude": number % 9_000 / 100, "longitude": number % 18_000 / 100},
            "etag": f"{number:024x}",
        }


def _record() -> Any:
    instant = feeding.DEPARTURES
    clock = Moment(local="2026-11-24T06:15:00+00:00", utc=instant, quality=TimeQuality.OK)
    end = FlightEnd(
        iata="LYS", icao="LFLL", airport="Lyon Saint-Exupéry", zone="Europe/Paris", terminal="1", gate="B12",
        baggage="4", scheduled=clock, estimated=clock, actual=clock, estimated_runway=clock, actual_runway=clock,
    )  # fmt: skip
    live = LivePosition(
        updated=instant, latitude=1.0, longitude=1.0, altitude_m=11_000.0, direction_deg=270.0,
        speed_horizontal_kmh=850.0, speed_vertical_kmh=0.0, is_ground=False,
    )  # fmt: skip
    aircraft = Aircraft(registration="F-GKXS", iata="320", icao="A320", icao24="3944F2")
    return replace(
        feeding.RECORD, departure=end, arrival=end, live=live, aircraft=aircraft, departure_delay_min=6,
        arrival_delay_min=-3, marketed_as=("DL8301", "KL2010"),
    )  # fmt: skip
