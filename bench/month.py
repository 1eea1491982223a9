"""A simulated month of the schedule: what is spent, and what becomes of every slot.

The simulator answers over HTTP with the month's clock and keeps its own count of what it charged; ledger, archive,
transformation, Kafka and the consumer are the real ones, in one process. Beat, worker and time itself are not: ticks,
steps and pauses follow one another at once. On day 10 a backfill of the week before the month begins.

  python -m bench.month --allowance 100            # a minute or two
  python -m bench.month --allowance 10000          # most of an hour
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench.servers import EMBEDDED, ROOT, surroundings
from ingestion.simulator.options import parse_faults

FAULTS = "500=0.03,html=0.01,truncated=0.01,empty-body=0.01,reset=0.01,429-rate=0.01"


def main() -> None:
    given = _arguments()
    months = []
    with surroundings(given.engine) as here:
        for allowance in given.allowance:
            _say(f"a month of {given.days} days with {allowance} requests")
            with here.documents_apart(f"month_{allowance}") as there:
                there.manage("flush", "--noinput")
                told = there.call(
                    "months.play",
                    allowance=allowance,
                    first=given.first,
                    days=given.days,
                    faults=parse_faults(given.faults),
                    seed=given.seed,
                )
            months.append(told or {})
            print(text_of(months[-1]), flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({"engine": given.engine.partition("://")[0], "months": months}, indent=1))


def text_of(told: dict[str, Any]) -> str:
    shown = {name: value for name, value in told.items() if not name.endswith("_mb")}
    return "\n".join(f"{name:>24}: {value}" for name, value in shown.items())


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--allowance", type=int, nargs="+", default=[100], help="requests a month (default: 100)")
    parser.add_argument("--first", default="2026-10-01", help="first day of the month (UTC)")
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--faults", default=FAULTS, help=f"shares of requests hit (default: {FAULTS})")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default=EMBEDDED, help="`embedded`, or the URI of a MongoDB")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "month.json", help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
