"""python -m flightsite.embedded: the servers of a data folder, until Ctrl-C or SIGTERM."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from flightsite.embedded import logs
from flightsite.embedded.errors import EmbeddedServerError
from flightsite.embedded.stack import PLANS, Stack

logger = logging.getLogger("flightsite.embedded")

LOOK_SECONDS = 5.0


def main() -> int:
    options = _parse()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("jgo").setLevel(logging.ERROR)
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    try:
        with Stack(options.data_dir) as stack:
            stack.start(options.only)
            logger.info("ready in %s: %s", stack.data_dir, stack.pids)
            _watch(stack, asked_to_stop)
    except EmbeddedServerError as error:
        logger.error("%s", error)  # noqa: TRY400  a sentence to act on, not a trace
        return 1
    return 0


def _watch(stack: Stack, asked_to_stop: threading.Event) -> None:
    while not asked_to_stop.wait(LOOK_SECONDS):
        if revived := stack.revive():
            logger.warning("started again after an unexpected end: %s", ", ".join(revived))
        for path in stack.logs:
            logs.cap(path)


def _parse() -> argparse.Namespace:
    data_dir = os.environ.get("FLIGHTSITE_DATA_DIR") or ".data"  # noqa: TID251  before Django
    parser = argparse.ArgumentParser(prog="python -m flightsite.embedded", description=__doc__)
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(data_dir),
        help="where the servers keep their data and ports (default: %(default)s)",
    )
    parser.add_argument(
        "--only",
        type=_names,
        default=list(PLANS),
        metavar="NAMES",
        help=f"some of {','.join(PLANS)}, comma-separated (default: all)",
    )
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(PLANS):
        raise argparse.ArgumentTypeError(f"no such server: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    sys.exit(main())
