"""`manage.py archive`: a closed month as Parquet files, and those files held against the store."""

import json
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import ArchiveFault, FlightsError
from flights.exports import archives
from flights.exports.archives import Manifest, Month
from flights.times import utc_now
from ingestion import months
from ingestion.errors import IngestionError
from ingestion.months import Checked


class Command(BaseCommand):
    help = (
        "Write the observations, flights (of departure dates of the month), slots and answers of a month that is over "
        "as Parquet files with a manifest, below ARCHIVE_DIR. The month's slots must be closed. Whole or not at all, "
        "safe to kill and to repeat; removes nothing from the store. With --check: read the files back and hold every "
        "document against the store; exits 1 when something is amiss."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, help="such as 2026-10: slots of these UTC dates")
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="another folder than ARCHIVE_DIR")
        parser.add_argument("--check", action="store_true", help="verify an archive, write nothing")
        parser.add_argument("--dry-run", action="store_true", help="say what would be written, write nothing")
        parser.add_argument("--json", action="store_true", help="print the manifest, or what was checked, as JSON")

    def handle(self, *args: Any, month: str, check: bool, to: Path | None, **options: Any) -> None:
        try:
            asked = archives.parse_month(month)
            if check:
                self._check(asked, to, as_json=options["json"])
                return
            made = months.archive_month(asked, utc_now(), root=to, dry_run=options["dry_run"], tell=self.stderr.write)
        except ArchiveFault as error:
            raise CommandError(str(error)) from error
        except (FlightsError, IngestionError) as error:
            raise CommandError(f"{error}; it is safe to call this again") from error
        if made is not None:
            self.stdout.write(_manifest(made) if options["json"] else _words(made, archives.folder_of(asked, to)))

    def _check(self, month: Month, root: Path | None, *, as_json: bool) -> None:
        checked = months.check_month(month, root=root, tell=self.stderr.write)
        self.stdout.write(_figures(checked) if as_json else _result(checked))
        if checked.findings:
            raise CommandError(f"the archive of {month}: {'; '.join(checked.findings)}")


def _manifest(made: Manifest) -> str:
    return msgspec.json.encode(made).decode()


def _words(made: Manifest, folder: Path) -> str:
    rows = ", ".join(f"{each.rows:,} {each.table}" for each in made.files)
    size = sum(each.bytes for each in made.files) / 1e6
    return f"{made.month}: {rows}; {size:.1f} MB in {folder} (format {made.format}, columns {made.schema_version})"


def _figures(checked: Checked) -> str:
    return json.dumps(msgspec.to_builtins(checked))


def _result(checked: Checked) -> str:
    lines = [f"{checked.same[table]:,} {table} are as archived" for table in archives.TABLES]
    lines += [f"{rows:,} {table} changed since" for table, rows in sorted(checked.changed.items())]
    if checked.removed:
        lines.append(f"{checked.removed:,} observations were removed from the store since and are in the archive")
    return "\n".join(lines)
