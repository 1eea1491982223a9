"""`manage.py discard`: close dead letters that need no redrive."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import StoreUnavailable
from flights.times import utc_now
from streaming import dead_letters, services
from streaming.errors import NoOpenLetter


class Command(BaseCommand):
    help = "Close open dead letters without trying them again, with a reason that is kept with them for 90 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--why", required=True, help="why nothing needs to be done about them")
        parser.add_argument("--reason", help="only letters of this reason class")
        parser.add_argument("--id", nargs="+", default=[], dest="ids", metavar="ID", help="only these letters")
        parser.add_argument("--limit", type=int, default=1_000, help="so many letters at the most (default: 1000)")

    def handle(self, *args: Any, why: str, reason: str | None, ids: list[str], limit: int, **options: Any) -> None:
        if not why.strip() or not (reason or ids) or limit < 1:
            raise CommandError("say --why, which (--reason or --id), and a --limit of at least 1")
        try:
            letters = dead_letters.choose(ids, reason, limit)
            done = services.discard_letters(letters, f"command: {getpass.getuser()}", why.strip(), utc_now())
        except (StoreUnavailable, NoOpenLetter) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(done)} of {len(letters)} letters discarded")
