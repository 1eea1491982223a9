"""A slot collected as the default plan says, from the upstream to the answers: real broker and store."""

import pytest

from flights import store
from flights.documents import slot_bounds
from flights.times import utc_now
from flightsite.collection import DEFAULT, plan_of
from ingestion import audit, services
from ingestion.models import Step
from tests.conftest import SLOT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics")]


def test_a_slot_asks_by_status_and_samples_what_it_can_not_read_whole(upstream, settings, consume):
    settings.COLLECTION_PLAN = plan_of(DEFAULT)
    settings.QUOTA = {**settings.QUOTA, "slot_max_pages": 12}
    run, _ = services.open_run(SLOT, "test", utc_now())
    for step in Step:
        services.perform_step(run.pk, step)
    slot = consume(0)
    asked = slot["completeness"]["queries"]
    statuses = [query["params"]["flight_status"] for query in asked]
    assert statuses == ["active", "landed", "cancelled", "diverted"]
    assert sum(query["pages_fetched"] for query in asked) == slot["completeness"]["pages_fetched"] == 12
    active, landed = asked[:2]
    assert active["pages_fetched"] > landed["pages_fetched"] >= 1
    assert active["sampling"] == "systematic sample of pages"
    stored = store.find_range(store.OBSERVATIONS, slot_bounds(SLOT))
    assert {each["status"] for each in stored} <= set(statuses)
    assert sum(each["status"] == "active" for each in stored) > len(stored) / 2
    assert (slot["state"], slot["counts"]["stored"]) == ("complete", len(stored))
    assert audit.audit_run(run).findings == []
    answer = next(iter(store.find_by(store.INDICATORS, {"slot": SLOT})))
    assert answer["completeness"]["queries"] == asked


def test_an_allowance_of_one_page_a_slot_asks_for_what_is_in_the_air(upstream, settings, consume):
    settings.COLLECTION_PLAN = plan_of(DEFAULT)
    settings.QUOTA = {**settings.QUOTA, "slot_max_pages": 1}
    run, _ = services.open_run(SLOT, "test", utc_now())
    for step in Step:
        services.perform_step(run.pk, step)
    asked = consume(0)["completeness"]["queries"]
    assert [query["pages_fetched"] for query in asked] == [1, 0, 0, 0]
