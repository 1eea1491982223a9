"""A request as uvicorn hands it to the application, byte for byte, and the answer: no client tidies it up."""

import asyncio
from dataclasses import dataclass
from urllib.parse import unquote

from asgiref.sync import async_to_sync

from flightsite.asgi import application


@dataclass(frozen=True)
class Asked:
    method: str
    path: str  # ASCII, with percent codes
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Told:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


def ask(asked: Asked) -> Told:
    sent = []

    waiting = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive():
        return waiting.pop() if waiting else await asyncio.Event().wait()  # the caller stays on the line

    async def send(message):
        sent.append(message)

    async_to_sync(application)(_scope(asked), receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Told(sent[0]["status"], {name.lower(): value for name, value in sent[0]["headers"]}, body)


def _scope(asked: Asked) -> dict[str, object]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": unquote(asked.path),
        "raw_path": asked.path.encode(),
        "query_string": asked.query,
        "root_path": "",
        "headers": [*asked.headers],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8420),
    }
