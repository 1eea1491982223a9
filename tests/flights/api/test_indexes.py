"""Every question reads a bounded part of the store: explained by the engine that answers it.

The embedded engine explains a range of `_id` as a scan, though MongoDB always has that index; so a question passes
by an index in its plan, or by ids that bound it: a day, a slot, or ids by name.
"""

from datetime import timedelta
from itertools import takewhile
from urllib.parse import unquote

import pytest

from flights import changes, store
from flights.api import resolving
from flights.api.flight_filters import CONDITIONS
from flights.times import utc_now
from tests.factories import a_row
from tests.flights.api.stored import SLOT, store_rows

FLIGHTS = "/api/v1/flights"
LYS_CDG = "2026-11-24T0615-LYS-CDG-AF7641"
DAYS = "flight_date_from=2026-11-23&flight_date_to=2026-11-24"
FITTING = {
    "status": "active,landed",
    "airline": "AF",
    "operating_airline": "Air%20France",
    "marketing_airline": "DL",
    "airport": "LYS",
    "dep": "LFLL",
    "arr": "CDG",
    "route": "LYS-CDG",
    "aircraft": "A320",
    "flight_number": "AF7641",
    "departure_delay_over": "5",
    "arrival_delay_over": "5",
}
WHERE = [
    DAYS,
    f"slot={SLOT}",
    "flight_date=2026-11-24&as_of=2026-11-24T05:00:00Z",
    f"slot={SLOT}&count=exact",
    f"{DAYS}&count=exact",
    f"{DAYS}&count=estimate",
]
OTHERS = [
    FLIGHTS,
    f"{FLIGHTS}/{LYS_CDG}",
    f"{FLIGHTS}/{LYS_CDG}?as_of=2026-11-24T05:00:00Z",
    f"{FLIGHTS}/{LYS_CDG}/history",
    f"{FLIGHTS}/{LYS_CDG}/history?as_of=2026-11-24T05:00:00Z",
    f"{FLIGHTS}?slot={SLOT}&flight_number=XX1",
    f"{FLIGHTS}?flight_date=2026-11-24&flight_number=XX1",
    "/api/v1/slots/2026-11-24/04/indicators",
    "/api/v1/indicators/movements?from=2026-11-24&to=2026-11-24",
    "/api/v1/delays?from=2026-11-24&dep=LYS",
]
# What too many flights have in common for an index to help: read within the dates or the slot that bound every list.
UNSELECTIVE = {"status", "departure_delay_over", "arrival_delay_over"}
BOUNDED = len("2026-11-24")


def is_bounded(condition):
    """Ids by name, or a range of ids that all begin with one date."""
    if not isinstance(condition, dict):
        return condition is not None
    if "$in" in condition:
        return True
    ends = zip(condition.get("$gt", ""), condition.get("$lt", ""), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], ends))) >= BOUNDED


def uses_index(name, condition, sort):
    plan = store.collection(name).find(condition).sort(list(sort.items()) or [("_id", 1)]).explain()
    stages = str(plan["queryPlanner"]["winningPlan"])
    return ("IXSCAN" in stages or "IDHACK" in stages) and "COLLSCAN" not in stages


def full_scans(questions):
    """Of flights, observations, changes and answers; slots are a dozen a day, and read by at most 92 days."""
    large = {store.FLIGHTS, store.OBSERVATIONS, store.CHANGES, store.INDICATORS}
    read = [each for each in questions if each[0] in large]
    assert read, "no question was noted"
    bounded = [each for each in read if is_bounded(each[1].get("_id"))]
    return [each for each in read if each not in bounded and not uses_index(*each)]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", FITTING)
def test_a_filter_reads_a_bounded_part(api, asked, where, name):
    assert api.get(f"{FLIGHTS}?{where}&{name}={FITTING[name]}").status_code == 200
    assert full_scans(asked) == []


@pytest.mark.parametrize("name", FITTING)
def test_changes_read_a_bounded_part(api, asked, monkeypatch, name):
    monkeypatch.setattr(changes, "LAG", timedelta(0))
    yesterday = f"{store.clock() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    assert api.get(f"{FLIGHTS}?changed_since={yesterday}&{name}={FITTING[name]}").status_code == 200
    assert full_scans(asked) == []


@pytest.mark.parametrize("url", OTHERS)
def test_every_other_question_reads_a_bounded_part(api, asked, url):
    assert api.get(url).status_code == 200
    assert full_scans(asked) == []


def test_a_full_scan_would_be_found(api, asked):
    store.find_by(store.FLIGHTS, {"status": "active"})
    store.find_range(store.FLIGHTS, ("0", "9"), {"status": "active"})
    assert len(full_scans(asked)) == 2


def test_every_filter_is_tried():
    assert set(FITTING) == {parameter.name for parameter in CONDITIONS}


@pytest.mark.parametrize("name", sorted(set(FITTING) - UNSELECTIVE))
def test_every_selective_filter_has_an_index(api, name):
    store_rows(a_row())
    value = {each.name: each for each in CONDITIONS}[name].read(unquote(FITTING[name]))
    conditions = resolving.selection({name: value}, utc_now()).conditions
    assert {keys[0][0] for keys in store.INDEXES[store.FLIGHTS]} & set(conditions)
