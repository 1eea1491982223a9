"""A client that a tool makes of the OpenAPI description, used against the running site."""

import importlib
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.factories import a_row
from tests.flights.api.stored import close_slot, store_flights, store_rows

PACKAGE = "flightsite_made_client"
GENERATOR = Path(sys.executable).parent / "openapi-python-client"


@pytest.fixture
def made(site, tmp_path, monkeypatch):
    """Imports a module of the client made from the site's own description."""
    described = httpx.get(f"{site.base_url}/api/schema/", headers={"accept": "application/json"})
    (tmp_path / "openapi.json").write_bytes(described.content)
    (tmp_path / "config.yml").write_text("post_hooks: []")
    words = ["generate", "--path", "openapi.json", "--meta", "none", "--output-path", PACKAGE, "--config", "config.yml"]
    done = subprocess.run([GENERATOR, *words], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, "Warning" in done.stdout) == (0, False), done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    return lambda name: importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture
def client(made, site):
    told = {"base_url": site.base_url, "token": site.api_key, "prefix": "Api-Key"}
    with made("client").AuthenticatedClient(**told) as client:
        yield client


def test_a_generated_client_reads_typed_values_and_tells_a_problem_from_an_answer(documents, made, client):
    store_rows(a_row())
    store_flights(3)
    close_slot()
    flights = made("api.flights.flights_list").sync(client=client, slot="2026-11-24T04Z", limit=2)
    assert [type(each).__name__ for each in flights.data] == ["Flight", "Flight"]
    assert (flights.data[0].departure.iata, flights.meta.count) == ("LYS", 2)
    slot = made("api.slots.slots_get").sync(client=client, date="2026-11-24", hour="04")
    assert (slot.data.slot, slot.data.state.value) == ("2026-11-24T04Z", "complete")
    problem = made("api.flights.flights_list").sync(client=client, slot="tomorrow")
    assert (type(problem).__name__, problem.status) == ("Problem", 400)
    assert problem.errors[0].parameter == "slot"
