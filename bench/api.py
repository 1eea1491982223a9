"""Our list of flights beside a bare view, plain DRF and Eve: `python -m bench.api [--engine URI] [--flights 10000]`

One store, one collection, the same page of 100 flights, each site in one uvicorn process; the sites take turns, and
each round starts with another one. `bare` is `find().limit(100)` and encoding: the practical limit. `ours` checks a key
and its limits, reads by id, shapes, and tells the basis. Eve is left out unless --eve-python names an environment with
bench/requirements.txt. `deep` is ours at page 10,000 (or the last there is) beside page 1.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bench.servers import EMBEDDED, ROOT, Surroundings, surroundings
from flightsite.embedded.addresses import choose_ports

CONNECTIONS = (1, 4, 16)
START_SECONDS = 60.0
LISTED = "/api/v1/flights?flight_date_from=2026-10-25&flight_date_to=2026-11-24&limit=100"
AIMS = (("ours", "bare", 0.7), ("ours", "plain", 10.0), ("ours", "eve", 5.0))


@dataclass(frozen=True, slots=True)
class Site:
    """One way to ask for a page."""

    name: str
    url: str
    headers: dict[str, str]

    def loaded(self, connections: int, seconds: float) -> dict[str, Any]:
        told = {"url": self.url, "connections": connections, "seconds": seconds, "headers": self.headers}
        words = [sys.executable, "-m", "bench.load", json.dumps(told)]
        done = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
        return {"site": self.name, "connections": connections, **json.loads(done.splitlines()[-1])}


def main() -> None:
    given = _arguments()
    with surroundings(given.engine) as here, here.documents_apart("api") as there:
        filled = there.call("catalogue.fill", flights=given.flights) or {}
        _say(f"{filled['flights']} flights")
        with _sites(there, given.eve_python) as sites:
            measured = [
                site.loaded(connections, given.seconds)
                for number in range(given.rounds)
                for connections in CONNECTIONS
                for site in sites[number % len(sites) :] + sites[: number % len(sites)]
            ]
    told = {"engine": given.engine.partition("://")[0], **filled, "measured": measured}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(told, indent=1))
    print(text_of(told))


def text_of(told: Mapping[str, Any]) -> str:
    """A line for each site and number of connections, then the ratios that are aimed at."""
    lines = [
        f"{told['flights']} flights, {told['engine']}",
        f"{'site':>6} {'conns':>5} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8}",
    ]
    rates: dict[tuple[str, int], float] = {}
    for site in dict.fromkeys(each["site"] for each in told["measured"]):
        for connections in CONNECTIONS:
            same = [each for each in told["measured"] if (each["site"], each["connections"]) == (site, connections)]
            rate, p50, p99 = (median(each[name] for each in same) for name in ("per_second", "p50_ms", "p99_ms"))
            rates[site, connections] = rate
            lines.append(f"{site:>6} {connections:>5} {rate:>8.1f} {p50:>8.1f} {p99:>8.1f}")
    for one, other, aim in AIMS:
        if (other, 1) in rates:
            ratios = ", ".join(f"{rates[one, each] / rates[other, each]:.2f}" for each in CONNECTIONS)
            lines.append(f"{one} : {other} = {ratios} at {CONNECTIONS} connections (aim {aim})")
    return "\n".join(lines)


@contextmanager
def _sites(there: Surroundings, eve_python: str | None) -> Iterator[list[Site]]:
    with ExitStack() as stack:
        base = _served(stack, there, [sys.executable], "bench.web.asgi:application", "healthz")
        key = (there.call("catalogue.key") or {})["key"]
        shown = {"Authorization": f"Api-Key {key}"}
        deep = (there.call("catalogue.deep_url", url=base + LISTED, key=key) or {})["url"]
        sites = [
            Site("ours", base + LISTED, shown),
            Site("deep", deep, shown),
            Site("bare", f"{base}/bench/bare", {}),
            Site("plain", f"{base}/bench/plain", {}),
        ]
        if eve_python:
            eve = _served(stack, there, [eve_python], "bench.web.eve_site:application", "flights?max_results=1")
            sites.append(Site("eve", f"{eve}/flights?max_results=100", {"Accept": "application/json"}))
        yield sites


def _served(stack: ExitStack, there: Surroundings, python: list[str], application: str, sign: str) -> str:
    """The address of an application in a uvicorn process of its own, once it answers."""
    port = choose_ports().kafka
    words = [*python, "-m", "uvicorn", application, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    process = stack.enter_context(there.running(words, application.split(":")[0], PYTHONPATH=str(ROOT)))
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/{sign}", timeout=5).close()
        except (URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > end:
                log = (there.folder / f"{application.split(':')[0]}.log").read_text()
                raise RuntimeError(f"{application} does not answer: {log[-2000:]}") from error
            time.sleep(0.2)
        else:
            return f"http://127.0.0.1:{port}"


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default=EMBEDDED, help="`embedded`, or the URI of a MongoDB")
    parser.add_argument("--flights", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--eve-python", help="the python of an environment with bench/requirements.txt")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "api.json", help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
