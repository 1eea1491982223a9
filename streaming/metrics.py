"""What the consumer counts since it started; the state of the stores is not kept here."""

from prometheus_client import Counter, Histogram

from flights.services import Applied

MESSAGES = Counter("flightsite_consumer_messages_total", "Messages written and committed.")
REFUSED = Counter("flightsite_dead_letters_kept_total", "Rows and messages put to the dead letters.", ["reason"])
CLOSED = Counter("flightsite_slots_closed_total", "Slots closed, by state.", ["state"])
OBSERVATIONS = Counter("flightsite_observations_written_total", "New observations stored.")
FLIGHTS = Counter("flightsite_flights_written_total", "Flights stored, by what became of them.", ["what"])
BATCH_SECONDS = Histogram("flightsite_consumer_batch_seconds", "Seconds to write and commit a batch.")


def count_applied(applied: Applied) -> None:
    OBSERVATIONS.inc(applied.new_observations)
    FLIGHTS.labels("new").inc(applied.new_flights)
    FLIGHTS.labels("updated").inc(applied.updated_flights)
