"""Whatever is read from the topic: the consumer writes it, and the API goes on answering."""

from hypothesis import given
from hypothesis import strategies as st

from streaming.consumer import Received
from streaming.services import handle_batch
from tests.fuzz.asking import Asked, ask
from tests.fuzz.effort import count, fuzzed
from tests.fuzz.test_messages import messages

ADDRESSES = [
    ("/api/v1/flights", b""),
    ("/api/v1/flights", b"slot=2026-11-24T04Z"),
    ("/api/v1/flights", b"flight_date=2026-11-24"),
    ("/api/v1/flights/2026-11-24T0615-LYS-CDG-AF7641/history", b""),
    ("/api/v1/slots", b"from=2026-11-20&to=2026-11-24"),
    ("/api/v1/slots/2026-11-24/04", b""),
]


def statuses(shown):
    return {ask(Asked("GET", path, query, (shown,))).status for path, query in ADDRESSES}


@fuzzed(20, shared_fixtures=True)
@given(st.lists(messages(), min_size=1, max_size=5))
def test_any_batch_is_written_and_what_is_written_can_be_shown(shown, batch):
    handle_batch([Received("fuzz", 0, number, *message) for number, message in enumerate(batch)])
    assert statuses(shown) == {200}
    count("batches", f"of {len(batch)}")
