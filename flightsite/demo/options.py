"""What a person may ask of the demo on the command line."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 8420
LAST_PORT = 65535
EPILOG = """\
Without more, it talks to its own simulator of aviationstack: no key, no network, no cost.
To use the real one, set AVIATIONSTACK_ACCESS_KEY (or AVIATIONSTACK_ACCESS_KEY_FILE); every request
then counts on your plan. Each of the three has its own data, so they never mix.

Servers that you have are used when MONGODB_URI, KAFKA_BOOTSTRAP_SERVERS or REDIS_URL name them;
the others are started on 127.0.0.1. Logs are in DATA_DIR/logs, addresses and the API key of a
running demo in DATA_DIR/state.json. Ctrl-C stops everything; the data stays for the next start.
"""


@dataclass(frozen=True, slots=True)
class Options:
    data_dir: Path
    port: int = DEFAULT_PORT
    recorded: Path | None = None
    once: bool = False
    as_json: bool = False


def parse(arguments: Sequence[str], environ: Mapping[str, str]) -> Options:
    parser = _parser(environ.get("FLIGHTSITE_DATA_DIR") or str(ROOT / ".data"))
    given = parser.parse_args(arguments)
    if given.recorded is not None and not given.recorded.is_dir():
        parser.error(f"--recorded: there is no folder {given.recorded}")
    return Options(
        data_dir=given.data_dir.resolve(),
        port=given.port,
        recorded=given.recorded.resolve() if given.recorded else None,
        once=given.once,
        as_json=given.json,
    )


def _parser(data_dir: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/demo",
        description="Start flightsite here, collect the current slot, show where to look.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="stop everything as soon as it is ready")
    parser.add_argument("--json", action="store_true", help="the last line of standard output is one JSON object")
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="N",
        help="port of the web server (default: %(default)s; 0: any free one)",
    )
    parser.add_argument(
        "--recorded",
        type=Path,
        nargs="?",
        const=ROOT / "tests" / "data",
        metavar="DIR",
        help="let the simulator serve recorded answers (default folder: tests/data)",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(data_dir),
        metavar="DIR",
        help="where everything is kept (default: FLIGHTSITE_DATA_DIR, else .data)",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"must be from 0 to {LAST_PORT}")
    return port
