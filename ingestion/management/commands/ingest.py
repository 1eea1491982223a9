"""`manage.py ingest`: collect one slot, in the foreground or by the worker."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from kombu.exceptions import OperationalError

from flights.errors import FlightsError
from flights.slots import parse_slot
from flights.times import utc_now
from ingestion import following, reports, services, tasks
from ingestion.errors import IngestionError
from ingestion.models import ENDED_WITHOUT_SLOT, Run, RunState, Step
from streaming import stopping

TRIGGER = "command"


class Command(BaseCommand):
    help = (
        "Collect the present slot: extraction, transformation, save_data, then wait until the consumer has "
        "stored it. A slot that was collected already is only reported; one that failed goes on where it failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--slot",
            help="the slot, such as 2026-11-24T04Z (UTC; default: the schedule's last tick). Only the upstream's "
            "present answer can be collected, so an earlier slot is refused unless its run was opened in time",
        )
        parser.add_argument("--queue", action="store_true", help="let the worker do it, and follow")
        parser.add_argument(
            "--no-wait",
            action="store_true",
            help="don't wait until the consumer has stored the slot",
        )
        parser.add_argument(
            "--wait-seconds",
            type=float,
            default=120.0,
            help="how long to wait without any progress (default: 120)",
        )
        parser.add_argument("--json", action="store_true", help="print the outcome as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with stopping.ending_on_signals():
                self._ingest(**options)
        except (FlightsError, IngestionError) as error:
            raise CommandError(str(error)) from error

    def _ingest(self, *, slot: str | None, queue: bool, no_wait: bool, wait_seconds: float, **options: Any) -> None:
        following.keep_pages_out_of_the_log()
        run = self._run(slot)
        if run.state == RunState.OPEN:
            self._queue(run) if queue else self._perform(run)
        closed = not no_wait and following.wait_until_closed(run, wait_seconds, self._tell)
        self._report(run, as_json=options["json"])
        if run.state in ENDED_WITHOUT_SLOT or not (closed or no_wait):
            raise CommandError(self._why_not(run, wait_seconds))

    def _run(self, slot: str | None) -> Run:
        now = utc_now()
        present = services.present_slot(now)
        wanted = slot or present
        parse_slot(wanted)
        if wanted != present and not Run.objects.filter(slot=wanted).exists():
            raise CommandError(
                f"slot {wanted} can't be collected now: the upstream answers for the present only, "
                f"which is slot {present}; `backfill` fetches past days"
            )
        run, is_new = services.open_run(wanted, TRIGGER, now)
        if is_new:
            self._tell(f"slot {run.slot}: run {run.pk} opened, up to {run.pages_planned} pages")
        elif services.reopen_run(run, now, trigger=TRIGGER):
            self._tell(f"slot {run.slot}: run {run.pk} had ended without its slot and goes on with {run.step}")
        elif run.state == RunState.PUBLISHED:
            self._tell(f"slot {run.slot} was collected by run {run.pk}: nothing to fetch")
        else:
            self._tell(f"slot {run.slot}: run {run.pk} is open and goes on with {run.step}")
        return run

    def _queue(self, run: Run) -> None:
        try:
            tasks.enqueue(run)
        except OperationalError as error:
            raise CommandError(
                "the worker can't be reached: Redis does not answer. Without --queue the slot is collected here"
            ) from error

    def _perform(self, run: Run) -> None:
        """The steps here and now; a step to be tried again later is left to the worker, or to the next call."""
        for step in Step:
            wait = services.perform_step(run.pk, step, tell=self._tell)
            run.refresh_from_db()
            if wait is not None:
                raise CommandError(self._why_not(run, wait.total_seconds()))

    def _why_not(self, run: Run, seconds: float) -> str:
        if run.state == RunState.STOPPED:
            return f"run {run.pk} was stopped as planned, nothing is broken: {run.error}"
        if run.state == RunState.FAILED:
            return f"run {run.pk} failed in {run.step}: {run.error}"
        if run.resumes_at is not None:
            when = f"{run.resumes_at:%H:%M:%S} UTC"
            return f"{run.step} failed and is tried again at {when} by the worker, or by this command: {run.error}"
        if run.state == RunState.PUBLISHED:
            return f"published, but not stored after {seconds:.0f} s: is a consumer running (`manage.py consume`)?"
        return f"no progress for {seconds:.0f} s in {run.step}: is a worker running?"

    def _report(self, run: Run, *, as_json: bool) -> None:
        report = reports.run_report(run)
        if as_json:
            self.stdout.write(json.dumps(report))
        else:
            for name, value in report.items():
                self.stdout.write(f"{name:>14}: {value}")

    def _tell(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()
