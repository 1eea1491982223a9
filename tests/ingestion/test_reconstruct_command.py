"""`manage.py reconstruct`, and what the admin says of a slot that it made."""

import pytest
from django.core.management import CommandError

import flights.services
from flights import store
from flights.documents import slot_bounds
from flights.times import utc_now
from ingestion import services
from ingestion.models import Run, RunState
from tests.ingestion.commanding import a_consumer, call
from tests.ingestion.past_days import AFTER, BEFORE, DAY, IN_THE_AIR, LANDED, NOBODY_KNOWS, SLOT, fetched_day, name_of

pytestmark = [
    pytest.mark.django_db(databases=["default", "mongodb"]),
    pytest.mark.usefixtures("documents", "topics"),
]

NEXT = f"{AFTER}T06Z"
DATES = ("--from", DAY, "--to", AFTER)


@pytest.fixture(autouse=True)
def one_slot(settings):
    settings.INGEST_SCHEDULE = "0 6 * * *"


@pytest.fixture
def fetched():
    return fetched_day(DAY, [IN_THE_AIR, LANDED, NOBODY_KNOWS])


def test_a_dry_run_says_which_slots_from_which_days_and_why_others_not(fetched):
    out, _ = call("reconstruct", *DATES, "--dry-run")
    assert out.splitlines() == [
        f"{SLOT}: to be reconstructed: from {DAY}; {BEFORE} was not fetched",
        f"{NEXT}: not reconstructed: {AFTER} was not fetched",
        "2 slots: 1 to be reconstructed, 1 not reconstructed",
    ]
    assert list(Run.objects.all()) == [fetched]


def test_it_reconstructs_waits_until_it_is_stored_and_does_nothing_the_second_time(fetched):
    with a_consumer():
        _, err = call("reconstruct", *DATES)
    assert f"{SLOT}: done" in err
    assert [each["flight_id"] for each in store.find_range(store.OBSERVATIONS, slot_bounds(SLOT))] == [name_of(1)]
    out, err = call("reconstruct", *DATES)
    assert (f"{SLOT}: reconstructed: made of {DAY}" in out, err) == (True, "")
    assert call("audit", "--slot", SLOT)[0].endswith("1 slots, all add up\n")


def test_it_tries_a_reconstruction_that_failed_again(fetched):
    call("reconstruct", *DATES, "--dry-run")
    with pytest.raises(CommandError, match=f"{SLOT}: published, but not stored: is a consumer running"):
        call("reconstruct", *DATES, "--wait-seconds", "0.3")
    run = Run.objects.get(slot=SLOT)
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, error="BrokerUnavailable: no broker")
    with a_consumer():
        out, err = call("reconstruct", *DATES)
    assert f"{SLOT}: to be tried again: it failed: BrokerUnavailable: no broker" in out
    assert f"{SLOT}: done" in err


def test_a_collected_slot_is_named_and_left_alone(fetched):
    run = services.open_run(SLOT, "schedule", utc_now())[0]
    Run.objects.filter(pk=run.pk).update(state=RunState.PUBLISHED)
    out, _ = call("reconstruct", *DATES)
    assert f"{SLOT}: not reconstructed: it was collected by run {run.pk}" in out


@pytest.mark.parametrize("dates", [("--from", AFTER, "--to", DAY), ("--from", DAY, "--to", "2036-01-01")])
def test_dates_that_make_no_range_of_a_year_are_refused(dates):
    with pytest.raises(CommandError, match="or up to a year after it"):
        call("reconstruct", *dates)


def test_a_broker_that_is_down_is_told_and_the_slot_is_tried_again(fetched, down):
    down("kafka")
    with pytest.raises(CommandError, match="BrokerUnavailable"):
        call("reconstruct", *DATES, "--wait-seconds", "0.3")
    assert Run.objects.get(slot=SLOT).state == RunState.OPEN


def test_a_store_that_is_down_is_told_not_raised(down):
    down("mongodb")
    with pytest.raises(CommandError, match="MongoDB does not answer"):
        call("reconstruct", *DATES)


def test_the_admins_page_of_the_slot_says_how_it_was_made(fetched, admin_client):
    flights.services.miss_slot(SLOT, "the worker was down", utc_now())
    with a_consumer():
        call("reconstruct", *DATES)
    page = admin_client.get(f"/admin/flights/slot/{SLOT}/change/").content.decode()
    assert "Reconstructed, not collected" in page
    assert "missed: the worker was down" in page
    assert f"flights that departed on {BEFORE} are missing" in page
    observation = admin_client.get(f"/admin/flights/observation/{SLOT}%7C{name_of(1)}/change/").content.decode()
    assert "active, inferred from its times; told: landed" in observation
    run = Run.objects.get(slot=SLOT)
    assert (
        f"{DAY}.{Run.objects.get(slot=DAY).pk}"
        in admin_client.get(f"/admin/ingestion/run/{run.pk}/change/").content.decode()
    )
    assert "reconstructed: " in admin_client.get("/admin/flights/slot/").content.decode()


def test_the_admins_page_of_a_day_has_no_such_section(fetched, consume, admin_client):
    consume(0, DAY)
    page = admin_client.get(f"/admin/flights/slot/{DAY}/change/").content.decode()
    assert "Reconstructed, not collected" not in page
