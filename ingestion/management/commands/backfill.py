"""`manage.py backfill`: fetch past days, one run a day, in the foreground."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.times import utc_now
from ingestion import days, following, ledger, services
from ingestion.errors import IngestionError
from ingestion.models import Run, RunState, Step
from streaming import stopping


class Command(BaseCommand):
    help = (
        "Fetch the flights of past departure dates (needs a plan that allows flight_date: Basic and up, about "
        "three months back). Days that were fetched already are skipped; one that failed goes on where it failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", required=True, dest="first", type=_day, metavar="YYYY-MM-DD")
        parser.add_argument("--to", required=True, dest="last", type=_day, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--max-pages",
            type=int,
            default=100,
            help="requests a day at the most, 100 rows each (default: 100)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what it would cost")
        parser.add_argument("--wait-seconds", type=float, default=120.0)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with stopping.ending_on_signals():
                self._backfill(**options)
        except (FlightsError, IngestionError) as error:
            raise CommandError(str(error)) from error

    def _backfill(self, **options: Any) -> None:
        wanted = days.days_to_fetch(options["first"], options["last"], utc_now().date())
        pages: int = options["max_pages"]
        if pages < 1:
            raise CommandError("--max-pages must be at least 1")
        left = ledger.remaining(utc_now())
        self.stderr.write(
            f"{len(wanted)} days, up to {pages * len(wanted)} requests; {left} are left of this month's allowance"
        )
        if pages * len(wanted) > left:
            raise CommandError("that may cost more than is left: give fewer days or a smaller --max-pages")
        if options["dry_run"]:
            return
        for day in wanted:
            self._fetch(day, pages, options["wait_seconds"])

    def _fetch(self, day: date, pages: int, wait_seconds: float) -> None:
        run, is_new = services.open_backfill(day, pages, "command", utc_now())
        if not is_new and not services.reopen_run(run, utc_now()) and run.state != RunState.OPEN:
            self.stderr.write(f"{day}: fetched already by run {run.pk}")
            return
        for step in Step:
            services.perform_step(run.pk, step, tell=self._tell)
        run.refresh_from_db()
        if run.state == RunState.FAILED:
            raise CommandError(f"{day}: {run.error}")
        self._check(run, following.wait_until_closed(run, wait_seconds, self._tell))

    def _check(self, run: Run, closed: bool) -> None:  # noqa: FBT001 - an answer handed on
        if not closed and run.state == RunState.OPEN:
            raise CommandError(f"{run.slot}: {run.error}; {_when(run)}")
        if not closed:
            raise CommandError(f"{run.slot}: published, but not stored: is a consumer running?")
        self.stderr.write(f"{run.slot}: done")

    def _tell(self, line: str) -> None:
        self.stderr.write(line)


def _when(run: Run) -> str:
    """When the day is tried again: by a worker in any case, or by this command."""
    if run.resumes_at is None:
        return "is a worker running? Or call this command again"
    return f"a worker goes on with it at {run.resumes_at:%Y-%m-%d %H:%M} UTC; or call this command again then"


def _day(text: str) -> date:
    return date.fromisoformat(text)
