"""`manage.py backup`: both databases as files, while everything goes on."""

from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.times import utc_now
from ingestion import backups
from ingestion.errors import IngestionError


class Command(BaseCommand):
    help = (
        "Write the SQL database, the place of the consumer group and all documents into a new folder, in this order, "
        "while everything goes on. It holds password hashes: keep it where only operators can read. The month's "
        "archives and pages spooled in the data folder are files already: copy these yourself. With --check: read a "
        "backup back and hold every file against its manifest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="a new or empty folder")
        parser.add_argument("--check", action="store_true", help="verify the backup in FOLDER, write nothing")
        parser.add_argument(
            "--without-sql", action="store_true", help="you have copied the SQL database yourself, before this"
        )
        parser.add_argument("--json", action="store_true", help="print the manifest as JSON")

    def handle(self, *args: Any, to: Path, check: bool, without_sql: bool, **options: Any) -> None:
        try:
            if check:
                manifest = backups.check(to)
            else:
                manifest = backups.back_up(to, utc_now(), with_sql=not without_sql, tell=self.stderr.write)
        except (FlightsError, IngestionError) as error:
            raise CommandError(str(error)) from error
        documents = sum(each.documents for each in manifest.documents.values())
        files = [*manifest.documents.values(), *filter(None, [manifest.sql])]
        size = sum(each.bytes for each in files) / 1e6
        words = f"{documents:,} documents{' and the SQL database' if manifest.sql else ''}, {size:.1f} MB in {to}"
        self.stdout.write(msgspec.json.encode(manifest).decode() if options["json"] else words)
