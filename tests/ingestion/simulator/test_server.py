"""The server around it: control, log, recordings, options and the command."""

import json
import socket
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import httpx
import pytest

from ingestion.simulator import server as server_module
from ingestion.simulator.options import (
    SimulatorOptions,
)
from ingestion.simulator.server import SimulatorServer
from tests.ingestion.simulator.conftest import CLOCK, KEY

DATA = Path(__file__).parents[2] / "data"
REFERENCE = json.loads((DATA / "reference_entities_2026-09_one_row_each.json").read_text())


def test_the_state_counts_requests_and_shows_no_key(serve):
    asker = serve()
    asker.get(offset=100)
    state = asker.state()
    assert (state["requests"], state["charged"]) == (1, 1)
    assert state["by_status"] == {"200": 1}
    assert state["by_endpoint_and_offset"] == {"flights+100": 1}
    assert state["log"][0]["params"] == {"offset": "100"}
    assert KEY not in json.dumps(state)


def test_the_clock_can_be_set_and_let_go(serve):
    asker = serve()
    state = asker.control(clock="2026-03-01T10:00:00Z").json()
    assert (state["clock"], state["clock_is_fixed"]) == ("2026-03-01T10:00:00+00:00", True)
    assert {row["flight_date"] for row in asker.rows()} <= {
        "2026-02-28",
        "2026-03-01",
        "2026-03-02",
    }
    assert asker.control(clock=None).json()["clock_is_fixed"] is False


def test_a_moved_clock_moves_the_status(serve):
    asker = serve()
    before = asker.page(flight_status="landed", dep_iata="LHR")["pagination"]["total"]
    asker.control(clock="2026-11-24T14:00:00Z", churn=0, faults={})
    after = asker.page(flight_status="landed", dep_iata="LHR")["pagination"]["total"]
    assert after > before


def test_the_state_shows_what_waits(serve):
    asker = serve()
    state = asker.control(next=["500"], at_offset={"300": "html"}, faults={"slow": 0.2}).json()
    assert state["next"] == ["500"]
    assert state["at_offset"] == {"300": {"fault": "html", "count": None}}
    assert state["faults"] == {"slow": 0.2}


@pytest.mark.parametrize(
    "settings",
    [
        {"next": ["earthquake"]},
        {"faults": {"500": 2}},
        {"faults": {"500": 0.6, "html": 0.6}},
        {"clock": "noon"},
        {"clock": "2026-11-24T04:00:00"},
        {"churn": -1},
        {"weather": "fine"},
        {"at_offset": {"far": "500"}},
        {"faults": 7},
    ],
)
def test_a_control_that_makes_no_sense_is_refused(shared, settings):
    answer = shared.control(**settings)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("refused: ")


@pytest.mark.parametrize(("path", "length"), [("/v1/flights", "2"), ("/_control", "x"), ("/_control", "9999999")])
def test_a_post_elsewhere_or_of_no_sensible_length_is_a_404(shared, path, length):
    host, port = shared.server._http.server_address[:2]
    connection = HTTPConnection(host, port, timeout=5)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", length)
    connection.endheaders()
    with closing(connection):
        assert connection.getresponse().status == 404


def test_a_path_outside_the_version_is_a_404(shared):
    answer = httpx.get(f"{shared.server.root_url}/v2/flights", params={"access_key": KEY})
    assert answer.status_code == 404


def test_one_connection_carries_many_requests(shared):
    with httpx.Client(base_url=shared.server.base_url, params={"access_key": KEY}) as client:
        pages = [client.get("/flights", params={"offset": n * 100}) for n in range(5)]
    assert {page.status_code for page in pages} == {200}


def test_stopping_ends_a_hanging_request_at_once():
    server = SimulatorServer(SimulatorOptions(clock=CLOCK, faults={"hang": 1.0})).start()
    asked = Event()

    def ask() -> None:
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{server.base_url}/flights", params={"access_key": KEY}, timeout=10)
        asked.set()

    Thread(target=ask).start()
    while not server.simulator.log.total:
        sleep(0.01)
    start = monotonic()
    server.stop()
    assert asked.wait(2)
    assert monotonic() - start < 1


def test_a_server_that_never_started_can_be_stopped():
    server = SimulatorServer(SimulatorOptions(clock=CLOCK))
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.control_url)


def test_past_its_connections_the_server_lets_clients_wait(monkeypatch, serve):
    monkeypatch.setattr(server_module, "_CONNECTIONS", 1)
    asker = serve()
    address = asker.server._http.server_address[:2]
    with socket.create_connection(address), socket.create_connection(address):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{asker.server.base_url}/flights", timeout=0.3)
        asker.server.stop()
