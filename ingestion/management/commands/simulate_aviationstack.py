"""Runs the stand-in aviationstack until it is told to stop."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingestion.simulator import cli
from ingestion.simulator.recorded import UnusableRecording


class Command(BaseCommand):
    help = cli.HELP
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cli.serve_until_stopped(options, self._say)
        except (ValueError, OSError, UnusableRecording) as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
