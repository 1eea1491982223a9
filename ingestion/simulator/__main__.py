"""`python -m ingestion.simulator`: the same without Django, in half the memory."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from ingestion.simulator import cli
from ingestion.simulator.recorded import UnusableRecording


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(prog="python -m ingestion.simulator", description=cli.HELP)
    cli.add_arguments(parser)
    given = vars(parser.parse_args(arguments))
    try:
        cli.serve_until_stopped(given, _say)
    except (ValueError, OSError, UnusableRecording) as error:
        parser.error(str(error))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":  # pragma: no cover
    main()
