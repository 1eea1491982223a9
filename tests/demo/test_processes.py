import os
import signal

import psutil
import pytest

from flightsite.demo import processes
from flightsite.demo.processes import AppProcess, Folders


@pytest.fixture
def folders(tmp_path):
    return Folders(tmp_path)


@pytest.fixture
def run(folders):
    started = []

    def start(command):
        app = AppProcess("worker", command, os.environ, folders)
        app.start()
        started.append(app)
        return app

    yield start
    for app in started:
        app.stop()


def wait_for_its_end(app):
    app._process.wait(timeout=5)


def test_variables_of_the_procfile_have_their_defaults(run):
    app = run("echo ${FLIGHTSITE_NO_SUCH_VARIABLE:-fallback}")
    wait_for_its_end(app)
    assert app.log.read_text() == "fallback\n"


def test_a_running_process_is_left_alone(run):
    assert run("sleep 600").revive() is None


def test_a_process_that_ended_is_announced_then_started_again(run):
    app = run("sleep 600")
    app.pause = 0
    os.kill(app.pid, signal.SIGKILL)
    wait_for_its_end(app)
    assert app.revive().startswith("worker ended with -9")
    assert app.revive() == f"worker is started again, pid {app.pid}"
    assert app.end_code() is None


def test_each_early_end_doubles_the_pause(run):
    app = run("false")
    wait_for_its_end(app)
    app.revive()
    assert app.pause == 2 * processes.FIRST_PAUSE


def test_a_stopped_process_takes_its_children_along(run, folders):
    app = run("sh -c 'sleep 600 & echo $! ; wait'")
    leader = psutil.Process(app.pid)
    while not leader.children():
        os.sched_yield()
    child = leader.children()[0]
    app.stop()
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_what_a_killed_demo_left_behind_is_stopped_and_named(run, folders):
    app = run("sleep 600")
    assert processes.stop_leftovers(folders) == [f"worker (pid {app.pid})"]
    assert app.end_code() is not None


def test_an_earlier_runs_log_is_set_aside(run, folders):
    wait_for_its_end(run("echo first"))
    processes.set_logs_aside(folders)
    assert not folders.log("worker").exists()
    assert folders.log("worker").with_name("worker.log.1").read_text() == "first\n"
