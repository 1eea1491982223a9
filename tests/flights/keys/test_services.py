from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from flights.keys import services
from flights.keys.models import ApiKey
from flights.keys.records import Scope
from flights.times import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere():
    """What another process does: it writes to the database, and this one does not hear of it."""
    return ApiKey.objects.update


def test_a_key_is_kept_as_a_fast_hash_only():
    key, text = services.create_key("notebook")
    assert key.hashed_key.startswith("sha512$$")
    assert text.partition(".")[2] not in str(ApiKey.objects.values().get())


def test_a_new_key_may_read_and_has_limits():
    caller = services.create_key("notebook")[0].caller
    assert caller.scopes == {Scope.READ}
    assert (caller.limits.requests_a_minute, caller.limits.rows_a_day) == (600, 1_000_000)


def test_a_key_revoked_here_is_refused_at_once():
    key, text = services.create_key("notebook")
    assert services.accepted(text, utc_now()).name == "notebook"
    services.revoke(key)
    assert services.accepted(text, utc_now()) is None


def test_a_key_revoked_elsewhere_is_refused_when_it_is_looked_up_again(elsewhere, monkeypatch):
    """Every key is, once what is remembered of it is a second old; here it is so at once."""
    assert services.REMEMBERED_SECONDS <= 1
    monkeypatch.setattr(services, "REMEMBERED_SECONDS", 0.0)
    _, text = services.create_key("notebook")
    assert services.accepted(text, utc_now()) is not None
    elsewhere(revoked=True)
    assert services.accepted(text, utc_now()) is None


def test_an_accepted_key_is_not_looked_up_again_for_a_while(django_assert_num_queries):
    _, text = services.create_key("notebook")
    with django_assert_num_queries(1):
        found = [services.accepted(text, utc_now()) for _ in range(5)]
    assert len({caller.prefix for caller in found}) == 1


def test_a_key_ends_at_its_moment_though_it_is_remembered():
    ends = utc_now() + timedelta(hours=1)
    _, text = services.create_key("notebook", expiry_date=ends)
    assert services.accepted(text, utc_now()) is not None
    assert services.accepted(text, ends) is None


def test_a_use_is_written_once_a_minute_however_many_processes_see_it(monkeypatch, django_assert_num_queries):
    key, _ = services.create_key("notebook")
    now = utc_now()
    with django_assert_num_queries(1):
        services.note_use(key.caller, now)
        services.note_use(key.caller, now + timedelta(seconds=1))
    monkeypatch.setattr(services, "_noted", {})  # as another process, which has noted nothing
    services.note_use(key.caller, now + timedelta(seconds=59))
    assert ApiKey.objects.get().last_used == now
    monkeypatch.setattr(services, "_noted", {})
    services.note_use(key.caller, now + timedelta(seconds=61))
    assert ApiKey.objects.get().last_used == now + timedelta(seconds=61)


def test_a_database_that_takes_no_writes_does_not_stop_reading(caplog):
    key, _ = services.create_key("notebook")

    def locked(execute, sql, params, many, context):
        raise OperationalError("database is locked")

    with connection.execute_wrapper(locked):
        services.note_use(key.caller, utc_now())
    assert "a key's use could not be noted" in caplog.text


def test_no_more_keys_are_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(services, "MOST_REMEMBERED", 2)
    for number in range(5):
        assert services.accepted(services.create_key(f"{number}")[1], utc_now()).name == f"{number}"
    assert len(services._accepted) <= 2
