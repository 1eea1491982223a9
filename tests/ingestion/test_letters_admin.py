"""The admin's pages about dead letters, on a MongoDB server."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from streaming import dead_letters
from streaming.dead_letters import DeadLetter

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

LETTERS = "/admin/streaming/deadletter/"
NOW = datetime(2026, 11, 24, 4, 1, tzinfo=UTC)
HOSTILE = DeadLetter(
    reason="no-identity",
    text="the row names no <b>flight</b>",
    source="2026-11-24T04Z.1/00.00000 row 3",
    payload=b'{"x": "</pre><script>alert(1)</script>"}',
    slot="2026-11-24T04Z",
)
BROKEN = DeadLetter(reason="not-json", text="JSON is malformed", source="flights.observed/3/7", payload=b"\xff\x00!")


@pytest.fixture
def letters(documents):
    """One letter of each reason."""
    for minutes, letter in enumerate((BROKEN, HOSTILE)):
        dead_letters.keep(letter, NOW + timedelta(minutes=minutes))


def listed(client, **query):
    answer = client.get(LETTERS, query)
    assert answer.status_code == 200
    return [letter.reason for letter in answer.context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["no-identity", "not-json"]),
        ({"reason": "no-identity"}, ["no-identity"]),
        ({"reason": "never"}, []),
        ({"q": dead_letters.letter_id(BROKEN)[:8]}, ["not-json"]),
    ],
)
def test_letters_stand_by_reason(admin_client, letters, query, shown):
    assert listed(admin_client, **query) == shown


def test_letters_are_not_counted_and_read_by_the_page(admin_client, letters):
    with CaptureQueriesContext(connections["mongodb"]) as captured:
        admin_client.get(LETTERS)
    asked = " ".join(query["sql"] for query in captured)
    assert "count" not in asked.lower()
    assert "$limit" in asked


def test_a_hostile_payload_is_shown_and_not_run(admin_client, letters):
    url = reverse("admin:streaming_deadletter_change", args=[dead_letters.letter_id(HOSTILE)])
    page = admin_client.get(url).content.decode()
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "<b>flight</b>" not in page


def test_a_payload_that_is_no_text_is_shown(admin_client, letters):
    url = reverse("admin:streaming_deadletter_change", args=[dead_letters.letter_id(BROKEN)])
    assert admin_client.get(url).status_code == 200


@pytest.mark.parametrize("action", ["add/", f"{dead_letters.letter_id(BROKEN)}/delete/"])
def test_letters_are_read_only(admin_client, letters, action):
    assert admin_client.get(LETTERS + action).status_code == 403
