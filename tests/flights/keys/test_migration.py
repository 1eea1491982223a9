import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rest_framework_api_key.models import APIKey as LibraryKey

from flights.keys import services
from flights.keys.models import ApiKey
from flights.times import utc_now

BEFORE, AFTER = [("keys", "0001_initial")], [("keys", "0002_keys_made_before")]


def migrate(target):
    MigrationExecutor(connection).migrate(target)


@pytest.fixture
def moved(transactional_db):
    """A key made as before, then the upgrade; gives its text."""
    migrate(BEFORE)
    old, text = LibraryKey.objects.create_key(name="made before")
    migrate(AFTER)
    return old, text


def test_a_key_made_before_goes_on_working_with_wide_limits(moved):
    old, text = moved
    caller = services.accepted(text, utc_now())
    assert (caller.name, caller.prefix, caller.limits.requests_a_minute) == ("made before", old.prefix, 60_000)
    assert ApiKey.objects.get().created == old.created
    assert not LibraryKey.objects.exists()


def test_the_upgrade_can_be_taken_back(moved):
    migrate(BEFORE)
    assert LibraryKey.objects.is_valid(moved[1])
    assert not ApiKey.objects.exists()
    migrate(AFTER)
