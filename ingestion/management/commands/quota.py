"""`manage.py quota`: the month's allowance and its plan."""

from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.times import utc_now
from ingestion import ledger, pausing, plan_words
from ingestion.api import shapes
from ingestion.errors import LedgerUnavailable


class Command(BaseCommand):
    help = (
        "Say what is used and left of the month's allowance, and how it is shared among slots, reserves and backfills."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print it as one JSON line, as the API answers it")

    def handle(self, *args: Any, **options: Any) -> None:
        now = utc_now()
        try:
            with ledger.guarded():
                shared, word, pause = ledger.month_plan(now), ledger.told_remaining(now), pausing.paused(now)
        except LedgerUnavailable as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(msgspec.json.encode(shapes.quota_of(shared, word, pause)).decode())
            return
        self.stdout.write(f"{shared.used} of {shared.allowance} requests are used, {shared.remaining} are left")
        for line in plan_words.sentences(shared):
            self.stdout.write(line)
        if pause:
            self.stdout.write(pausing.told(pause))
