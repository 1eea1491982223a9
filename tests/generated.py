"""Hypothesis strategies: pages of rows about a few movements, and the records that the transform makes of them."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from flights.records import FlightRecord
from tests.factories import COLLECTED, a_marketing_row, a_row, records_from

TEXTS = st.none() | st.text(max_size=12)
CLOCKS = st.none() | st.sampled_from(
    ["2026-11-24T06:21:00+00:00", "2026-10-25T02:30:00Z", "2026-03-29T02:30:00", "0001-01-01T00:00:00", "soon"]
)
ZONES = st.sampled_from(["Europe/Paris", "Asia/Kolkata", "Pacific/Apia", "+8", None])
NUMBERS = st.none() | st.floats(-1e9, 1e9) | st.integers(-(10**6), 10**6)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row of one of two movements: operating or marketing, with what a later look may change."""
    changes = {
        "arrival__iata": draw(st.sampled_from(["CDG", "ORY"])),
        "flight_status": draw(st.sampled_from(["scheduled", "active", "landed", "delayed", None])),
        "departure__gate": draw(TEXTS),
        "departure__actual": draw(CLOCKS),
        "arrival__actual": draw(CLOCKS),
        "arrival__timezone": draw(ZONES),
        "aircraft": draw(st.none() | st.fixed_dictionaries({"registration": TEXTS, "icao24": TEXTS})),
        "live": draw(st.none() | st.fixed_dictionaries({"latitude": NUMBERS, "altitude": NUMBERS, "updated": CLOCKS})),
    }
    number = draw(st.sampled_from([None, "8301", "8302"]))
    return a_row(**changes) if number is None else a_marketing_row("DL", number, **changes)


@st.composite
def collected(draw: st.DrawFn) -> list[FlightRecord]:
    """The records of one page of one run: another collection, slot and transform version each time."""
    run, page = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    at = COLLECTED + timedelta(hours=2 * run)
    found = records_from(
        draw(st.lists(rows(), min_size=1, max_size=3)),
        slot=f"2026-11-24T{4 + 2 * run:02d}Z",
        run=f"2026-11-24T{4 + 2 * run:02d}Z.1",
        page=f"00.{page:05d}",
        collected_at=at,
        observed_at=at + timedelta(milliseconds=page),
    )
    version = draw(st.integers(1, 2))
    return [replace(record, transform=version) for record in found]


def records() -> st.SearchStrategy[FlightRecord]:
    return collected().map(lambda found: found[0])


def several_pages() -> st.SearchStrategy[list[FlightRecord]]:
    """The records of several pages one after another, repetitions and several runs among them."""
    return st.lists(collected(), min_size=1, max_size=4).map(lambda pages: [each for page in pages for each in page])
