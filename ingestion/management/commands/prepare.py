"""`manage.py prepare`: make everything ready that the processes need; safe to repeat."""

import json
import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from flights import store, upgrades
from flights.errors import StoreUnavailable
from flights.keys import services as keys
from flights.keys.models import MOST_REQUESTS, ApiKey
from flights.reference import versions
from flights.times import utc_now
from streaming import dead_letters
from streaming.errors import BrokerUnavailable
from streaming.topics import ensure_topics

DEMO = "demo"


class Command(BaseCommand):
    help = (
        "Migrate the SQL database, create MongoDB's collections and indexes and Kafka's topics, "
        "load the packaged reference tables."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo-access",
            action="store_true",
            help="also make an API key and an admin user, both named 'demo' (earlier ones end)",
        )
        parser.add_argument("--json", action="store_true", help="print the access made as one JSON line")

    def handle(self, *args: Any, demo_access: bool, json: bool, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        try:
            store.ensure_collections()
            upgrades.note_codes()
            reference = versions.load_packaged(utc_now())
            dead_letters.recount()
            ensure_topics()
        except (StoreUnavailable, BrokerUnavailable) as error:
            raise CommandError(str(error)) from error
        self.stderr.write("migrations, collections, indexes and topics are in place")
        self._tell_reference(reference)
        if demo_access:
            self._tell(_make_access(), as_json=json)

    def _tell_reference(self, loaded: str) -> None:
        """What a new release's tables lack: the airframes and the rest that a sync added to the earlier ones."""
        made = versions.versions()
        if made[0]["_id"] == loaded and any(each["source"] == versions.SYNCED for each in made):
            self.stderr.write(
                f"reference tables {loaded} are newer than those synced with the upstream: "
                "`sync_reference --again` adds to them what was fetched then, at no cost"
            )

    def _tell(self, access: dict[str, str], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(access))
            return
        for name, value in access.items():
            self.stdout.write(f"{name}: {value}")


def _make_access() -> dict[str, str]:
    ApiKey.objects.filter(name=DEMO).delete()
    keys.forget_accepted()
    _, key = keys.create_key(DEMO, may_operate=True, requests_a_minute=MOST_REQUESTS, note="made by prepare")
    password = secrets.token_urlsafe(12)
    user, _ = get_user_model().objects.get_or_create(username=DEMO, defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    return {"api_key": key, "admin_user": DEMO, "admin_password": password}
