import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from flights.keys import services
from flights.keys.models import ApiKey
from flights.keys.records import Scope
from flights.times import utc_now

pytestmark = pytest.mark.django_db


def call(*words):
    out = StringIO()
    call_command("api_key", *words, stdout=out)
    return out.getvalue()


def created(*words):
    return json.loads(call("create", "notebook", "--json", *words))


def test_a_key_is_made_with_its_scopes_and_limits():
    made = created("--scope", "ops", "--scope", "read", "--requests", "60", "--rows", "5000", "--note", "for Ada")
    caller = services.accepted(made["api_key"], utc_now())
    assert caller.scopes == {Scope.READ, Scope.OPS}
    assert (caller.limits.requests_a_minute, caller.limits.rows_a_day) == (60, 5000)
    assert ApiKey.objects.get().note == "for Ada"


def test_a_key_may_read_only_unless_more_is_said():
    assert created()["scopes"] == ["read"]


def test_a_key_ends_at_the_beginning_of_its_day():
    assert created("--expires", "2030-01-01")["expires"] == "2030-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [(["--rows", "0"], "rows_a_day"), (["--requests", "70000"], "requests_a_minute")],
)
def test_a_limit_that_is_none_is_refused(words, told):
    with pytest.raises(CommandError, match=told):
        created(*words)
    assert not ApiKey.objects.exists()


def test_a_name_that_is_too_long_is_refused():
    with pytest.raises(CommandError, match="name: "):
        call("create", "x" * 51)


def test_keys_are_listed_without_their_secret():
    made = created()
    listed = json.loads(call("list", "--json"))
    assert [(key["prefix"], key["state"]) for key in listed] == [(made["prefix"], "valid")]
    assert made["api_key"].partition(".")[2] not in call("list")


def test_a_key_is_revoked_for_good():
    made = created()
    assert "revoked" in call("revoke", made["prefix"])
    assert json.loads(call("revoke", made["prefix"], "--json"))["state"] == "revoked"
    assert services.accepted(made["api_key"], utc_now()) is None


def test_a_key_that_is_none_cannot_be_revoked():
    with pytest.raises(CommandError, match="api_key list"):
        call("revoke", "nothing")
