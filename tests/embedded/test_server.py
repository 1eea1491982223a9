"""What holds for every kind of server, tried on the quickest one, and on programs that fail."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from flightsite.embedded import addresses, redis, remembered
from flightsite.embedded.errors import FolderInUse, PortTaken, StartFailed
from flightsite.embedded.server import Server


@pytest.fixture
def plan(tmp_path):
    return redis.plan(addresses.reserve(tmp_path), tmp_path)


@pytest.fixture
def server(plan):
    server = Server(plan)
    yield server
    server.stop()


def test_a_started_server_answers_and_is_an_own_process(server):
    server.start()
    assert server.plan.answers()
    assert psutil.Process(server.pid).ppid() == os.getpid()


def test_a_stopped_server_frees_its_port(server):
    server.start()
    server.stop()
    assert addresses.is_free(server.plan.ports[0])


def test_a_taken_port_is_named_with_its_folder(server, tmp_path):
    port = server.plan.ports[0]
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTaken) as refusal:
        server.start()
    assert f"port {port}, kept for redis" in str(refusal.value)
    assert str(tmp_path / "embedded.json") in str(refusal.value)


def test_a_second_server_on_the_folder_stops_one_that_was_left_behind(server):
    forgotten = Server(server.plan)
    forgotten.start()
    server.start()
    assert forgotten.has_ended()
    assert server.plan.answers()


def test_a_strangers_lock_is_respected(server):
    forgotten = Server(server.plan)
    forgotten.start()
    pid_file = server.plan.pid_file
    pid_file.write_text(f"{os.getpid()} 1.0")  # this pid, but of another process long ago
    with pytest.raises(FolderInUse, match=r"server\.lock"):
        server.start()
    forgotten.stop()


def test_a_program_that_ends_at_once_is_told_with_its_last_words(plan):
    words = [sys.executable, "-c", "import sys; sys.exit('no such thing')"]
    server = Server(replace(plan, command=lambda: words, answers=lambda: False))
    with pytest.raises(StartFailed, match=r"(?s)redis ended with 1; .*no such thing"):
        server.start()


def test_a_killed_server_is_noticed(server):
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(server.pid)], timeout=5)
    assert server.has_ended()


def test_a_remembered_process_is_found_and_its_whole_group_stopped(tmp_path):
    words = ["/bin/sh", "-c", "sleep 600 & echo $!; wait"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True) as child:
        grandchild = psutil.Process(int(child.stdout.readline()))
        remembered.write(tmp_path / "pid", child.pid)
        remembered.stop(remembered.find(tmp_path / "pid"), patience=5)
        psutil.wait_procs([grandchild], timeout=5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("text", ["", "not a pid", "999999999 1.0"])
def test_a_useless_pid_file_finds_nobody(tmp_path, text):
    pid_file = Path(tmp_path / "pid")
    pid_file.write_text(text)
    assert remembered.find(pid_file) is None
