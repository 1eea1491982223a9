"""Letters are kept once per content, counted once per place, bounded, and opened again when it happens again."""

import threading

import pytest

from flights import store
from flights.errors import StoreUnavailable
from flights.times import utc_now
from streaming import dead_letters, metrics, services
from streaming.consumer import Received
from streaming.events import Message, observed_message
from streaming.letters import MOST_ORIGINS, LetterState, headers_of, overflow_id, payload_of
from streaming.producer import dead_letter_producer
from tests.environment import CANARY_KEY
from tests.factories import a_record

pytestmark = pytest.mark.usefixtures("documents")

HEADERS = observed_message(a_record()).headers


def bad(offset, value=b"not json", partition=3, headers=HEADERS):
    return Received("flights.observed", partition, offset, value, headers, b"a key")


def letters():
    return list(store.collection(store.DEAD_LETTERS).find({}).sort("_id", 1))


def counted():
    return [(letter["count"], letter["source"]) for letter in letters()]


def handle(*messages):
    """Handle a batch; what was forwarded of it."""
    forwarded = []
    services.handle_batch(messages, forwarded.extend)
    return [(letter.reason, str(place)) for letter, place in forwarded]


def close(state, why="as told"):
    (letter,) = letters()
    assert dead_letters.close(letter, state, "somebody", why, utc_now())


def test_a_letter_tells_all_that_was_refused():
    handle(bad(7))
    (letter,) = letters()
    told = {name: letter[name] for name in ("kind", "reason", "state", "count", "source", "size", "payload", "is_cut")}
    assert told == {
        "kind": "message",
        "reason": "not-json",
        "state": "open",
        "count": 1,
        "source": "flights.observed/3/7",
        "size": 8,
        "payload": "not json",
        "is_cut": False,
    }
    assert letter["version"] == "events v1, flightsite 0.1.0"
    assert (payload_of(letter), letter["key"], headers_of(letter)) == (b"not json", b"a key", HEADERS)


def test_equal_bad_messages_are_one_letter_with_a_count():
    handle(*(bad(offset) for offset in range(5)))
    assert counted() == [(5, "flights.observed/3/4")]


@pytest.mark.parametrize("again", [[bad(7)], [bad(7), bad(9)], [bad(8), bad(9)], [bad(9)]])
def test_a_bad_message_read_again_is_not_counted_again(again):
    handle(bad(7), bad(8), bad(9))
    handle(*again)
    assert counted() == [(3, "flights.observed/3/9")]


def test_a_batch_that_was_read_half_is_counted_once():
    handle(bad(7))
    handle(bad(7), bad(8))
    assert counted() == [(2, "flights.observed/3/8")]


def test_partitions_are_counted_each_for_itself():
    handle(bad(7), bad(3, partition=1))
    handle(bad(4, partition=1), bad(7))
    assert counted() == [(3, "flights.observed/1/4")]


def refuse_all(partition):
    for start in range(0, 400, 20):
        handle(*(bad(start + n, partition=partition) for n in range(20)))


@pytest.mark.parametrize(("partitions", "count"), [((3, 3), 400), ((1, 2), 800)])
def test_two_consumers_at_once_count_each_message_once(partitions, count):
    """The same batches, as after a partition was taken over; and batches of their own."""
    threads = [threading.Thread(target=refuse_all, args=(partition,)) for partition in partitions]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [letter["count"] for letter in letters()] == [count]


def test_what_is_remembered_of_a_letter_stays_bounded():
    for partition in range(MOST_ORIGINS + 20):
        handle(bad(0, partition=partition))
    (letter,) = letters()
    assert (letter["count"], len(letter["origins"])) == (MOST_ORIGINS + 20, MOST_ORIGINS)


def test_equal_values_with_another_type_are_letters_of_their_own():
    handle(bad(1, b"{}", headers=[]), bad(2, b"{}"), bad(3, None), bad(4, b""))
    assert sorted((letter["reason"], letter["count"]) for letter in letters()) == [
        ("bad-size", 1),
        ("no-type", 1),
        ("not-json", 1),
        ("wrong-shape", 1),
    ]


@pytest.mark.parametrize(("size", "is_cut"), [(60_000, False), (70_000, True), (300_000, True)])
def test_a_letter_shows_four_kibibytes_and_keeps_up_to_sixty_four(size, is_cut):
    handle(bad(0, b"x" * size))
    (letter,) = letters()
    assert (len(letter["payload"]), letter["size"], letter["is_cut"]) == (4096, size, is_cut)
    assert payload_of(letter) == (None if is_cut else b"x" * size)


def test_no_secret_is_kept_or_passed_on(topics, read_topic):
    told = f"GET ?access_key={CANARY_KEY} and {CANARY_KEY}".encode()
    headers = [("ce_type", b"t" * 70 + CANARY_KEY.encode()), ("x", told), ("ce_specversion", b"1.0")]
    message = Received("flights.observed", 0, 0, told, headers, CANARY_KEY.encode())
    with dead_letter_producer() as producer:
        services.handle_batch([message], services.dead_letter_forwarder(producer))
    (letter,) = letters()
    forwarded = read_topic(producer.topic, 1)[0]
    kept = repr((letter, payload_of(letter), forwarded.value(), forwarded.headers(), forwarded.key()))
    assert CANARY_KEY[:10] not in kept
    assert "?access_key=[access key] and [access key]" in kept


