"""`manage.py backfill`: start, watch, pause, resume and cancel backfills of past days."""

import time
from datetime import date
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.times import utc_now
from ingestion import backfills, days, following, ledger, progress, services, tasks
from ingestion.api import backfill_shapes
from ingestion.backfills import Who
from ingestion.days import MAX_PAGES, WHOLE, Mode, Order
from ingestion.errors import IngestionError
from ingestion.jobs import Backfill, JobState
from ingestion.management.callers import whoami
from ingestion.models import Run, RunState, Step
from streaming import stopping

POLL_SECONDS = 0.5
LISTED = 50
DECISIONS = {"pause": backfills.pause, "resume": backfills.resume, "cancel": backfills.cancel}


class Command(BaseCommand):
    help = (
        "Fetch the flights of past departure dates, one run a day, with what the month's allowance leaves for "
        "backfills (needs a plan that allows flight_date: Basic and up, about three months back). "
        "`backfill --from D --to D` is short for `backfill start --wait --from D --to D`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="what", metavar="start|wait|list|show|pause|resume|cancel")
        start = actions.add_parser("start", help="make a backfill; a worker fetches its days")
        for each in (parser, start):
            _add_what_to_fetch(each)
        start.add_argument(
            "--wait", action="store_true", help="stay, with progress, and fetch here: no worker is needed then"
        )
        listed = actions.add_parser("list", help="backfills, newest first, with their progress")
        waited = actions.add_parser(
            "wait", help="stay with one, as `start --wait` does: where that was ended or killed"
        )
        waited.add_argument("job", type=int, help="the backfill's number, as `list` shows it")
        for each in (parser, start, waited):
            each.add_argument(
                "--wait-seconds", type=float, default=120.0, help="for the consumer, without any progress (120)"
            )
        decided = [
            actions.add_parser("show", help="one backfill with its days and what was done to it"),
            actions.add_parser("pause", help="fetch nothing more for now, from the next page on"),
            actions.add_parser("resume", help="go on where it was paused, with fresh tries for days that failed"),
            actions.add_parser("cancel", help="end it for good; what was fetched is kept"),
        ]
        for each in decided:
            each.add_argument("job", type=int, help="the backfill's number, as `list` shows it")
        for each in decided[1:]:
            each.add_argument("--reason", required=True, help="why, for whoever reads it later")
        for each in (parser, start, waited, listed, *decided):
            each.add_argument("--json", action="store_true", help="print the outcome as one JSON line, as the API does")

    def handle(self, *args: Any, what: str | None, **options: Any) -> None:
        try:
            with stopping.ending_on_signals(), ledger.guarded():
                match what:
                    case None | "start":
                        self._start(**options | {"wait": what is None or options["wait"]})
                    case "wait":
                        self._wait(_job(options["job"]), options["wait_seconds"], as_json=options["json"])
                    case "list":
                        self._list(as_json=options["json"])
                    case "show":
                        self._show(_job(options["job"]), as_json=options["json"])
                    case _:
                        self._decide(what, **options)
        except (FlightsError, IngestionError) as error:
            raise CommandError(str(error)) from error

    def _start(self, *, wait: bool, dry_run: bool, **options: Any) -> None:
        job, now = _asked(**options), utc_now()
        backfills.check(job, now)
        tried = progress.try_dry(job, now)
        if dry_run:
            self._tell_dry(tried, as_json=options["json"])
            return
        self._say(tried.told)
        for each in tried.days:
            if each.fate == progress.Fate.LEFT_OUT:
                self._say(_line(each))
        backfills.create(job, Who(whoami(), "command", options["reason"]), now)
        self._say(f"backfill {job.pk} is made: `manage.py backfill show {job.pk}` tells how it goes on")
        if wait:
            self._wait(job, options["wait_seconds"], as_json=options["json"])
            return
        tasks.go_on_with_backfills()
        if options["json"]:
            self._show(job, as_json=True)

    def _wait(self, job: Backfill, wait_seconds: float, *, as_json: bool) -> None:
        self._work_through(job, wait_seconds)
        if as_json:
            self._show(job, as_json=True)

    def _tell_dry(self, tried: progress.DryRun, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(msgspec.json.encode(backfill_shapes.dry_run_of(tried)).decode())
            return
        for each in tried.days:
            self.stdout.write(_line(each))
        self.stdout.write(tried.told)

    def _work_through(self, job: Backfill, wait_seconds: float) -> None:
        """Fetch here what no worker has, day after day, until the backfill is done, rests or waits."""
        told = ""
        while True:
            backfills.advance(utc_now(), only=job)
            job.refresh_from_db()
            if job.state != JobState.RUNNING:
                break
            free = [run for run in services.runs_to_resume(utc_now()) if run.job_id == job.pk]
            for run in free:
                self._fetch(run, wait_seconds)
            if (now := progress.progress_of(job, utc_now()).told) != told:
                self._say(told := now)
            if not free:
                time.sleep(POLL_SECONDS)
        if job.state != JobState.DONE or job.told:
            raise CommandError(_why_it_ends(job))
        self._say(f"backfill {job.pk}: {progress.progress_of(job, utc_now()).told}")

    def _fetch(self, run: Run, wait_seconds: float) -> None:
        following.keep_pages_out_of_the_log()
        for step in Step:
            services.perform_step(run.pk, step, tell=self._say)
        run.refresh_from_db()
        if run.state != RunState.PUBLISHED:
            return  # the next look at the job says why
        if not following.wait_until_closed(run, wait_seconds, self._say):
            raise CommandError(
                f"{run.slot}: published, but not stored: is a consumer running? "
                f"`backfill wait {run.job_id}` goes on with the backfill; a worker does so in any case"
            )

    def _list(self, *, as_json: bool) -> None:
        jobs = list(Backfill.objects.all()[:LISTED])
        if as_json:
            self.stdout.write(msgspec.json.encode([backfill_shapes.row_of(job) for job in jobs]).decode())
            return
        for job in jobs:
            self.stdout.write(f"{job.pk:>5} {job.state:9} {job.first} … {job.last} by {job.by} ({job.via})")
            self.stdout.write(f"      {progress.progress_of(job, utc_now()).told}")
        if not jobs:
            self.stdout.write("there is no backfill yet: `manage.py backfill start --help`")

    def _show(self, job: Backfill, *, as_json: bool) -> None:
        found = progress.progress_of(job, utc_now())
        if as_json:
            self.stdout.write(msgspec.json.encode(backfill_shapes.detail_of(job, found)).decode())
            return
        self.stdout.write(f"{job} is {job.state}" + (f": {job.told}" if job.told else ""))
        self.stdout.write(found.told)
        for each in found.days:
            self.stdout.write(_line(each))
        for entry in job.history:
            why = f": {entry['reason']}" if entry["reason"] else ""
            self.stdout.write(f"{entry['at']} {entry['what']} by {entry['by']} ({entry['via']}){why}")

    def _decide(self, what: str, *, job: int, reason: str, **options: Any) -> None:
        found = _job(job)
        DECISIONS[what](found, Who(whoami(), "command", reason), utc_now())
        if found.is_going:
            tasks.go_on_with_backfills()
        if options["json"]:
            self._show(found, as_json=True)
            return
        self.stdout.write(f"{found} is {found.state}")

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


def _add_what_to_fetch(parser: CommandParser) -> None:
    parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="YYYY-MM-DD", help="first day")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="YYYY-MM-DD", help="last day, included")
    parser.add_argument(
        "--max-pages", type=int, default=MAX_PAGES, help=f"requests a day at the most, 100 rows each ({MAX_PAGES})"
    )
    parser.add_argument(
        "--query",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="only these flights, such as dep_iata=LIS; may be repeated (default: all flights)",
    )
    parser.add_argument(
        "--mode",
        choices=[*Mode, "all"],
        default=Mode.MISSING,
        help="missing: days without flights (default); partial: also what days with a shortfall lack; all is refused",
    )
    parser.add_argument("--order", choices=list(Order), default=Order.OLDEST, help="which day first (default: oldest)")
    parser.add_argument("--days-at-once", type=int, default=1, help="its rate: days open at a time (default: 1)")
    parser.add_argument(
        "--share",
        type=int,
        default=WHOLE,
        metavar="PERCENT",
        help="of what a month leaves for backfills (default: 100)",
    )
    parser.add_argument("--reason", default="", help="why, for whoever reads it later")
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what it would do and cost, and which days have to wait"
    )


