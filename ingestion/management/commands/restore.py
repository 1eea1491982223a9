"""`manage.py restore`: a backup put back into empty databases, with the consumer group where it was."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from ingestion import backups
from ingestion.errors import IngestionError
from streaming.errors import StreamingError


class Command(BaseCommand):
    help = (
        "Put a backup of `manage.py backup` back. Stop web, worker, beat and consumers first; call `manage.py prepare` "
        "afterwards, then start them. What was collected since the backup is read again from Kafka, as far back as "
        "that goes, when a consumer starts."
    )
    requires_system_checks = ()  # the tables are not there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="folder", type=Path, required=True, metavar="FOLDER", help="the backup")
        parser.add_argument("--replace", action="store_true", help="remove what the databases hold; else refused")
        parser.add_argument("--without-sql", action="store_true", help="you have restored the SQL database yourself")

    def handle(self, *args: Any, folder: Path, replace: bool, without_sql: bool, **options: Any) -> None:
        try:
            messages = backups.restore(folder, with_sql=not without_sql, replace=replace, tell=self.stderr.write)
        except (FlightsError, IngestionError, StreamingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"restored; {messages:,} messages are read again when a consumer starts. Now: `manage.py prepare`"
        )
