"""`manage.py schedule`: whether the schedule runs; pause it, resume it."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.slots import slot_key
from flights.times import utc_now
from ingestion import ledger, pausing, periods
from ingestion.errors import IngestionError
from ingestion.management.callers import whoami


class Command(BaseCommand):
    help = (
        "Say whether the schedule runs and which slot is next; pause it or resume it. While it is paused no slot is "
        "collected, and each says so; runs that are open and backfills go on. Asks the upstream nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--pause", action="store_true", help="collect no slot until it is resumed")
        what.add_argument("--resume", action="store_true", help="collect slots again, from the next one on")
        parser.add_argument("--why", default="", help="why, for whoever reads it later; with --pause or --resume")
        parser.add_argument(
            "--until", type=_instant, metavar="TIME", help="let the pause end by itself: 2026-11-28T18:00, UTC"
        )

    def handle(self, *args: Any, pause: bool, resume: bool, why: str, until: datetime | None, **options: Any) -> None:
        if (pause or resume) and not why.strip():
            raise CommandError("say why: --why …; slots that are missed meanwhile show it")
        if until is not None and not pause:
            raise CommandError("--until says when a pause ends: give it with --pause")
        now = utc_now()
        try:
            if pause:
                pausing.pause_schedule(whoami(), why.strip(), now, until)
            elif resume:
                pausing.resume_schedule(whoami(), why.strip(), now)
            with ledger.guarded():
                self.stdout.write(_state(now))
        except IngestionError as error:
            raise CommandError(str(error)) from error


def _state(now: datetime) -> str:
    coming = slot_key(periods.next_slot(settings.INGEST_SCHEDULE, now))
    if present := pausing.paused(now):
        return f"paused: {pausing.told(present)}; {coming} would be next"
    return f"running: {coming} is next, by {settings.INGEST_SCHEDULE!r} (UTC)"


def _instant(text: str) -> datetime:
    """A time; one without a zone is UTC, as all times here are."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no time: write 2026-11-28T18:00") from error
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
