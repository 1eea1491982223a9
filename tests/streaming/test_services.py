import pytest
from msgspec.structs import replace

from flights import store
from flights.times import utc_now
from streaming import metrics, services
from streaming.consumer import Received
from streaming.events import ended_messages, observed_message
from streaming.producer import dead_letter_producer, observation_producer
from tests.factories import a_record
from tests.flights.test_services import a_summary

pytestmark = pytest.mark.usefixtures("documents")


def received(message, offset=0):
    return Received("flights.observed", message.partition or 0, offset, message.value, message.headers)


def bad(offset, value=b"not json"):
    return Received("flights.observed", 3, offset, value, observed_message(a_record()).headers)


def test_the_end_of_a_slot_is_seen_after_its_records_in_the_same_batch():
    ends = [received(message) for message in ended_messages(a_summary(), 2, utc_now())]
    services.handle_batch([*ends, received(observed_message(a_record()))])
    assert store.find_one(store.SLOTS, a_summary().slot)["counts"]["unstored"] == 0


def test_the_time_from_publishing_to_the_write_is_counted_of_observations_only():
    def counted():
        samples = {sample.name: sample.value for each in metrics.QUERYABLE.collect() for sample in each.samples}
        return samples["flightsite_published_to_queryable_seconds_count"], samples[f"{metrics.QUERYABLE._name}_sum"]

    (before, seconds), ago = counted(), utc_now().timestamp() - 100
    end = [received(message) for message in ended_messages(a_summary(), 1, utc_now())]
    message = received(observed_message(a_record()))
    services.handle_batch([replace(each, published_at=ago) for each in [message, *end, bad(1)]])
    after, later = counted()
    assert (after - before, 100 <= later - seconds < 130) == (1, True)


def test_refused_messages_go_on_to_the_dead_letter_topic(topics, read_topic):
    with dead_letter_producer() as producer:
        services.handle_batch([bad(7)], services.dead_letter_forwarder(producer))
    message = read_topic(producer.topic, 1)[0]
    assert message.value() == b"not json"
    assert dict(message.headers())["reason"] == b"not-json"
    assert dict(message.headers())["source"] == b"flights.observed/3/7"


def test_the_end_of_a_slot_goes_to_every_partition(topics, read_topic):
    with observation_producer() as producer:
        services.publish([a_record()], producer)
        services.publish_end(a_summary(), producer, utc_now())
    ends = [m for m in read_topic(producer.topic, 4) if dict(m.headers())["ce_type"] == b"flightsite.slot.ended.v1"]
    assert sorted(message.partition() for message in ends) == [0, 1, 2]
