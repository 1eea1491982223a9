"""bin/demo: one process that starts, watches and stops all the others."""

import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from threading import Event

from flightsite.demo import report
from flightsite.demo.alone import only_demo_on
from flightsite.demo.errors import DemoError, Interrupted
from flightsite.demo.options import Options, parse
from flightsite.demo.run import Demo
from flightsite.demo.steps import Progress
from flightsite.embedded.errors import EmbeddedServerError

INTERRUPTED = 130


def main() -> int:
    began = time.monotonic()
    environ = dict(os.environ)  # noqa: TID251  handed to child processes; Django reads it there
    options = parse(sys.argv[1:], environ)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    progress = Progress(_stop_event())
    try:
        with only_demo_on(options.data_dir):
            _run(options, environ, progress, began)
    except Interrupted:
        progress.say("stopped before it was ready")
        return INTERRUPTED
    except (DemoError, EmbeddedServerError, ValueError) as error:
        progress.say(f"The demo cannot run: {error}")
        return 1
    return 0


def _run(options: Options, environ: Mapping[str, str], progress: Progress, began: float) -> None:
    demo = Demo(options, environ, progress)
    last_line = None
    try:
        ingest = demo.bring_up()
        seconds = time.monotonic() - began
        for_a_person = report.for_a_person(demo.state, ingest, seconds)
        for_a_person += "\n" + report.answers_for_a_person(ingest["slot"], demo.answers) + "\n"
        if options.as_json:
            progress.say(for_a_person)
            last_line = report.for_a_program(ingest, demo.answers, progress.seconds, seconds)
        else:
            _out(for_a_person)
        if not options.once:
            if last_line is not None:
                _out(last_line)
            progress.say("Ctrl-C stops it; the data stays for the next start.")
            demo.stay_up()
    finally:
        demo.shut_down()
    if options.once and last_line is not None:
        _out(last_line)  # after all else, so that it is the last line of both streams together


def _out(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _stop_event() -> Event:
    """Set by Ctrl-C and SIGTERM; nothing is torn apart in the middle, every wait looks at it."""
    asked_to_stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked_to_stop.set())
    return asked_to_stop


if __name__ == "__main__":
    sys.exit(main())
