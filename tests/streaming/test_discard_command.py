from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from flights import store
from streaming import services
from streaming.consumer import Received
from streaming.events import observed_message
from tests.factories import a_record

pytestmark = pytest.mark.usefixtures("documents")


@pytest.fixture(autouse=True)
def three_letters(documents):
    headers = observed_message(a_record()).headers
    services.handle_batch(
        [Received("flights.observed", 0, n, value, headers) for n, value in enumerate((b"{", b"}", b"{}"))]
    )


def discard(*words):
    out = StringIO()
    call_command("discard", *words, stdout=out)
    return out.getvalue()


def discarded():
    return store.find_by(store.DEAD_LETTERS, {"state": "discarded"})


def test_letters_of_a_reason_are_discarded_with_who_and_why():
    assert discard("--reason", "not-json", "--why", "a test of theirs") == "2 of 2 letters discarded\n"
    assert {letter["reason"] for letter in discarded()} == {"not-json"}
    assert {letter["closed_why"] for letter in discarded()} == {"a test of theirs"}
    assert {letter["closed_by"].split(":")[0] for letter in discarded()} == {"command"}


def test_letters_are_discarded_by_id_and_by_number():
    keys = [letter["_id"] for letter in store.find_by(store.DEAD_LETTERS, {})]
    discard("--id", *keys, "--limit", "1", "--why", "seen")
    assert [letter["_id"] for letter in discarded()] == keys[:1]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--why", "all of them"], "say --why, which"),
        (["--reason", "not-json", "--why", " "], "say --why, which"),
        (["--reason", "not-json", "--why", "seen", "--limit", "0"], "at least 1"),
        (["--id", "nothing", "--why", "seen"], "no open letter nothing"),
    ],
)
def test_what_can_not_be_done_is_refused_with_the_reason(words, why):
    with pytest.raises(CommandError, match=why):
        discard(*words)
    assert discarded() == []


def test_a_store_that_is_down_is_told(down):
    down("mongodb")
    with pytest.raises(CommandError, match="MongoDB does not answer"):
        discard("--reason", "not-json", "--why", "seen")
