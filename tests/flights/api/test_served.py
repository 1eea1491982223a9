"""Files over a real connection: uvicorn serves the ASGI application, as in production."""

import gzip
import re
import socket
import threading
from pathlib import Path

import httpx
import pytest
import uvicorn

from flights.api import file_answers
from flightsite.asgi import application
from tests.flights.api.stored import close_slot, store_flights

FILE = "/api/v1/slots/2026-11-24/04/flights"
LINES = Path("docs/files.md")


@pytest.fixture
def site(transactional_db, documents, settings, tmp_path):
    """The address of a server of 30 stored flights in a closed slot; their ids."""
    settings.DATA_DIR = tmp_path
    stored = store_flights(30)
    close_slot(published=30)
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", stored
        server.should_exit = True
        thread.join()


@pytest.fixture
def ask(site, key):
    url, _ = site
    headers = {"Authorization": f"Api-Key {key}", "Accept-Encoding": "identity"}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        yield client


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_file_arrives_whole_and_in_parts_the_same(ask, monkeypatch, form):
    monkeypatch.setattr(file_answers, "PART_BYTES", 1_000)
    whole = ask.get(f"{FILE}.{form}")
    assert (whole.status_code, len(whole.content)) == (200, int(whole.headers["Content-Length"]))
    first = ask.get(f"{FILE}.{form}", headers={"Range": "bytes=0-1999"})
    rest = ask.get(f"{FILE}.{form}", headers={"Range": "bytes=2000-", "If-Range": first.headers["ETag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == whole.content


def test_head_tells_the_length_and_sends_nothing(ask):
    head = ask.head(f"{FILE}.csv")
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(ask.get(f"{FILE}.csv").content))


def test_a_compressed_file_arrives_in_parts_of_unknown_number(ask, monkeypatch):
    monkeypatch.setattr(file_answers, "PART_BYTES", 1_000)
    with ask.stream("GET", f"{FILE}.csv", headers={"Accept-Encoding": "gzip"}) as answer:
        data = b"".join(answer.iter_raw())
    assert (answer.headers["Content-Encoding"], answer.headers["Transfer-Encoding"]) == ("gzip", "chunked")
    assert gzip.decompress(data) == ask.get(f"{FILE}.csv").content


def test_who_has_the_file_is_told_so(ask):
    etag = ask.get(f"{FILE}.parquet").headers["ETag"]
    assert ask.get(f"{FILE}.parquet", headers={"If-None-Match": etag}).status_code == 304


def test_the_lines_for_pandas_work_as_they_are_written(site, key):
    url, stored = site
    (lines,) = re.findall(r"pandas \(a test runs these\):\n\n```python\n(.*?)```", LINES.read_text(), re.DOTALL)
    told = {"URL": url, "KEY": key}
    exec(lines, told)  # noqa: S102 - our own documentation
    assert list(told["flights"]["flight_id"]) == list(told["slot"]["flight_id"]) == stored
    assert str(told["flights"]["departure_scheduled_utc"].dtype) == "datetime64[ms, UTC]"
