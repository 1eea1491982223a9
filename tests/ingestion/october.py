"""A month that is over: two slots, a fetched day and a slot that was missed; flights of it, and answers."""

from datetime import UTC, datetime, timedelta

from flights import answering, services, store
from flights.exports.archives import parse_month
from tests.factories import a_row
from tests.flights.api.stored import NOW as CLOSED
from tests.flights.api.stored import close_slot, rows_of, store_rows

OCTOBER = parse_month("2026-10")
FIRST, SECOND, DAY, MISSED = "2026-10-20T04Z", "2026-10-20T06Z", "2026-10-19", "2026-10-20T08Z"
SLOTS = [DAY, FIRST, SECOND]
NOW = CLOSED + timedelta(days=40)  # long after all were closed
TABLES = (store.SLOTS, store.OBSERVATIONS, store.FLIGHTS, store.INDICATORS)


def october(rows=3):
    """Store all of it."""
    collect(DAY, rows_of(rows, day="2026-10-19"), backfill=True)
    collect(FIRST, rows_of(rows, day="2026-10-20"))
    live = {"updated": "2026-10-20T05:59:00+00:00", "latitude": 48.5, "longitude": 2, "altitude": 9753.6}
    collect(
        SECOND, [*rows_of(rows, day="2026-10-20"), a_row(departure__scheduled="2026-10-20T09:15:00+00:00", live=live)]
    )
    services.miss_slot(MISSED, "nothing ran", CLOSED)


def collect(slot, rows, **changes):
    hour = int(slot[11:13] or 12)
    at = datetime(2026, 10, int(slot[8:10]), hour, 0, 3, tzinfo=UTC)
    store_rows(*rows, slot=slot, run=f"{slot}.1", collected_at=at, observed_at=at + timedelta(seconds=6))
    close_slot(slot, **{"collected_at": at, "published": len(rows), "rows_received": len(rows), **changes})
    answering.answer_slot(slot, CLOSED)


def documents(name=store.OBSERVATIONS):
    return store.find_by(name, {})


def everything():
    return {name: documents(name) for name in TABLES}


def slot_of(key=FIRST):
    return store.find_one(store.SLOTS, key)
