"""Pages made ahead for benches."""

import json
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from ingestion.simulator import prepared
from ingestion.simulator.prepared import prepared_pages
from ingestion.simulator.world import World

DATA = Path(__file__).parents[2] / "data"
REFERENCE = json.loads((DATA / "reference_entities_2026-09_one_row_each.json").read_text())


def test_prepared_pages_hold_as_many_distinct_rows_as_asked_for():
    pages = [json.loads(page) for page in prepared_pages(250, 1)]
    rows = [json.dumps(row) for page in pages for row in page["data"]]
    assert [page["pagination"]["count"] for page in pages] == [100, 100, 50]
    assert len(set(rows)) == 250


def test_prepared_pages_go_back_day_after_day():
    codes = list(islice(prepared._codes(World(1)), 60_000))
    days = [date.fromordinal(code >> 25).isoformat() for code in (codes[0], codes[-1])]
    assert days == ["2026-11-24", "2026-11-23"]
    assert len(set(codes)) == 60_000


def test_prepared_pages_have_an_upper_bound():
    with pytest.raises(ValueError, match="from 0 to 200000"):
        next(prepared_pages(200_001, 1))
