"""`manage.py redrive`: try dead letters again with the present code."""

import getpass
import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import StoreUnavailable
from ingestion import redrive
from ingestion.errors import IngestionError
from ingestion.redrive import Outcome
from ingestion.verdicts import Fate
from streaming import dead_letters
from streaming.errors import NoOpenLetter, StreamingError

WOULD = {Fate.ACCEPTED: "would become ", Fate.REFUSED: "still refused: ", Fate.STUCK: "can't be redriven: "}
DID = {**WOULD, Fate.ACCEPTED: "became "}


class Command(BaseCommand):
    help = (
        "Try open dead letters again: rows from their archived pages, messages as they were received. Those that can "
        "be used now are published and closed; their slots are counted anew. May be stopped and repeated at any "
        "moment. Exits 1 when a letter stays open."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", help="only letters of this reason class")
        parser.add_argument("--id", nargs="+", default=[], dest="ids", metavar="ID", help="only these letters")
        parser.add_argument("--limit", type=int, default=1_000, help="so many letters at the most (default: 1000)")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--json", action="store_true", help="print each letter's outcome as a JSON line")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1")
        try:
            letters = dead_letters.choose(options["ids"], options["reason"], options["limit"])
            by = f"command: {getpass.getuser()}"
            outcomes = redrive.redrive(letters, by, dry_run=dry_run, tell=self.stderr.write)
        except NoOpenLetter as error:
            raise CommandError(str(error)) from error
        except (StoreUnavailable, IngestionError, StreamingError) as error:
            raise CommandError(f"{error}; what was not closed can be redriven again") from error
        for outcome in outcomes:
            self._tell(outcome, WOULD if dry_run else DID, as_json=options["json"])
        self._sum_up(outcomes, dry_run=dry_run)

    def _tell(self, outcome: Outcome, words: dict[Fate, str], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(outcome)))
        else:
            self.stdout.write(f"{outcome.letter} {outcome.reason}: {words[outcome.fate]}{outcome.text}")

    def _sum_up(self, outcomes: list[Outcome], *, dry_run: bool) -> None:
        fates = Counter(outcome.fate for outcome in outcomes)
        told = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate)
        self.stderr.write(f"{len(outcomes)} letters{' (dry run)' if dry_run else ''}: {told}")
        stay = len(outcomes) - fates[Fate.ACCEPTED]
        if stay and not dry_run:
            raise CommandError(f"{stay} of {len(outcomes)} letters stay open")
