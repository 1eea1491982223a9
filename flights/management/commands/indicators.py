"""`manage.py indicators`: answer the analysts' questions about slots, and print the answers."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights import answering, queries
from flights.documents import Document
from flights.errors import FlightsError
from flights.indicators.answers import Indicator
from flights.indicators.registry import REGISTRY
from flights.indicators.words import in_words
from flights.slots import parse_slot
from flights.times import utc_now

PAGE = 100


class Command(BaseCommand):
    help = (
        "Answer the questions about one slot or about all slots of some days (UTC) and print each answer with "
        "n (movements used), population (movements that qualified) and coverage. What is answered already is only "
        "printed, unless --recompute asks for a new revision; earlier revisions are kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--slot", help="one slot, such as 2026-11-24T04Z, or a day fetched afterwards 2026-11-20")
        which.add_argument("--from", dest="first", type=_date, metavar="DATE", help="first date (UTC), with --to")
        parser.add_argument("--to", dest="last", type=_date, metavar="DATE", help="last date (UTC), included")
        parser.add_argument("--id", nargs="+", default=[], dest="ids", metavar="ID", help="only these indicators")
        parser.add_argument("--recompute", action="store_true", help="answer anew, as a further revision")
        parser.add_argument("--json", action="store_true", help="one JSON object a slot and line")

    def handle(self, *args: Any, slot: str | None, ids: list[str], recompute: bool, **options: Any) -> None:
        indicators = _indicators(ids)
        answered = 0
        try:
            for document in _slots(slot, options["first"], options["last"]):
                if recompute and (gone := document.get("observations_removed_at")):
                    self.stderr.write(
                        f"{document['_id']}: not answered anew: its observations were removed on {gone:%Y-%m-%d}"
                    )
                if recompute:
                    answering.answer_again(document["_id"], utc_now(), ids)
                else:
                    answering.answer_slot(document["_id"], utc_now())
                found = queries.answers_of_slot(document["_id"])
                self._tell(document, indicators, found, as_json=options["json"])
                answered += bool(found)
        except FlightsError as error:
            raise CommandError(str(error)) from error
        if not answered:
            raise CommandError("no slot of these is closed, so there is nothing to answer")

    def _tell(
        self, slot: Document, indicators: list[Indicator], found: Mapping[str, Document], *, as_json: bool
    ) -> None:
        told = [(each, found[each.id]) for each in indicators if each.id in found]
        if as_json:
            self.stdout.write(
                json.dumps({"slot": slot["_id"], "answers": [document for _, document in told]}, default=str)
            )
            return
        self.stdout.write(f"{slot['_id']} {slot['state']}{'' if told else ': no answers, as it is not closed'}")
        for indicator, document in told:
            answer = in_words(indicator.id, document["value"], document["reason"], document["ties"])
            self.stdout.write(f"  {indicator.title}: {answer}")
            self.stdout.write(f"    {_basis(document)}")


def _basis(document: Document) -> str:
    """n, population, coverage, what was left out and why."""
    coverage = "nothing qualified" if document["coverage"] is None else f"{document['coverage']:.1%}"
    excluded = ", ".join(f"{count:,} {reason}" for reason, count in document["excluded"].items())
    tail = f"; left out: {excluded}" if excluded else ""
    return f"n {document['n']:,} of {document['population']:,} ({coverage}){tail}"


def _indicators(ids: list[str]) -> list[Indicator]:
    unknown = [each for each in ids if each not in REGISTRY]
    if unknown:
        raise CommandError(f"there is no indicator {', '.join(unknown)}; there are: {', '.join(REGISTRY)}")
    return [REGISTRY[each] for each in ids] if ids else list(REGISTRY.values())


def _slots(slot: str | None, first: date | None, last: date | None) -> list[Document]:
    if slot is not None:
        parse_slot(slot)
        document = queries.find_slot(slot)
        if document is None:
            raise CommandError(f"no slot {slot} was ever planned or fetched")
        return [document]
    if first is None or last is None or first > last:
        raise CommandError("say --from and --to, in this order")
    found: list[Document] = []
    while page := queries.slots_in_order((first, last), found[-1]["_id"] if found else "", PAGE):
        found += page
    return found


def _date(text: str) -> date:
    return date.fromisoformat(text)
