"""What the consumer counts since it started; the state of the stores is not kept here."""

from collections.abc import Iterable

from prometheus_client import Counter, Histogram

from flights.services import Applied

MESSAGES = Counter("flightsite_consumer_messages_total", "Messages written and committed.")
REFUSED = Counter("flightsite_dead_letters_kept_total", "Rows and messages put to the dead letters.", ["reason"])
CLOSED = Counter("flightsite_slots_closed_total", "Slots closed, by state.", ["state"])
OBSERVATIONS = Counter("flightsite_observations_written_total", "New observations stored.")
FLIGHTS = Counter("flightsite_flights_written_total", "Flights stored, by what became of them.", ["what"])
BATCH_SECONDS = Histogram("flightsite_consumer_batch_seconds", "Seconds to write and commit a batch.")
QUERYABLE = Histogram(
    "flightsite_published_to_queryable_seconds",
    "Seconds from an observation's publishing to the acknowledgement of its write.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
)


def count_applied(applied: Applied) -> None:
    OBSERVATIONS.inc(applied.new_observations)
    FLIGHTS.labels("new").inc(applied.new_flights)
    FLIGHTS.labels("updated").inc(applied.updated_flights)


def time_to_query(published: Iterable[float | None], now: float) -> None:
    """Count how long ago messages were published whose write is acknowledged now; clocks may differ a little."""
    for instant in published:
        if instant is not None:
            QUERYABLE.observe(max(0.0, now - instant))