def _asked(**options: Any) -> Backfill:
    if options["first"] is None or options["last"] is None:
        raise CommandError("give --from and --to, or one of start, wait, list, show, pause, resume, cancel")
    if options["mode"] == "all":
        raise CommandError(days.ALL_REFUSED)
    pairs = [each.partition("=") for each in options["query"]]
    return Backfill(
        first=options["first"],
        last=options["last"],
        max_pages=options["max_pages"],
        query={name: value for name, _, value in pairs},
        mode=options["mode"],
        order=options["order"],
        days_at_once=options["days_at_once"],
        share_percent=options["share"],
    )


def _job(number: int) -> Backfill:
    found = Backfill.objects.filter(pk=number).first()
    if found is None:
        raise CommandError(f"there is no backfill {number}: `manage.py backfill list` shows all")
    return found


def _line(each: progress.Day) -> str:
    cost = f", up to {each.pages} requests" if each.pages else ""
    return f"{each.day}: {each.fate}{cost}" + (f" ({each.why})" if each.why else "")


def _why_it_ends(job: Backfill) -> str:
    told = f"{job} is {job.state}: {job.told}"
    if job.state == JobState.WAITING:
        return f"{told}. A worker goes on with it by itself as soon as it can; `backfill wait {job.pk}` does so here"
    return told
