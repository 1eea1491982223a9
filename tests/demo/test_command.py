"""The commands as a person types them, up to where they refuse."""

import os
import shutil
import socket
import subprocess
import sys

import pytest
from honcho.environ import parse_procfile

from flightsite.demo.alone import only_demo_on
from flightsite.demo.options import ROOT


@pytest.fixture
def demo(tmp_path):
    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "flightsite.demo", "--data-dir", tmp_path, "--once", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )

    return run


def test_a_busy_port_is_refused_before_anything_starts(demo, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = demo("--port", port)
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr
    assert "--port N" in done.stderr
    assert not (tmp_path / "logs").exists()


def test_a_second_demo_on_a_folder_is_told_who_the_first_is(demo, tmp_path):
    with only_demo_on(tmp_path):
        done = demo("--port", "0")
    assert done.returncode == 1
    assert f"another one, process {os.getpid()}, already runs on {tmp_path}" in done.stderr


def test_help_says_how_to_use_the_real_upstream(demo):
    assert "AVIATIONSTACK_ACCESS_KEY" in demo("--help").stdout


def test_the_procfile_names_all_processes():
    lines = parse_procfile((ROOT / "Procfile").read_text()).processes
    assert list(lines) == ["servers", "simulator", "web", "worker", "beat", "consumer", "exporter"]


def test_setup_without_a_fitting_python_says_what_to_install(tmp_path):
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    done = subprocess.run(
        [tmp_path / "bin" / "setup"],
        env={**os.environ, "PYTHON": "/no/such/python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "needs Python 3.11, 3.12 or 3.13 and found none as PYTHON=/no/such" in done.stderr
    assert "apt install python3" in done.stderr
