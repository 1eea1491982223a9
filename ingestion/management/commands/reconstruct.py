"""`manage.py reconstruct`: work out slots that nothing was collected for from past days that were fetched."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.times import utc_now
from ingestion import following, reconstruction, services
from ingestion.errors import IngestionError
from ingestion.models import Run, Step
from ingestion.reconstruction import Judged
from streaming import stopping

LONGEST = timedelta(days=366)


class Command(BaseCommand):
    help = (
        "Reconstruct the slots of these UTC dates that nothing was collected for: the flights in the air then, from "
        "the actual times of past days that `backfill` fetched. Costs no request. Names every slot of the schedule, "
        "the days it is made of, or why it is left alone. A slot that was collected is never touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", required=True, dest="first", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--to", required=True, dest="last", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--dry-run", action="store_true", help="only say which, and why others not")
        parser.add_argument("--wait-seconds", type=float, default=120.0)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with stopping.ending_on_signals():
                self._reconstruct(**options)
        except (FlightsError, IngestionError) as error:
            raise CommandError(str(error)) from error

    def _reconstruct(self, *, first: date, last: date, dry_run: bool, wait_seconds: float, **options: Any) -> None:
        if not first <= last <= first + LONGEST:
            raise CommandError(f"--to must be {first} or up to a year after it")
        judged = reconstruction.judge_slots(first, last, utc_now())
        for each in judged:
            self.stdout.write(f"{each.slot}: {each.verdict}: {each.why}")
        if not dry_run:
            for each in judged:
                if each.verdict in reconstruction.OPENED:
                    self._do(each, wait_seconds)
        counts = Counter(each.verdict for each in judged)
        self.stdout.write(f"{len(judged)} slots: {', '.join(f'{n} {verdict}' for verdict, n in counts.items())}")

    def _do(self, judged: Judged, wait_seconds: float) -> None:
        run = reconstruction.open_reconstruction(judged, utc_now())
        if run is None:
            self.stderr.write(f"{judged.slot}: another process was first")
            return
        services.perform_step(run.pk, Step.SAVE_DATA, tell=self.stderr.write)
        if not following.wait_until_closed(run, wait_seconds, self.stderr.write):
            raise CommandError(_why_not(run))
        self.stderr.write(f"{run.slot}: done")


def _why_not(run: Run) -> str:
    told = run.error or "published, but not stored: is a consumer running?"
    return f"{run.slot}: {told}"
