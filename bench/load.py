"""Asks one address over some connections, again and again: `python -m bench.load JSON`; the answer is the last line."""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit


async def ask(url: str, connections: int, seconds: float, headers: Mapping[str, str]) -> dict[str, Any]:
    """Requests per second, and latencies in milliseconds. Raises RuntimeError for any answer but 200."""
    parts = urlsplit(url)
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}"]
    request = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()
    taken: list[float] = []
    started = time.perf_counter()
    end = started + seconds
    await asyncio.gather(*(_caller(parts.hostname, parts.port, request, end, taken) for _ in range(connections)))
    over = time.perf_counter() - started
    cuts = quantiles(taken, n=100)
    return {
        "requests": len(taken),
        "per_second": len(taken) / over,
        "p50_ms": median(taken) * 1000,
        "p99_ms": cuts[98] * 1000,
    }


async def _caller(host: str | None, port: int | None, request: bytes, end: float, taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while (started := time.perf_counter()) < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        await reader.readexactly(int(fields[b"content-length"]))
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"{request[:200]!r} was answered {head[:40]!r}")
        taken.append(time.perf_counter() - started)
    writer.close()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(ask(**json.loads(sys.argv[1])))), flush=True)
