"""An upstream that hands the access key back: in rows, in an error's text, in headers, plain and escaped."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from tests.factories import a_page, a_row


class EchoingUpstream(ThreadingHTTPServer):
    """Answers as it is told by `kind`, each time with the key that it was asked with."""

    daemon_threads = True
    kind = "rows"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        key = parse_qs(urlsplit(self.path).query)["access_key"][0]
        status, body = _ANSWERS[self.server.kind](key)
        self.send_response(status)
        for name in ("X-Echo", "X-Quota-Remaining", "Set-Cookie", "Content-Language"):
            self.send_header(name, key)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


def _rows(key: str) -> tuple[int, bytes]:
    """Two rows that become flights, one that is rejected, one that is no JSON."""
    plain = a_row(airline__name=f"key {key}", departure__gate=key, arrival__airport=key)
    escaped = a_row(flight__iata="AF1", departure__terminal="KEY", flight_status="KEY")
    bad = a_row(departure__scheduled=key)
    page = a_page([plain, escaped, bad, {"no-json": "NAN", "echo": key}]).replace(b'"NAN"', b"NaN")
    spelt = "".join(f"\\u{ord(each):04x}" for each in key).encode()
    return 200, page.replace(b'"KEY"', b'"%s"' % spelt)


def _error(status: int, key: str) -> tuple[int, bytes]:
    error = {"code": "internal_error", "message": f"the key {key} is odd", "context": {key: [key]}}
    return status, json.dumps({"error": error}).encode()


_ANSWERS = {
    "rows": _rows,
    "error": lambda key: _error(500, key),
    "error-200": lambda key: _error(200, key),
    "text": lambda key: (502, f"<html>{key}</html>".encode()),
    "as-code": lambda key: (401, json.dumps({"error": {"code": key, "message": key}}).encode()),
}
KINDS = list(_ANSWERS)


@contextmanager
def echoing() -> Iterator[EchoingUpstream]:
    with EchoingUpstream(("127.0.0.1", 0), _Handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
