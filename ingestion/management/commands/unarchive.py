"""`manage.py unarchive`: documents of an archived month put back into the store."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import ArchiveFault, FlightsError
from flights.exports import archives
from flights.times import utc_now
from ingestion import months
from ingestion.errors import IngestionError


class Command(BaseCommand):
    help = (
        "Put back what the store lacks of an archived month; what is there stays as it is. Observations of slots that "
        "were closed anew since are left out. Those that retention removed stay RETENTION_OBSERVATIONS_DAYS from now. "
        "Safe to kill and to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, help="such as 2026-10")
        parser.add_argument("--from", dest="root", type=Path, metavar="FOLDER", help="another folder than ARCHIVE_DIR")
        parser.add_argument("--dry-run", action="store_true", help="say what would be put back, write nothing")

    def handle(self, *args: Any, month: str, root: Path | None, dry_run: bool, **options: Any) -> None:
        try:
            asked = archives.parse_month(month)
            done = months.restore_month(asked, utc_now(), root=root, dry_run=dry_run, tell=self.stderr.write)
        except ArchiveFault as error:
            raise CommandError(str(error)) from error
        except (FlightsError, IngestionError) as error:
            raise CommandError(f"{error}; it is safe to call this again") from error
        verb = "would be put back" if dry_run else "put back"
        rows = ", ".join(f"{done.documents[table]:,} {table}" for table in archives.TABLES)
        self.stdout.write(f"{asked}: {rows} {verb}; {done.slots} slots have their observations again")
        for table, left in sorted((+done.left_out).items()):
            self.stdout.write(f"{left:,} {table} left out: {_WHY[table]}")


_WHY = {
    "observations": "their slots were closed anew since they were archived",
    "flights": "no observation in the store tells of them",
}
