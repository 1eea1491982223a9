"""Messages redriven: published again as they were received, once the consumer can read them."""

import threading
from contextlib import closing
from datetime import timedelta

import pytest
from msgspec.structs import replace

from flights import store
from flights.times import utc_now
from ingestion import retention
from ingestion.verdicts import Fate
from streaming import dead_letters, events
from streaming.consumer import BatchConsumer
from streaming.events import Message, ended_messages, observed_message
from tests.conftest import SLOT
from tests.factories import a_record
from tests.flights.test_services import a_summary
from tests.ingestion.refused import IDS, ROWS, a_run, consume_messages, letters, redriven, send, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics")]


@pytest.fixture
def old_consumer(monkeypatch):
    """A consumer that does not know today's types yet. `update()` brings it up to date."""
    names = {"OBSERVED": events.OBSERVED, "ENDED": events.ENDED}
    [monkeypatch.setattr(events, name, "flightsite.of-yesterday") for name in names]
    return lambda: [monkeypatch.setattr(events, name, kind) for name, kind in names.items()]


def test_messages_that_an_old_consumer_refused_are_published_again_as_they_were(consume, request):
    run = a_run([])
    consume(0)
    messages = [observed_message(a_record(run=run.key, flight_id=flight)) for flight in IDS]
    update = request.getfixturevalue("old_consumer")
    send(*messages)
    consume_messages(6)
    update()
    assert redriven() == [(Fate.ACCEPTED, flight) for flight in IDS]
    assert consume(1)["counts"]["stored"] == 6
    assert {letter["state"] for letter in letters()} == {"redriven"}
    assert stored() == IDS


def test_messages_of_a_run_whose_pages_were_removed_stay_for_its_slot_can_not_be_counted_anew(
    consume, request, settings
):
    run = a_run([ROWS[0]])
    before = consume(0)
    message = observed_message(a_record(run=run.key, flight_id=IDS[1]))
    update = request.getfixturevalue("old_consumer")
    send(message)
    consume_messages(1)
    update()
    settings.RETENTION_PAGES_DAYS = 1
    assert retention.prune(utc_now() + timedelta(days=2)).pages == 1
    [(fate, why)] = redriven()
    assert fate == Fate.STUCK
    assert "raw pages were removed" in why
    run.refresh_from_db()
    assert run.revision == 0
    assert store.find_one(store.SLOTS, SLOT)["counts"] == before["counts"]


def test_a_message_of_no_known_run_is_published_all_the_same(request):
    message = observed_message(a_record())
    update = request.getfixturevalue("old_consumer")
    send(message)
    consume_messages(1)
    update()
    assert redriven() == [(Fate.ACCEPTED, a_record().flight_id)]
    consume_messages(1)
    assert stored() == [a_record().flight_id]


def test_a_marker_goes_to_its_own_partition_again(request):
    marker = ended_messages(a_summary(run="of nobody"), 3, utc_now())[2]
    update = request.getfixturevalue("old_consumer")
    send(marker)
    consume_messages(1)
    update()
    assert redriven() == [(Fate.ACCEPTED, f"the end of slot {SLOT} in partition 2")]
    seen = []
    with closing(BatchConsumer()) as consumer:
        while not seen:
            consumer.consume_batch(seen.extend, threading.Event())
    assert [(message.partition, message.value) for message in seen] == [(2, marker.value)]


def test_a_marker_of_a_partition_that_there_is_no_more_is_published_where_there_is_one(request):
    marker = replace(ended_messages(a_summary(run="of nobody"), 9, utc_now())[8], partition=None)
    update = request.getfixturevalue("old_consumer")
    send(marker)
    consume_messages(1)
    update()
    assert redriven() == [(Fate.ACCEPTED, f"the end of slot {SLOT} in partition 8")]


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (b"{", (Fate.REFUSED, "not-json: Input data was truncated")),
        (b"x" * 100_000, (Fate.STUCK, "its payload was cut at 64 KiB")),
    ],
)
def test_messages_that_can_not_be_used_say_why(value, verdict):
    send(Message(b"k", value, observed_message(a_record()).headers))
    consume_messages(1)
    assert redriven(dry_run=True) == redriven() == [verdict]
    assert [(letter["state"], letter["count"]) for letter in letters()] == [("open", 1)]


def test_messages_beyond_the_bound_were_not_kept(monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_OPEN", 0)
    send(Message(b"k", b"{", observed_message(a_record()).headers))
    consume_messages(1)
    assert redriven() == [(Fate.STUCK, "it only counts: what it stands for was not kept")]
