"""`manage.py prune`: remove raw pages and observations that are older than their settings."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.times import utc_now
from ingestion.errors import IngestionError
from ingestion.retention import Pruned, PrunedObservations, prune, prune_observations


class Command(BaseCommand):
    help = (
        "Remove raw pages received more than RETENTION_PAGES_DAYS days ago, and observations of slots closed more than "
        "RETENTION_OBSERVATIONS_DAYS days ago whose month is archived (`manage.py archive`), as beat does every night. "
        "What an open run, a slot that is not closed or an open dead letter needs stays, and is counted. Flights, "
        "slots and answers stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, remove nothing")
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON line")

    def handle(self, *args: Any, dry_run: bool, json: bool, **options: Any) -> None:
        now = utc_now()
        try:
            done = prune(now, dry_run=dry_run, tell=self.stderr.write)
            rows = prune_observations(now, dry_run=dry_run, tell=self.stderr.write)
        except (FlightsError, IngestionError) as error:
            raise CommandError(f"{error}; what is removed is removed, call the command again for the rest") from error
        if json:
            self.stdout.write(_figures(done, rows))
            return
        self.stdout.write(_words(done, dry_run=dry_run))
        self.stdout.write(_words_of_rows(rows, dry_run=dry_run))


def _figures(done: Pruned, rows: PrunedObservations) -> str:
    before = done.before and done.before.isoformat()
    return json.dumps(
        {
            "before": before,
            "pages": done.pages,
            "received_bytes": done.received_bytes,
            "slots": done.slots,
            "kept": dict(done.kept),
            "observations": {
                "before": rows.before and rows.before.isoformat(),
                "rows": rows.observations,
                "slots": rows.slots,
                "kept_slots": dict(rows.kept),
            },
        }
    )


def _words(done: Pruned, *, dry_run: bool) -> str:
    if done.before is None:
        return "RETENTION_PAGES_DAYS is 0: raw pages are kept for ever"
    verb = "would be removed" if dry_run else "removed"
    lines = [
        f"{done.pages} pages of {done.slots} slots {verb} ({done.received_bytes / 1e6:.1f} MB as received), "
        f"older than {settings.RETENTION_PAGES_DAYS} days ({done.before:%Y-%m-%d %H:%M} UTC)",
        *(f"{pages} old pages stay: {reason}" for reason, pages in sorted(done.kept.items())),
    ]
    return "\n".join(lines)


def _words_of_rows(done: PrunedObservations, *, dry_run: bool) -> str:
    if done.before is None:
        return "RETENTION_OBSERVATIONS_DAYS is 0: observations are kept for ever"
    verb = "would be removed" if dry_run else "removed"
    lines = [
        f"{done.observations} observations of {done.slots} slots {verb}, closed more than "
        f"{settings.RETENTION_OBSERVATIONS_DAYS} days ago ({done.before:%Y-%m-%d %H:%M} UTC)",
        *(f"observations of {slots} old slots stay: {reason}" for reason, slots in sorted(done.kept.items())),
    ]
    return "\n".join(lines)
