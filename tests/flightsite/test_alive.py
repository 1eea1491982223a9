import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.simulator.server import SimulatorServer

FILE = Path(__file__).parents[2] / "flightsite" / "alive.py"


@pytest.fixture
def exit_code(stand_in: SimulatorServer):
    """Of the health check at this path of a server that runs."""
    origin = stand_in.base_url.removesuffix("/v1")

    def ask(path):
        words = [sys.executable, "-IS", str(FILE), f"{origin}{path}"]
        return subprocess.run(words, check=False, timeout=60).returncode

    return ask


def test_an_address_that_answers_is_alive(exit_code):
    assert exit_code("/_control") == 0


def test_an_answer_other_than_200_is_not(exit_code):
    assert exit_code("/nowhere") == 1


def test_where_nobody_listens_nothing_is_alive():
    words = [sys.executable, "-IS", str(FILE), "http://127.0.0.1:9/healthz"]
    assert subprocess.run(words, check=False, timeout=60).returncode == 1
