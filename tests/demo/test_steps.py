import os
import sys
from threading import Event

import pytest

from flightsite.demo import steps
from flightsite.demo.errors import DemoError, Interrupted


@pytest.fixture
def progress():
    return steps.Progress(Event())


def python(code):
    return [sys.executable, "-c", code]


def test_a_step_is_told_on_standard_error_with_its_seconds(progress, capsys):
    with progress.step("prepare", "everything is prepared"):
        pass
    said = capsys.readouterr()
    assert said.err == "   0.0 s  everything is prepared\n"
    assert said.out == ""
    assert set(progress.seconds) == {"prepare"}


def test_a_secret_is_never_shown(progress, capsys):
    progress.hidden.append("c0ffee")
    progress.say("GET /flights?access_key=c0ffee")
    assert "c0ffee" not in capsys.readouterr().err


def test_a_command_gives_its_output(progress):
    assert steps.run_to_end(python("print('done')"), os.environ, progress) == "done\n"


def test_a_failing_command_is_told_with_the_end_of_its_log(progress, tmp_path):
    with pytest.raises(DemoError, match=r"(?s)failed \(1\).*no database"):
        steps.run_to_end(python("raise SystemExit('no database')"), os.environ, progress, tmp_path / "a.log")


def test_a_request_to_stop_ends_a_running_command(progress):
    progress.asked_to_stop.set()
    with pytest.raises(Interrupted):
        steps.run_to_end(python("import time; time.sleep(600)"), os.environ, progress)


def test_the_last_line_is_the_answer():
    assert steps.last_json('migrating\n{"api_key": "k"}\n', "prepare") == {"api_key": "k"}


def test_an_answer_that_is_no_json_is_shown():
    with pytest.raises(DemoError, match=r"(?s)prepare did not end with a line of JSON.*hello"):
        steps.last_json("hello", "prepare")
