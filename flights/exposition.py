"""Serves a process' metrics over HTTP, from a thread of its own: `/metrics` for Prometheus, and `/healthz`."""

import os
from collections.abc import Callable, Iterable
from socket import AF_INET, AF_INET6
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector

from flights.errors import MetricsNotServed

SILENT_SECONDS = 10  # a client that says nothing for so long is let go

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def counters() -> CollectorRegistry:
    """What all processes of this component count: those that share PROMETHEUS_MULTIPROC_DIR, else this one alone."""
    if settings.METRICS_FOLDER is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(settings.METRICS_FOLDER))  # type: ignore[no-untyped-call]
    return registry


def serve(registry: CollectorRegistry, port: int | None = None) -> None:
    """Answer on METRICS_HOST and METRICS_PORT (else `port`; with neither, not at all) until the process ends.

    Raises MetricsNotServed. A forked child lets go of the port, or it would keep it after its parent's death.
    """
    port = settings.METRICS_PORT or port
    if port is None:
        return
    server = _listening(settings.METRICS_HOST, port)
    server.set_app(_application(registry))
    os.register_at_fork(after_in_child=server.socket.close)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _listening(host: str, port: int) -> "_Server":
    try:
        return _SERVERS[":" in host]((host, port), _Handler)
    except OSError as error:
        raise MetricsNotServed(
            f"METRICS_PORT: {host}:{port} can't be listened at ({error.strerror}): "
            "stop what listens there, or give this process another METRICS_PORT"
        ) from error


def _application(registry: CollectorRegistry) -> Application:
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            page: Iterable[bytes] = metrics(environ, start_response)
            return page
        status, text = ("200 OK", b"ok\n") if path == "/healthz" else ("404 Not Found", b"/metrics or /healthz\n")
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [text]

    return answer


class _Handler(WSGIRequestHandler):
    timeout = SILENT_SECONDS

    def log_message(self, *_: Any) -> None:
        """A line a scrape would bury all others."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    address_family = AF_INET

    def server_bind(self) -> None:
        """As the library does it, without asking the network for this host's name, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = settings.METRICS_HOST, self.server_address[1]
        self.setup_environ()


class _ServerOfIPv6(_Server):
    address_family = AF_INET6


_SERVERS = (_Server, _ServerOfIPv6)
