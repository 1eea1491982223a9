"""The admin's dead-letter screen: list, view, ask what a redrive would do, redrive, discard."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flights import store
from flights.times import utc_now
from ingestion import audit
from ingestion.models import Run
from streaming import dead_letters, services
from streaming.letters import DeadLetter, Kind, LetterState, Place
from tests.ingestion.refused import IDS, ROWS, a_run, letters

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

LETTERS = "/admin/streaming/deadletter/"


def a_letter(key, reason, payload):
    return DeadLetter(
        id=key * 32,
        kind=Kind.MESSAGE,
        reason=reason,
        text="it is <b>bad</b>",
        version="events v1",
        payload=payload,
        size=len(payload),
        headers=[("ce_type", b"<i>type</i>"), ("none", None)],
        slot="2026-11-24T04Z",
    )


HOSTILE = a_letter("a", "no-identity", b'{"x": "</pre><script>alert(1)</script>"}')
BROKEN = a_letter("b", "not-json", b"\xff\x00!")


@pytest.fixture
def two_letters(documents):
    services.keep_letters([(HOSTILE, Place("flights.observed/1", 1))], utc_now())
    services.keep_letters([(BROKEN, Place("flights.observed/1", 2))], utc_now())


def listed(client, **query):
    answer = client.get(LETTERS, query)
    assert answer.status_code == 200
    return [letter.reason for letter in answer.context["cl"].result_list]


def press(client, action, *keys, follow=True, **more):
    told = {"action": action, "_selected_action": list(keys), **more}
    answer = client.post(LETTERS, told, follow=follow)
    return answer.content.decode()


def page_of(client, key):
    answer = client.get(reverse("admin:streaming_deadletter_change", args=[key]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["not-json", "no-identity"]),
        ({"reason": "no-identity"}, ["no-identity"]),
        ({"reason": "never"}, []),
        ({"state": "discarded"}, []),
        ({"state": "redriven"}, []),
        ({"q": "bbbbbbbb"}, ["not-json"]),
    ],
)
def test_open_letters_stand_newest_first_and_are_filtered(admin_client, two_letters, query, shown):
    assert listed(admin_client, **query) == shown


def test_closed_letters_are_listed_on_demand_and_found_by_their_id(admin_client, two_letters):
    services.discard_letters(letters(reason="not-json"), "somebody", "seen", utc_now())
    assert listed(admin_client) == ["no-identity"]
    assert listed(admin_client, state="discarded") == listed(admin_client, q="bbbb") == ["not-json"]


def test_the_reasons_offered_are_those_met_with_their_open_letters(admin_client, two_letters):
    page = admin_client.get(LETTERS).content.decode()
    assert "no-identity (1 open)" in page
    assert "not-json (1 open)" in page


def test_letters_are_not_counted_and_read_by_state_and_page(admin_client, two_letters):
    with CaptureQueriesContext(connections["mongodb"]) as captured:
        admin_client.get(LETTERS)
    asked = " ".join(query["sql"] for query in captured)
    assert "count" not in asked.lower().replace("'count': 1", "")
    assert "$limit" in asked
    assert all("'state': 'open'" in query["sql"] for query in captured)


def test_a_hostile_letter_is_shown_and_not_run(admin_client, two_letters):
    page = page_of(admin_client, HOSTILE.id) + press(admin_client, "say", HOSTILE.id)
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;i&gt;type&lt;/i&gt;" in page
    assert not [tag for tag in ("<script>alert(1)", "<b>bad</b>", "<i>type</i>") if tag in page]


def test_a_payload_that_is_no_text_is_shown(admin_client, two_letters):
    assert "Payload, as received" in page_of(admin_client, BROKEN.id)


@pytest.mark.parametrize("action", ["add/", f"{BROKEN.id}/delete/"])
def test_letters_are_not_made_or_deleted(admin_client, two_letters, action):
    assert admin_client.get(LETTERS + action).status_code == 403


def test_a_batch_of_rows_is_redriven_after_the_transform_is_mended(
    admin_client, documents, topics, broken_gates, consume
):
    run = a_run(ROWS[:3], ROWS[3:])
    consume(0)
    assert listed(admin_client, reason="bad-gate") == ["bad-gate"] * 3
    keys = [letter["_id"] for letter in letters()]
    broken_gates()
    dry = press(admin_client, "say", *keys)
    assert all(f"would become: {flight}" in dry for flight in IDS[1:4])
    assert len(letters(state="open")) == 3
    assert "3 accepted, such as bad-gate: 2026-11-24T0615-LYS-CDG-AF" in press(admin_client, "redrive", *keys)
    counts = consume(1)["counts"]
    assert (counts["rows_rejected"], counts["published"], counts["stored"]) == (0, 6, 6)
    assert audit.audit_run(Run.objects.get(pk=run.pk)).findings == []
    assert [letter["closed_by"] for letter in letters(state="redriven")] == ["admin: admin"] * 3
    assert sorted(LogEntry.objects.values_list("object_id", flat=True)) == keys
    page = page_of(admin_client, keys[0])
    assert "Redrive: accepted: 2026-11-24T0615-LYS-CDG-AF" in page
    assert f"/admin/ingestion/run/{run.pk}/change/" in page


def test_a_redrive_that_changes_nothing_is_told_and_noted(admin_client, two_letters):
    assert "1 still refused, such as not-json" in press(admin_client, "redrive", BROKEN.id)
    assert LogEntry.objects.get().change_message.startswith("Redrive: still refused: unknown-version")


def test_discarding_asks_why_first(admin_client, two_letters):
    assert "Discard these 1" in press(admin_client, "discard", BROKEN.id)
    assert "Say why" in press(admin_client, "discard", BROKEN.id, why="  ")
    assert len(letters(state="open")) == 2
    assert not LogEntry.objects.exists()


def test_a_discarded_letter_says_who_when_and_why(admin_client, two_letters):
    page = press(admin_client, "discard", BROKEN.id, why="a test of theirs")
    assert "1 of 1 letters discarded." in page
    (letter,) = letters(state="discarded")
    assert (letter["reason"], letter["closed_by"], letter["closed_why"]) == (
        "not-json",
        "admin: admin",
        "a test of theirs",
    )
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == (
        "admin",
        BROKEN.id,
        "Discarded: a test of theirs",
    )
    assert "by admin: admin: a test of theirs" in page_of(admin_client, BROKEN.id)
    assert dead_letters.open_by_reason() == {"no-identity": 1, "not-json": 0}


def test_a_letter_that_is_closed_already_is_left(admin_client, two_letters):
    services.discard_letters(letters(reason="not-json"), "somebody", "seen", utc_now())
    page = admin_client.post(
        f"{LETTERS}?state=discarded",
        {"action": "discard", "_selected_action": [BROKEN.id], "why": "again"},
        follow=True,
    )
    assert "0 of 0 letters discarded." in page.content.decode()
    assert letters(state="discarded")[0]["closed_why"] == "seen"


@pytest.mark.parametrize("action", ["say", "redrive", "discard"])
def test_a_viewer_sees_letters_and_can_do_nothing(client, two_letters, action):
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_deadletter"))
    client.force_login(user)
    assert listed(client) == ["not-json", "no-identity"]
    press(client, action, BROKEN.id, why="because")
    assert {letter["state"] for letter in letters()} == {LetterState.OPEN}
    assert not LogEntry.objects.exists()


def test_a_broker_that_is_down_is_told_and_the_letters_stay_open(admin_client, documents, topics, broken_gates, down):
    a_run(ROWS)
    broken_gates()
    down("kafka")
    page = press(admin_client, "redrive", *(letter["_id"] for letter in letters()))
    assert "What was not closed can be redriven again." in page
    assert len(letters(state="open")) == 3


def test_a_store_that_is_down_is_told(admin_client, two_letters, settings):
    settings.MONGODB_URI = "mongodb://127.0.0.1:9/?directConnection=true&serverSelectionTimeoutMS=50"
    assert "MongoDB does not answer" in press(admin_client, "redrive", BROKEN.id)
    store.close()
