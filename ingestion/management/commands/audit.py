"""`manage.py audit`: prove from the raw archive that every slot's rows add up."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.errors import FlightsError
from flights.slots import parse_slot
from ingestion.audit import SlotAudit, audit_run
from ingestion.errors import IngestionError
from ingestion.models import Run


class Command(BaseCommand):
    help = (
        "Count every slot anew from its archived pages and compare with what was published and stored. "
        "Exits 1, naming each sum that does not come out, when a slot does not add up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slot", help="only this slot, such as 2026-11-24T04Z (default: all)")

    def handle(self, *args: Any, slot: str | None, **options: Any) -> None:
        try:
            audits = [self._audited(run) for run in _runs(slot)]
        except (FlightsError, IngestionError) as error:
            raise CommandError(str(error)) from error
        wrong = [audit.slot for audit in audits if not audit.adds_up]
        if wrong:
            raise CommandError(f"{len(wrong)} of {len(audits)} slots do not add up: {', '.join(wrong)}")
        counted = [audit for audit in audits if audit.removed_at is None]
        gone = Counter(audit.removed for audit in audits if audit.removed_at is not None)
        left_out = "".join(f"; {slots} have no {removed} any more" for removed, slots in sorted(gone.items()))
        self.stdout.write(f"{len(counted)} slots, all add up{left_out}")

    def _audited(self, run: Run) -> SlotAudit:
        audit = audit_run(run)
        if audit.removed_at is not None:
            self.stdout.write(
                f"{audit.slot}: its {audit.removed} were removed on {audit.removed_at:%Y-%m-%d}: not counted anew"
            )
            return audit
        self.stdout.write(
            f"{audit.slot}: {audit.rows_received} rows = {audit.rows_merged} merged + {audit.rows_rejected} "
            f"rejected + {audit.published} published; {audit.published} = {audit.stored} stored + "
            f"{audit.repeated} repeated: {'adds up' if audit.adds_up else 'DOES NOT ADD UP'}"
        )
        for finding in audit.findings:
            self.stdout.write(f"  {finding}")
        return audit


def _runs(slot: str | None) -> list[Run]:
    if slot is None:
        return list(Run.objects.order_by("slot"))
    parse_slot(slot)
    runs = list(Run.objects.filter(slot=slot))
    if not runs:
        raise CommandError(f"there is no run of slot {slot}")
    return runs
