"""A month of one indicator, served from storage: `python -m bench.series [--engine URI]`

372 slots, a month of every second hour, with the answers of every indicator to a slot of 2,600 movements. Then, in
one process and taking turns: the bare pymongo read of that range of ids, the project's read, the API's answer as a
caller gets it, and what answering those slots anew would take (one slot's flights are answered, times 372; reading
them is not counted). The MongoDB commands of one call are told.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from django.core.management import call_command
from django.test import Client
from pymongo.monitoring import CommandListener, CommandStartedEvent, register

from bench import observed
from bench.servers import EMBEDDED, ROOT, surroundings
from flights import documents, queries, services, store
from flights.indicators import stored
from flights.indicators.answers import Answer, Frame
from flights.indicators.registry import REGISTRY, answer
from flights.indicators.seeing import see
from flights.records import SlotSummary
from flights.reference.packaged import packaged_tables
from flights.reference.resolver import Reference

DAYS, MOVEMENTS = 31, 2_600
FIRST, LAST = date(2026, 10, 25), date(2026, 11, 24)
INDICATOR = "mean_route_by_continent"
NOW = datetime(2026, 11, 24, 23, tzinfo=UTC)
SLOTS = [
    f"{FIRST + timedelta(days=day)}T{hour:02}Z"
    for day in range((LAST - FIRST).days + 1)
    for hour in range(0, 24, 2)
]  # fmt: skip
FRAME = Frame(sampling="all pages announced", pages_fetched=26, rows_announced=MOVEMENTS, rows_received=MOVEMENTS)


class Counting(CommandListener):
    """Counts the commands sent to MongoDB."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(event.command_name)

    def succeeded(self, _event: Any) -> None:
        pass

    def failed(self, _event: Any) -> None:
        pass


def fill() -> dict[str, Any]:
    """Slots of a month, each closed and answered; the answers are those of one made-up slot."""
    reference, found = _a_slot()
    movements = [see(document, reference) for document in found]
    made = {each.id: answer(each, movements, FRAME) for each in REGISTRY.values()}
    for slot in SLOTS:
        store.insert_new(store.INDICATORS, _answers(_close(slot), made))
    return {"answers": len(SLOTS) * len(made)}


def ask(rounds: int) -> dict[str, Any]:
    """Seconds of each way, by round, and the MongoDB commands of one call of each."""
    counting = Counting()
    register(counting)
    api = _api()
    ways: dict[str, Callable[[], int]] = {"bare": _bare, "ours": _ours, "api": api}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    commands = {}
    for name, way in ways.items():
        way()
        counting.commands.clear()
        if way() != len(SLOTS):
            raise RuntimeError(f"{name} did not give {len(SLOTS)} slots")
        commands[name] = list(counting.commands)
    for number in range(rounds):
        for name in list(ways)[number % len(ways) :] + list(ways)[: number % len(ways)]:
            seconds[name].append(_timed(ways[name]))
    return {"ways": seconds, "commands": commands, "anew": _timed(partial(_anew, *_a_slot())) * len(SLOTS)}


def main() -> None:
    given = _arguments()
    with surroundings(given.engine) as here, here.documents_apart("series") as there:
        filled = there.call("series.fill") or {}
        print(f"  {len(SLOTS)} slots, {filled['answers']} answers", file=sys.stderr, flush=True)
        told = there.call("series.ask", rounds=given.rounds) or {}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(
        json.dumps({"engine": given.engine.partition("://")[0], "slots": len(SLOTS), **told}, indent=1)
    )
    bare = median(told["ways"]["bare"])
    for name, seconds in told["ways"].items():
        ratio, commands = median(seconds) / bare, ", ".join(told["commands"][name])
        print(f"{name:>5} {median(seconds) * 1000:8.1f} ms  {ratio:5.2f} of bare  commands: {commands}")
    print(f" anew {told['anew'] * 1000:8.1f} ms  for {len(SLOTS)} slots, without reading their flights")


def _a_slot() -> tuple[Reference, list[observed.Document]]:
    tables = packaged_tables()
    reference = Reference("packaged", **msgspec.structs.asdict(tables))
    return reference, [each for batch in observed.Drawn(tables).batches(MOVEMENTS) for each in batch]


def _close(slot: str) -> documents.Document:
    """The slot closed as the consumer closes it; its flights are not there."""
    summary = SlotSummary(
        slot=slot,
        run=f"{slot}.1",
        collected_at=NOW,
        requests=FRAME.pages_fetched,
        pages_planned=FRAME.pages_fetched,
        pages_fetched=FRAME.pages_fetched,
        rows_announced=MOVEMENTS,
        rows_received=MOVEMENTS,
        rows_merged=0,
        rows_rejected=0,
        published=MOVEMENTS,
        repeated=0,
        sampling=FRAME.sampling,
    )
    services.end_partition(summary, 0, 1, NOW)
    closed = store.find_one(store.SLOTS, slot)
    if closed is None or closed["closed_at"] is None:
        raise RuntimeError(f"slot {slot} was not closed")
    return closed


def _answers(slot: documents.Document, made: dict[str, Answer]) -> list[documents.Document]:
    return [stored.answer_document(REGISTRY[name], told, slot, 0, "packaged", NOW) for name, told in made.items()]


def _bare() -> int:
    lower, upper = stored.days_bounds(INDICATOR, (FIRST, LAST))
    return len(list(store.database()[store.INDICATORS].find({"_id": {"$gt": lower, "$lt": upper}}).sort("_id", 1)))


def _ours() -> int:
    return len(queries.answers_of_days(INDICATOR, (FIRST, LAST)))


def _api() -> Callable[[], int]:
    said = StringIO()
    call_command("prepare", demo_access=True, json=True, stdout=said)
    client = Client(
        SERVER_NAME="127.0.0.1", headers={"authorization": f"Api-Key {json.loads(said.getvalue())['api_key']}"}
    )
    url = f"/api/v1/indicators/{INDICATOR}?from={FIRST}&to={LAST}&limit=1000"

    def ask_api() -> int:
        found = client.get(url)
        if found.status_code != 200:
            raise RuntimeError(f"the API answered {found.status_code}")
        return len(msgspec.json.decode(found.content)["data"])

    return ask_api


def _anew(reference: Reference, found: list[observed.Document]) -> int:
    """The indicator of one slot, from its flights as they were read."""
    return answer(REGISTRY[INDICATOR], [see(document, reference) for document in found], FRAME).n


def _timed(way: Callable[[], int]) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default=EMBEDDED, help="`embedded`, or the URI of a MongoDB")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "series.json", help="JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
