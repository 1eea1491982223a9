"""`manage.py replay`: read archived pages anew with the present code."""

import json
from datetime import date
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.times import utc_now
from ingestion import differences, following, replays
from ingestion.differences import Difference
from ingestion.errors import IngestionError, ReplayRefused
from ingestion.models import Run, RunState
from streaming import stopping
from streaming.errors import StreamingError


class Command(BaseCommand):
    help = (
        "Read the archived pages of slots or past days anew with the present code; no request is spent. Says first "
        "what would change, then publishes it through the ordinary pipe: the slot is closed again and its indicators "
        "get a new revision. A run of which nothing differs is left alone. May be stopped and repeated at any moment. "
        "Exits 1 when a run could not be replayed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--slot", help="a slot (2026-11-24T04Z, UTC) or a past day that was fetched (2026-11-20)")
        what.add_argument("--from", dest="first", type=_day, metavar="YYYY-MM-DD", help="all from this date on (UTC)")
        parser.add_argument(
            "--to", dest="last", type=_day, metavar="YYYY-MM-DD", help="up to this date, included (default: today)"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would change; writes nothing")
        parser.add_argument("--force", action="store_true", help="publish anew also where nothing differs")
        parser.add_argument("--json", action="store_true", help="print what differs as one JSON line a run")
        parser.add_argument(
            "--wait-seconds",
            type=float,
            default=120.0,
            help="how long to wait for the consumer without any progress (default: 120)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with stopping.ending_on_signals():
                self._replay(**options)
        except (FlightsError, IngestionError, StreamingError) as error:
            raise CommandError(f"{error}; it is safe to call this again") from error

    def _replay(self, *, slot: str | None, first: date | None, last: date | None, **options: Any) -> None:
        runs = self._runs(slot, first, last)
        refused = 0
        for number, run in enumerate(runs, 1):
            self.stderr.write(f"{run.slot} ({number} of {len(runs)})")
            try:
                self._replay_one(run, **options)
            except ReplayRefused as error:
                if len(runs) == 1:
                    raise
                refused += 1
                self.stderr.write(f"{run.slot}: left alone: {error}")
        if refused:
            raise CommandError(f"{refused} of {len(runs)} runs could not be replayed")

    def _runs(self, slot: str | None, first: date | None, last: date | None) -> list[Run]:
        if slot is not None:
            if last is not None:
                raise CommandError("--to goes with --from")
            return [replays.run_of(slot)]
        if first is None:
            raise CommandError("give --slot or --from")
        until = last or utc_now().date()
        if first > until:
            raise CommandError(f"--from {first} is after --to {until}")
        runs = replays.runs_between(first, until)
        if not runs:
            raise CommandError(f"no run from {first} to {until} is known")
        return runs

    def _replay_one(self, run: Run, *, dry_run: bool, force: bool, wait_seconds: float, **options: Any) -> None:
        if run.state == RunState.OPEN and run.replays:
            self.stderr.write(f"{run.slot}: its replay {run.replays} was begun and not ended: it goes on")
        else:
            difference = replays.difference_of(run)
            self._tell(run, difference, as_json=options["json"])
            if dry_run or not (difference or force):
                return
            replays.begin(run, utc_now())
        if dry_run:
            return
        replays.perform(run, self.stderr.write)
        if not following.wait_until_closed(run, wait_seconds, self.stderr.write):
            raise CommandError(f"{run.slot}: {_why_not(run)}")
        self.stderr.write(f"{run.slot}: closed anew as revision {run.revision}")

    def _tell(self, run: Run, difference: Difference, *, as_json: bool) -> None:
        if as_json:
            told = msgspec.to_builtins(difference)
            self.stdout.write(json.dumps({"slot": run.slot, "run": run.key, "differs": bool(difference), **told}))
            return
        for line in differences.lines_of(difference):
            self.stdout.write(f"{run.slot}: {line}")


def _why_not(run: Run) -> str:
    if run.state == RunState.PUBLISHED:
        return "published anew, but not stored: is a consumer running?"
    if run.resumes_at is not None:
        return f"{run.error}; a worker goes on with it at {run.resumes_at:%Y-%m-%d %H:%M} UTC, or call this again then"
    return f"{run.state} in {run.step}: {run.error or 'another process works on it'}"


def _day(text: str) -> date:
    return date.fromisoformat(text)
