"""`manage.py sync_reference`: refine the reference tables with the upstream's own, at a cost that is told first."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.times import utc_now
from ingestion import ledger, reference_sync
from ingestion.client import client_from_settings
from ingestion.errors import IngestionError
from ingestion.reference_sync import ENDPOINTS, Synced
from ingestion.refining import Notes
from streaming import stopping

# The tables may have grown so much since the forecast, and so many tries may fail; more is not spent unasked.
GROWTH, SPARE = 1.25, 5


class Command(BaseCommand):
    help = (
        "Fetch the upstream's reference tables (100 rows a request), fill the gaps of the packaged ones and make a new "
        "version of them: above all, the type of each aircraft by its 24-bit address. The cost is told first. May be "
        "stopped and repeated at any moment: what was fetched is not bought again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="spend the requests without asking")
        parser.add_argument(
            "--only", type=_names, default=ENDPOINTS, metavar="NAMES", help="such as airplanes,airlines"
        )
        parser.add_argument(
            "--max-requests", type=int, metavar="N", help="stop after N requests; the next call goes on from there"
        )
        parser.add_argument(
            "--again", action="store_true", help="fetch nothing: use the last complete sync with this release's tables"
        )

    def handle(self, *args: Any, again: bool, **options: Any) -> None:
        try:
            with stopping.ending_on_signals(), ledger.guarded():
                self._again() if again else self._sync(**options)
        except (FlightsError, IngestionError) as error:
            raise CommandError(f"{error}; call again to go on: what was fetched is kept") from error

    def _sync(self, *, yes: bool, only: Sequence[str], max_requests: int | None, **options: Any) -> None:
        if max_requests is not None and max_requests < 1:
            raise CommandError("--max-requests must be at least 1")
        sync = reference_sync.open_sync(utc_now())
        cost = self._tell_cost(sync, only)
        left = ledger.month_plan(utc_now()).for_backfill
        self.stderr.write(f"{cost} requests in all; {left} may be spent on it now without taking any from the slots")
        if cost > left and (max_requests is None or max_requests > left):
            raise CommandError(
                "that may cost more: choose with --only, give a smaller --max-requests, or set more aside "
                "(QUOTA_BACKFILL_PERCENT)"
            )
        if cost and not (yes or self._agreed()):
            raise CommandError("nothing was spent: call with --yes to go on")
        most = max_requests if max_requests is not None else int(cost * GROWTH) + SPARE
        with client_from_settings() as client:
            self._report(reference_sync.sync_reference(sync, only, client, most, self._tell))

    def _again(self) -> None:
        last = reference_sync.last_sync()
        if last is None:
            raise CommandError("no sync is complete yet: call without --again")
        endpoints = [each for each in reference_sync.endpoints_of(last, ENDPOINTS) if each.pages]
        if not endpoints:
            raise CommandError(f"the pages of sync {last} are gone from the archive: call without --again")
        self._report_version(*reference_sync.make_version(endpoints, (), utc_now()))

    def _tell_cost(self, sync: str, only: Sequence[str]) -> int:
        endpoints = reference_sync.endpoints_of(sync, only)
        for endpoint in endpoints:
            basis = "announced" if endpoint.total is not None else "expected"
            had = f", {len(endpoint.pages)} kept" if endpoint.pages else ""
            self.stderr.write(f"{endpoint.name}: {len(endpoint.missing(forecast=True))} requests {basis}{had}")
        return reference_sync.forecast_requests(endpoints)

    def _agreed(self) -> bool:
        return sys.stdin.isatty() and input("spend them? [y/N] ").strip().lower() in ("y", "yes")

    def _report(self, synced: Synced) -> None:
        self.stderr.write(f"{synced.requests} requests spent")
        if synced.version is None and not synced.missing:
            raise CommandError("the plan includes none of these endpoints: the packaged tables stay as they are")
        if synced.version is None or synced.notes is None:
            self.stderr.write(f"{synced.missing} pages are missing yet: call again to go on, nothing is bought twice")
            return
        self._report_version(synced.version, synced.notes)

    def _report_version(self, version: str, notes: Notes) -> None:
        self.stdout.write(f"version: {version}")
        for what, count in sorted(notes.added.items()):
            self.stdout.write(f"added {what}: {count}")
        for reason, count in sorted(notes.left_out.items()):
            self.stdout.write(f"left out, {reason}: {count}")
        self.stdout.write(f"disagreements with the packaged tables, which stay: {len(notes.disagreements)}")

    def _tell(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


def _names(text: str) -> tuple[str, ...]:
    """Names of endpoints, in the order in which they are fetched."""
    wanted = {name.strip() for name in text.split(",") if name.strip()}
    if not wanted or not wanted.issubset(ENDPOINTS):
        raise ValueError(text)
    return tuple(name for name in ENDPOINTS if name in wanted)
