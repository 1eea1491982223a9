"""The search for secrets finds what is planted by hand, wherever that is: one that looks nowhere would be red here."""

import zlib

import pytest
from django.conf import settings

from flights import store
from streaming.events import Message
from streaming.letters import OPENED, Kind
from streaming.producer import EventProducer
from tests.end_to_end import canaries
from tests.environment import CANARY_KEY
from tests.factories import COLLECTED

TOPICS = ["KAFKA_OBSERVED_TOPIC", "KAFKA_DEAD_LETTER_TOPIC"]
PLANTED = {"_id": "planted", "deep": [{"in": f"a {CANARY_KEY.upper()} b"}]}
PACKED = {"_id": "packed", "body": zlib.compress(f"[{canaries.PASSWORD}]".encode())}


def a_letter(text):
    known = {"reason": "not-json", "size": 1, "slot": None, "first_seen": COLLECTED, "last_seen": COLLECTED, "count": 1}
    told = {"kind": Kind.MESSAGE.value, "version": "planted", "opened_at": "t/0/0", "origins": [], **OPENED}
    return {"_id": "planted", "text": text, "payload": text, "source": "t/0/0", **known, **told}


def test_a_document_is_searched_to_its_depth(documents):
    store.insert_new(store.SLOTS, [{"_id": "clean", "n": 1}, PLANTED])
    assert canaries.leaks(canaries.documents()) == ["slots planted"]


def test_a_body_that_is_kept_compressed_is_spread_out(documents):
    store.insert_new(store.PAGES, [PACKED])
    assert canaries.leaks(canaries.documents()) == ["pages packed"]


@pytest.mark.parametrize("name", TOPICS)
@pytest.mark.parametrize(
    "message",
    [
        Message(CANARY_KEY.encode(), b"", []),
        Message(b"", b"x" * 5_000 + CANARY_KEY.encode(), []),
        Message(b"", b"", [("ce_id", b"1"), ("reason", canaries.PASSWORD.encode())]),
    ],
    ids=["key", "value", "header"],
)
def test_a_message_is_searched_whole_and_from_the_beginning(topics, name, message):
    with EventProducer(getattr(settings, name)) as producer:
        producer.send([message, *[Message(b"k", b"v", [])] * 20])
    assert len(canaries.leaks(canaries.messages(getattr(settings, name)))) == 1


def test_a_file_is_searched_below_every_folder(tmp_path):
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "page.bson").write_bytes(b"\x00\xff" + CANARY_KEY.encode() + b"\xff")
    (tmp_path / "log").write_text("nothing")
    assert canaries.leaks(canaries.files(tmp_path)) == ["page.bson"]


def test_a_page_of_the_admin_is_read_as_a_superuser_sees_it(system, site):
    store.insert_new(store.DEAD_LETTERS, [a_letter(CANARY_KEY)])
    pages = canaries.admin_pages(site.base_url, site.admin_user, site.admin_password)
    assert canaries.leaks(pages) == ["/admin/streaming/deadletter/", "/admin/streaming/deadletter/planted/change/"]


def test_an_answer_is_read_with_the_key_of_a_caller(system, site):
    found = dict(canaries.answers(site.base_url, site.api_key, ["/api/v1/slots"]))
    assert list(found) == ["/api/v1/slots 401", "/api/v1/slots 200"]
    assert canaries.leaks(iter([("page", f"…{CANARY_KEY}…"), ("other", "clean")])) == ["page"]


def test_a_search_that_looks_at_nothing_is_red(tmp_path):
    with pytest.raises(AssertionError, match="nothing was looked at"):
        canaries.leaks(canaries.files(tmp_path))