def test_a_letter_is_passed_on_when_it_opens_and_not_with_each_repetition():
    assert handle(bad(1), bad(2)) == [("not-json", "flights.observed/3/1")]
    assert handle(bad(3)) == []


def test_a_batch_that_is_read_again_passes_its_letters_on_again():
    """It may have been killed between the two."""
    first = handle(bad(1), bad(2))
    assert handle(bad(1), bad(2)) == first


@pytest.mark.parametrize("state", [LetterState.REDRIVEN, LetterState.DISCARDED])
def test_a_closed_letter_that_is_refused_again_opens_again(state):
    handle(bad(1))
    close(state)
    assert handle(bad(2)) == [("not-json", "flights.observed/3/2")]
    (letter,) = letters()
    assert (letter["state"], letter["count"], letter["closed_by"], letter["closed_why"]) == ("open", 2, None, None)


def test_a_discarded_letter_stays_closed_when_the_same_message_is_read_again():
    handle(bad(1))
    close(LetterState.DISCARDED)
    handle(bad(1))
    assert [(each["state"], each["count"]) for each in letters()] == [("discarded", 1)]


def test_a_redriven_letter_whose_message_is_refused_all_the_same_opens_again():
    handle(bad(1))
    close(LetterState.REDRIVEN)
    handle(bad(1))
    assert [(each["state"], each["count"]) for each in letters()] == [("open", 1)]


def test_a_letter_that_was_refused_again_meanwhile_is_not_closed():
    handle(bad(1))
    (as_read,) = letters()
    handle(bad(2))
    assert not dead_letters.close(as_read, LetterState.DISCARDED, "somebody", "old", utc_now())
    assert letters()[0]["state"] == "open"


@pytest.fixture
def room_for_three(monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_OPEN", 3)


def test_different_letters_of_one_reason_are_bounded_and_the_rest_is_counted(room_for_three):
    batch = [bad(n, f"no json {n}".encode()) for n in range(10)]
    assert len(handle(*batch)) == 4
    handle(*batch)
    handle(bad(10, b"one more"))
    found = {letter["_id"]: letter["count"] for letter in letters()}
    over = overflow_id("message", "not-json")
    assert (len(found), found.pop(over), set(found.values())) == (4, 8, {1})
    assert "only counted" in store.find_one(store.DEAD_LETTERS, over)["text"]


def test_there_is_room_again_when_letters_are_closed(room_for_three):
    handle(*(bad(n, f"no json {n}".encode()) for n in range(3)))
    dead_letters.close(letters()[0], LetterState.DISCARDED, "somebody", "seen", utc_now())
    dead_letters.recount()
    handle(bad(3, b"another"))
    assert overflow_id("message", "not-json") not in {letter["_id"] for letter in letters()}
    assert dead_letters.open_by_reason() == {"not-json": 3}


def test_open_letters_are_counted_by_reason_without_reading_them():
    handle(bad(1), bad(2, b"{}"), bad(3, b"{}", headers=[]), bad(4, b"[]", headers=[]))
    assert dead_letters.open_by_reason() == {"no-type": 2, "not-json": 1, "wrong-shape": 1}
    handle(bad(5))
    assert dead_letters.open_by_reason() == dead_letters.recount()


def test_the_counter_of_refusals_counts_no_place_twice():
    def told():
        return metrics.REFUSED.labels("not-json")._value.get()

    before = told()
    handle(bad(1), bad(2))
    handle(bad(1), bad(2))
    assert told() - before == 2


def test_letters_that_never_stop_changing_are_given_up_and_tried_again_later(monkeypatch):
    monkeypatch.setattr(dead_letters, "TRIES", 0)
    with pytest.raises(StoreUnavailable, match="kept changing"):
        handle(bad(1))


def test_a_storm_of_equal_messages_is_one_letter_and_one_message_passed_on(publish, consume, read_topic):
    publish([Message(b"k", b"poison", HEADERS)] * 20_000)
    with dead_letter_producer() as producer:
        forward = services.dead_letter_forwarder(producer)
        consume(20_000, lambda batch: services.handle_batch(batch, forward))
        producer.send([Message(b"last", b"", [])])
    assert [letter["count"] for letter in letters()] == [20_000]
    assert [message.key() for message in read_topic(producer.topic, 2)][1] == b"last"


def test_letters_of_an_earlier_version_are_open():
    store.insert_new(store.DEAD_LETTERS, [{"_id": "old", "reason": "not-json", "text": "", "count": 1}])
    store.ensure_collections()
    (letter,) = letters()
    assert (letter["state"], letter["version"]) == ("open", "not noted")
    assert dead_letters.recount() == {"not-json": 1}
    assert dead_letters.close(letter, LetterState.DISCARDED, "somebody", "old", utc_now())
