"""`manage.py reference`: the versions of the reference tables, and what a text means in the current one."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from msgspec.structs import asdict

from flights.errors import FlightsError
from flights.reference import versions
from flights.reference.finding import Match
from flights.times import utc_now


class Command(BaseCommand):
    help = "Show the versions of the reference tables with their sizes, or find an airport, airline or aircraft type."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--find", metavar="TEXT", help="a code, name or callsign: what it means")

    def handle(self, *args: Any, find: str | None, **options: Any) -> None:
        try:
            self._find(find) if find else self._show()
        except FlightsError as error:
            raise CommandError(str(error)) from error

    def _show(self) -> None:
        made = versions.versions()
        if not made:
            raise CommandError("no reference tables are loaded yet: call `manage.py prepare`")
        for number, each in enumerate(made):
            counts = ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in each["counts"].items())
            current = "current, " if number == 0 else ""
            self.stdout.write(f"{each['_id']}: {current}made {each['made_at']:%Y-%m-%d %H:%M} UTC, {counts}")

    def _find(self, text: str) -> None:
        reference = versions.current(utc_now())
        self.stderr.write(f"in version {reference.version}")
        searches: dict[str, Callable[[str], Match[Any]]] = {
            "airport": reference.find_airport,
            "airline": reference.find_airline,
            "aircraft type": reference.find_aircraft_type,
        }
        for what, search in searches.items():
            self.stdout.write(f"{what}: {_told(search(text))}")


def _told(match: Match[Any]) -> str:
    if match.found is not None:
        return ", ".join(f"{name} {value}" for name, value in asdict(match.found).items() if value not in (None, ()))
    if match.candidates:
        return "ambiguous: " + ", ".join(f"{each.code} ({getattr(each, 'name', '')})" for each in match.candidates)
    return f"unknown; near: {', '.join(match.nearest)}" if match.nearest else "unknown"
