"""Options, and the two ways to start from a command line."""

import json
import os
import signal
from datetime import datetime
from io import StringIO
from pathlib import Path
from threading import Timer

import pytest
from django.core.management import CommandError, call_command

from ingestion.management.commands.simulate_aviationstack import Command
from ingestion.simulator.__main__ import main
from ingestion.simulator.options import (
    SimulatorOptions,
    UnusableOptions,
    parse_clock,
    parse_faults,
)
from tests.ingestion.simulator.conftest import CLOCK, KEY

DATA = Path(__file__).parents[2] / "data"
REFERENCE = json.loads((DATA / "reference_entities_2026-09_one_row_each.json").read_text())


def test_the_options_show_no_key():
    assert KEY not in repr(SimulatorOptions(access_key=KEY))


@pytest.mark.parametrize(
    "options",
    [
        {"era": "1999"},
        {"profile": "gold"},
        {"access_key": "short"},
        {"clock": datetime(2026, 1, 1)},  # noqa: DTZ001  without a zone on purpose
        {"faults": {"500": 7}},
        {"churn": 2},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(UnusableOptions):
        SimulatorOptions(**options)


def test_faults_are_read_from_one_line():
    assert parse_faults("500=0.1, html=0.05") == {"500": 0.1, "html": 0.05}


@pytest.mark.parametrize("text", ["500", "500=often"])
def test_a_share_that_is_none_is_refused(text):
    with pytest.raises(UnusableOptions, match="NAME=SHARE"):
        parse_faults(text)


def test_a_clock_keeps_its_offset():
    assert parse_clock("2026-11-24T04:00:00Z") == CLOCK


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_listens_and_ends_on_a_signal(tmp_path, signum):
    key_file = tmp_path / "key"
    key_file.write_text(f"{KEY}\n")
    before, out = signal.getsignal(signum), StringIO()
    Timer(0.7, os.kill, (os.getpid(), signum)).start()
    call_command(Command(), port=0, recorded=DATA, access_key_file=key_file, stdout=out)
    assert out.getvalue().startswith("aviationstack stand-in at http://127.0.0.1:")
    assert signal.getsignal(signum) == before


@pytest.mark.parametrize("content", ["{", "[]", '{"pagination": {}, "data": [1]}', '{"a": 1}'])
def test_the_command_names_a_recording_it_cannot_use(tmp_path, content):
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(CommandError, match=r"broken\.json"):
        call_command(Command(), recorded=tmp_path, clock="2026-11-24T04:00:00Z")


def test_the_command_names_a_folder_without_recordings(tmp_path):
    with pytest.raises(CommandError, match=r"no \*\.json file"):
        call_command(Command(), recorded=tmp_path)


def test_the_module_runs_the_same_without_django(capsys):
    Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    main(["--port", "0", "--recorded", str(DATA)])
    assert capsys.readouterr().out.startswith("aviationstack stand-in at http://127.0.0.1:")


def test_the_module_says_what_it_cannot_use(capsys, tmp_path):
    with pytest.raises(SystemExit):
        main(["--recorded", str(tmp_path)])
    assert "no *.json file there" in capsys.readouterr().err
