"""What docs/examples/ shows, run as a reader would run it."""

import ast
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from flights import answering
from flights.times import utc_now
from tests.end_to_end.conftest import ROOT
from tests.factories import a_row
from tests.flights.api.stored import close_slot, store_rows

WEEK = ROOT / "docs" / "examples" / "week_of_one_indicator.py"
PNG = b"\x89PNG"


@pytest.fixture
def a_week(documents):
    """A slot a day, each with an answer."""
    for day in range(7):
        slot = f"{utc_now() - timedelta(days=day):%Y-%m-%d}T00Z"
        store_rows(a_row(), slot=slot)
        close_slot(slot)
        answering.answer_slot(slot, utc_now())


def test_a_week_of_one_indicator_becomes_a_table_and_a_chart(a_week, site, tmp_path):
    told = {"FLIGHTSITE_URL": site.base_url, "FLIGHTSITE_KEY": site.api_key}
    done = subprocess.run(
        [sys.executable, WEEK, "week.png"], cwd=tmp_path, env=os.environ | told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "count       7.0" in done.stdout
    assert (tmp_path / "week.png").read_bytes().startswith(PNG)


def test_the_example_fits_on_a_card():
    module = ast.parse(WEEK.read_text())
    code = {line for statement in module.body[1:] for line in range(statement.lineno, statement.end_lineno + 1)}
    assert len(code) <= 15
