import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ingestion.models import Run
from streaming.events import Message, observed_message
from tests.factories import a_record
from tests.ingestion.refused import IDS, ROWS, a_run, consume_messages, letters, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics")]


def call(*words):
    """What the command printed, and what it said on the way."""
    out, err = StringIO(), StringIO()
    call_command("redrive", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def mended(broken_gates):
    """A run three of whose rows were refused by a transform that is mended since."""
    a_run(ROWS)
    broken_gates()


def test_a_dry_run_says_what_each_letter_would_become(mended):
    out, err = call("--dry-run")
    assert all(f"bad-gate: would become {flight}" in out for flight in IDS[1:4])
    assert "3 letters (dry run): 3 accepted, 0 still refused, 0 can't be redriven" in err
    assert (len(letters(state="open")), Run.objects.get().revision) == (3, 0)


def test_letters_of_a_reason_are_redriven_and_told(mended):
    out, err = call("--reason", "bad-gate")
    assert f"became {IDS[1]}" in out
    assert "published as revision 1" in err
    assert {(each["state"], each["closed_by"].split(":")[0]) for each in letters()} == {("redriven", "command")}


def test_there_is_nothing_to_do_for_another_reason(mended):
    assert "0 letters" in call("--reason", "not-json")[1]
    assert len(letters(state="open")) == 3


def test_letters_are_chosen_by_id_and_by_number(mended):
    keys = [letter["_id"] for letter in letters()]
    call("--id", *keys[:2], "--limit", "1")
    assert [letter["_id"] for letter in letters(state="redriven")] == keys[:1]


def test_outcomes_are_lines_of_json(mended):
    outcomes = [json.loads(line) for line in call("--dry-run", "--json")[0].splitlines()]
    assert {(each["reason"], each["fate"]) for each in outcomes} == {("bad-gate", "accepted")}
    assert {each["letter"] for each in outcomes} == {letter["_id"] for letter in letters()}


def test_letters_that_stay_open_are_an_error():
    send(Message(b"k", b"{", observed_message(a_record()).headers))
    consume_messages(1)
    assert "still refused: not-json" in call("--dry-run")[0]
    with pytest.raises(CommandError, match="1 of 1 letters stay open"):
        call()


@pytest.mark.parametrize(
    ("words", "why"),
    [(["--limit", "0"], "at least 1"), (["--id", "nothing"], "there is no open letter nothing")],
)
def test_what_can_not_be_done_is_refused_with_the_reason(words, why):
    with pytest.raises(CommandError, match=why):
        call(*words)


def test_a_closed_letter_is_not_redriven_again(mended):
    call()
    key = letters()[0]["_id"]
    with pytest.raises(CommandError, match=f"no open letter {key}"):
        call("--id", key)


def test_a_broker_that_is_down_is_told_and_nothing_is_lost(mended, down, settings):
    servers = settings.KAFKA_BOOTSTRAP_SERVERS
    down("kafka")
    with pytest.raises(CommandError, match="can be redriven again"):
        call()
    settings.KAFKA_BOOTSTRAP_SERVERS, settings.KAFKA_PRODUCER = servers, {}
    assert "3 accepted" in call()[1]


def test_a_store_that_is_down_is_told(down):
    down("mongodb")
    with pytest.raises(CommandError, match="MongoDB does not answer"):
        call()
