"""The stand-in over HTTP: `SimulatorServer(options).start()`, in a thread of its own."""

import json
import select
import socket
import struct
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from ingestion.simulator.options import SimulatorOptions
from ingestion.simulator.simulator import Simulator
from ingestion.simulator.wire import Answer, Delivery, answer

_CONNECTIONS = 64
_IDLE_SECONDS = 60
_POLL_SECONDS = 0.05
_MAX_CONTROL_BYTES = 1_000_000
_CONTROL = "/_control"
_API = "/v1/"


class SimulatorServer:
    """Listens once it is made; answers between `start` and `stop`, also as a context manager."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self.options = options or SimulatorOptions()
        self.simulator = Simulator(self.options)
        self._http = _Server((self.options.host, self.options.port), self.simulator)
        self._thread = Thread(target=self._http.serve_forever, args=(_POLL_SECONDS,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"{self.root_url}/v1"

    @property
    def control_url(self) -> str:
        return f"{self.root_url}{_CONTROL}"

    @property
    def root_url(self) -> str:
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Closes every connection, the hanging ones too."""
        self._http.stopping.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        self._http.close_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self.stopping = Event()
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        self._room = BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        while not self._room.acquire(timeout=_POLL_SECONDS):
            if self.stopping.is_set():
                super().shutdown_request(request)
                return
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        self._room.release()
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                _shut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news, and a traceback could show its URL."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    wbufsize = 1 << 16  # headers and body leave in one piece
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == _CONTROL:
            self._send(answer(200, self.server.simulator.state()))
            return
        params = dict(parse_qsl(url.query, keep_blank_values=True))
        endpoint = url.path.removeprefix(_API) if url.path.startswith(_API) else url.path
        self._deliver(self.server.simulator.handle(endpoint, params))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else _MAX_CONTROL_BYTES + 1
        if size > _MAX_CONTROL_BYTES or urlsplit(self.path).path != _CONTROL:
            self.close_connection = True
            self._send(answer(404, {"error": "only /_control takes a POST"}))
            return
        body = self.rfile.read(size)
        try:
            self.server.simulator.control(json.loads(body))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._send(answer(400, {"error": f"refused: {error}"}))
            return
        self._send(answer(200, self.server.simulator.state()))

    def version_string(self) -> str:
        return "cloudflare"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a request line holds a key."""

    def _deliver(self, given: Answer) -> None:
        if given.wait_seconds:
            self.server.stopping.wait(given.wait_seconds)
        if given.delivery is Delivery.HANG:
            self._hang()
        elif given.delivery is Delivery.RESET:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
        else:
            self._send(given, cut=given.delivery is Delivery.TRUNCATED)

    def _send(self, given: Answer, *, cut: bool = False) -> None:
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(given.body)))
        self.end_headers()
        self.wfile.write(given.body[: len(given.body) // 2] if cut else given.body)
        if cut:
            self.close_connection = True

    def _hang(self) -> None:
        """Until the client goes or the server stops."""
        self.close_connection = True
        while not self.server.stopping.wait(_POLL_SECONDS):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # gone already
        connection.shutdown(socket.SHUT_RDWR)
