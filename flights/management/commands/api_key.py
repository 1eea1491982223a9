"""`manage.py api_key`: make, list and revoke API keys."""

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights.keys import services
from flights.keys.models import REQUESTS_A_MINUTE, ROWS_A_DAY, ApiKey
from flights.keys.records import Scope


class Command(BaseCommand):
    help = "Make, list and revoke API keys. A key is shown once, when it is made: only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a key and print it")
        create.add_argument("name", help="who is told apart by it, such as 'sales notebook'; at most 50 characters")
        create.add_argument(
            "--scope",
            action="append",
            choices=list(Scope),
            help="read (default): flights, slots, indicators; ops: runs, quota, backfills. Repeat it for both",
        )
        create.add_argument("--requests", type=int, default=REQUESTS_A_MINUTE, help="in any 60 seconds (default: 600)")
        create.add_argument("--rows", type=int, default=ROWS_A_DAY, help="in a UTC day (default: 1,000,000)")
        create.add_argument(
            "--expires", type=date.fromisoformat, metavar="YYYY-MM-DD", help="ends at 00:00 UTC that day"
        )
        create.add_argument("--note", default="", help="whom it is for, and what for")
        revoke = actions.add_parser("revoke", help="end a key for good")
        revoke.add_argument("prefix", help="the part of the key before its dot, as `list` shows it")
        listed = actions.add_parser("list", help="all keys, newest first")
        for each in (create, revoke, listed):
            each.add_argument("--json", action="store_true", help="print the outcome as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["action"]:
            case "create":
                self._create(**options)
            case "revoke":
                self._revoke(**options)
            case _:
                self._list(**options)

    def _create(self, *, name: str, expires: date | None, **options: Any) -> None:
        scopes = options["scope"] or [Scope.READ]
        values = {
            "may_read": Scope.READ in scopes,
            "may_operate": Scope.OPS in scopes,
            "requests_a_minute": options["requests"],
            "rows_a_day": options["rows"],
            "expiry_date": datetime.combine(expires, time(), UTC) if expires else None,
            "note": options["note"],
        }
        try:
            ApiKey(name=name, **values).clean_fields(exclude=["id", "prefix", "hashed_key"])
        except ValidationError as error:
            raise CommandError(
                "; ".join(f"{field}: {' '.join(told)}" for field, told in error.message_dict.items())
            ) from error
        key, text = services.create_key(name, **values)
        self._tell({**_described(key), "api_key": text}, as_json=options["json"])

    def _list(self, **options: Any) -> None:
        keys = [_described(key) for key in ApiKey.objects.all()]
        if options["json"]:
            self.stdout.write(json.dumps(keys))
            return
        for key in keys:
            self.stdout.write("  ".join(str(value) for value in key.values()))

    def _revoke(self, *, prefix: str, **options: Any) -> None:
        key = ApiKey.objects.filter(prefix=prefix).first()
        if key is None:
            raise CommandError(f"there is no key {prefix}: `manage.py api_key list` shows all")
        services.revoke(key)
        self._tell(_described(key), as_json=options["json"])

    def _tell(self, key: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(key))
            return
        for name, value in key.items():
            self.stdout.write(f"{name:>18}: {value}")


def _described(key: ApiKey) -> dict[str, Any]:
    return {
        "prefix": key.prefix,
        "name": key.name,
        "state": key.state,
        "scopes": sorted(key.scopes),
        "requests_a_minute": key.requests_a_minute,
        "rows_a_day": key.rows_a_day,
        "expires": key.expiry_date.isoformat() if key.expiry_date else None,
        "last_used": key.last_used.isoformat() if key.last_used else None,
        "note": key.note,
    }
