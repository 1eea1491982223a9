"""`manage.py doctor`: what is wrong with this installation, and what mends it."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingestion.doctor import Finding, Health, examine


class Command(BaseCommand):
    help = (
        "Check settings, SQL, MongoDB, Kafka and Redis, what was prepared in them, clock, disk, quota, schedule; say "
        "of each trouble what mends it. Changes nothing, asks the upstream nothing. Exits 1 when something is broken."
    )
    requires_system_checks: list[str] = []  # it is for installations that do not start

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON line for each finding")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        broken = 0
        for finding in examine():
            broken += finding.health is Health.BROKEN
            self.stdout.write(_line(finding, as_json=json))
        if broken:
            raise CommandError(f"{broken} broken: mend the first one first, the others may follow from it")


def _line(finding: Finding, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(finding))
    mend = f"\n           → {finding.mend}" if finding.mend else ""
    return f"{finding.health:>9} {finding.check}: {finding.text}{mend}"
