"""The command line of the stand-in, with or without Django around it."""

import signal
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

from ingestion.simulator.accounts import PROFILES
from ingestion.simulator.eras import ERAS, DelayMode
from ingestion.simulator.faults import NAMES
from ingestion.simulator.options import SimulatorOptions, parse_clock, parse_faults
from ingestion.simulator.server import SimulatorServer

HELP = (
    "Serve a stand-in aviationstack: a made-up world (or --recorded answers) over HTTP, with "
    "quotas, odd rows and faults. Any key of 32 lower-case hex digits is accepted. GET and POST "
    "/_control shows and changes clock, faults, quota and churn while it runs. "
    f"Faults: {', '.join(sorted(NAMES))}."
)
_DEFAULT = SimulatorOptions()
_PORT = 8421
_SAME = (
    "host",
    "port",
    "seed",
    "era",
    "profile",
    "quota",
    "churn",
    "slow_seconds",
    "odd_string",
    "recorded",
)
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default=_DEFAULT.host)
    add("--port", type=int, default=_PORT, help="0 takes a free one")
    add("--seed", type=int, default=_DEFAULT.seed, help="another seed is another world")
    add("--clock", default="", help="stand still at this time, e.g. 2026-11-24T04:00:00Z")
    add("--era", choices=list(ERAS), default=_DEFAULT.era, help="shape of the rows")
    add("--delay-mode", choices=[mode.value for mode in DelayMode], default="normal")
    add("--profile", choices=list(PROFILES), default=_DEFAULT.profile, help="plan of every key")
    add("--quota", type=int, default=_DEFAULT.quota, help="requests a month; 0 or less: none")
    add("--faults", default="", help="shares of all requests, e.g. 500=0.1,html=0.05")
    add("--churn", type=float, default=_DEFAULT.churn, help="how often rows shift, 0 to 1")
    add("--total-cap", type=int, default=_DEFAULT.total_cap, help="most rows to reach; 0: no cap")
    add("--rate-limit", type=int, default=0, help="requests a second for a key; 0: no limit")
    add("--slow-seconds", type=float, default=_DEFAULT.slow_seconds)
    add("--odd-string", type=int, default=_DEFAULT.odd_string, help="longest name in odd-rows")
    add("--recorded", type=Path, help="serve the *.json answers in this folder instead")
    add("--access-key-file", type=Path, help="accept only the key in this file")


def serve_until_stopped(given: Mapping[str, Any], say: Callable[[str], object]) -> None:
    """Raises ValueError, OSError or UnusableRecording for what cannot be served."""
    server = SimulatorServer(_options(given))
    stopping = Event()
    previous = {n: signal.signal(n, lambda *_: stopping.set()) for n in _SIGNALS}
    try:
        with server:
            say(f"aviationstack stand-in at {server.base_url}")
            stopping.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _options(given: Mapping[str, Any]) -> SimulatorOptions:
    key_file: Path | None = given["access_key_file"]
    return SimulatorOptions(
        **{name: given[name] for name in _SAME},
        clock=parse_clock(given["clock"]) if given["clock"] else None,
        delay_mode=DelayMode(given["delay_mode"]),
        faults=parse_faults(given["faults"]),
        total_cap=given["total_cap"] or None,
        rate_limit=given["rate_limit"] or None,
        access_key=key_file.read_text().strip() if key_file else None,
    )
