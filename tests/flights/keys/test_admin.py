"""The admin's pages about API keys."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse, reverse_lazy

from flights.keys import services as keys
from flights.keys.models import ApiKey
from flights.keys.records import Scope
from flights.times import utc_now

NEW_KEY = {"name": "notebook", "note": "for Ada", "may_read": "on", "requests_a_minute": "60", "rows_a_day": "5000"}
KEYS = reverse_lazy("admin:keys_apikey_changelist")


def test_an_api_key_is_shown_once_when_it_is_made(admin_client, db):
    page = admin_client.post(reverse("admin:keys_apikey_add"), NEW_KEY, follow=True).content.decode()
    key = ApiKey.objects.get()
    assert f"The API key for notebook is: {key.prefix}." in page
    assert (key.requests_a_minute, key.rows_a_day, key.note, key.scopes) == (60, 5000, "for Ada", {Scope.READ})
    assert "is: " not in admin_client.get(KEYS).content.decode()


def test_the_admin_shows_a_keys_scopes_limits_and_last_use(admin_client, db):
    keys.create_key("notebook", may_operate=True, last_used=datetime(2026, 11, 24, 4, tzinfo=UTC))
    page = admin_client.get(KEYS).content.decode()
    missing = [told for told in ("ops, read", "600", "1000000", "2026-11-24 04:00:00Z", "valid") if told not in page]
    assert missing == []


def test_a_key_revoked_in_the_admin_is_refused_at_once(admin_client, db):
    key, text = keys.create_key("notebook")
    assert keys.accepted(text, utc_now()) is not None
    url = reverse("admin:keys_apikey_change", args=[key.pk])
    assert admin_client.post(url, {**NEW_KEY, "revoked": "on"}).status_code == 302
    assert keys.accepted(text, utc_now()) is None


def test_a_limit_that_is_none_is_refused_in_the_admin(admin_client, db):
    page = admin_client.post(reverse("admin:keys_apikey_add"), {**NEW_KEY, "rows_a_day": "0"}).content.decode()
    assert "greater than or equal to 1" in page
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("many", [True, False])
def test_a_key_deleted_in_the_admin_is_refused_at_once(admin_client, db, many):
    key, text = keys.create_key("notebook")
    assert keys.accepted(text, utc_now()) is not None
    chosen = {"action": "delete_selected", "_selected_action": key.pk, "post": "yes"}
    admin_client.post(KEYS, chosen) if many else admin_client.post(
        reverse("admin:keys_apikey_delete", args=[key.pk]), {"post": "yes"}
    )
    assert keys.accepted(text, utc_now()) is None


@pytest.mark.parametrize("is_revoked", [True, False])
def test_a_keys_page_shows_its_limits_and_never_its_hash(admin_client, db, is_revoked):
    key, _ = keys.create_key("notebook", note="for Ada", revoked=is_revoked)
    page = admin_client.get(reverse("admin:keys_apikey_change", args=[key.pk])).content.decode()
    missing = [told for told in ("for Ada", "in any 60 seconds", key.prefix, "never") if told not in page]
    assert missing == []
    assert key.hashed_key not in page.replace(key.pk, "")


def test_the_form_of_a_new_key_has_the_usual_limits(admin_client, db):
    page = admin_client.get(reverse("admin:keys_apikey_add")).content.decode()
    assert 'value="600"' in page
    assert 'value="1000000"' in page
