"""The admin's pages about flights, observations and slots, on a MongoDB server."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flights import services, store
from flights.records import SlotState, SlotSummary
from tests.factories import COLLECTED, a_marketing_row, a_row, records_from

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

LYON = "2026-11-24T0615-LYS-CDG-AF7641"
NICE = "2026-11-24T0815-NCE-ORY-U24510"
EARLIER = "2026-11-23T0615-LYS-CDG-AF7641"
SLOT = "2026-11-24T04Z"
FLIGHTS = "/admin/flights/flight/"
OBSERVATIONS = "/admin/flights/observation/"
SLOTS = "/admin/flights/slot/"


def nice_row():
    return a_row(
        departure__iata="NCE",
        departure__scheduled="2026-11-24T08:15:00+00:00",
        arrival__iata="ORY",
        airline={"name": "easyJet", "iata": "U2", "icao": "EZY"},
        flight={"number": "4510", "iata": "U24510", "icao": "EZY4510", "codeshared": None},
        flight_status="cancelled",
        aircraft={"registration": "G-EZAA", "iata": "A320", "icao": "A320", "icao24": "400001"},
    )


def a_summary(**changes):
    values = dict.fromkeys(("pages_planned", "pages_fetched", "requests"), 1)
    values |= dict.fromkeys(("rows_merged", "rows_rejected", "repeated"), 0)
    values |= {"slot": SLOT, "run": f"{SLOT}.1", "collected_at": COLLECTED, "sampling": "all pages"}
    values |= {"rows_received": 3, "rows_announced": 4, "published": 3}
    return SlotSummary(**{**values, **changes})


@pytest.fixture
def known(documents):
    """Two flights of the newest day, one of the day before, and their closed slot."""
    earlier = a_row(flight_date="2026-11-23", departure__scheduled="2026-11-23T06:15:00+00:00")
    services.apply_records(records_from([a_row(), a_marketing_row("DL", "8612"), nice_row(), earlier]))
    services.end_partition(a_summary(), 0, 1, datetime(2026, 11, 24, 4, 1, tzinfo=UTC))


def listed(client, url, **query):
    """The ids that a list shows, in its order."""
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    return [row.pk for row in answer.context["cl"].result_list]


def test_flights_are_those_of_the_newest_slots_day_latest_departure_first(admin_client, known):
    assert listed(admin_client, FLIGHTS) == [NICE, LYON]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"day": "2026-11-23"}, [EARLIER]),
        ({"day": "any"}, [NICE, LYON]),
        ({"day": "nonsense"}, [NICE, LYON]),
        ({"status__exact": "cancelled"}, [NICE]),
        ({"airline": "dl"}, [LYON]),
        ({"from": "lys"}, [LYON]),
        ({"to": "ORY"}, [NICE]),
        ({"last_slot": SLOT}, [NICE, LYON]),
        ({"last_slot": "2026-11-24T02Z"}, []),
        ({"airline": "AF", "from": "LYS", "to": "CDG", "status__exact": "active"}, [LYON]),
    ],
)
def test_a_filter_leaves_what_it_says(admin_client, known, query, shown):
    assert listed(admin_client, FLIGHTS, **query) == shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "AF7641"}, [LYON]),
        ({"q": "dl8612"}, [LYON]),
        ({"q": "AFR7641", "day": "any"}, [LYON, EARLIER]),
        ({"q": "G-EZAA"}, [NICE]),
        ({"q": "2026-11-23"}, [EARLIER]),
        ({"q": LYON.lower()}, [LYON]),
        ({"q": "2026-11-24T08"}, [NICE]),
        ({"q": "nothing like it"}, []),
    ],
)
def test_a_search_finds_by_number_registration_or_id(admin_client, known, query, shown):
    assert listed(admin_client, FLIGHTS, **query) == shown


def test_a_list_says_which_day_it_is_about(admin_client, known):
    assert "Flights that depart on 2026-11-24" in admin_client.get(FLIGHTS).content.decode()


def test_the_day_is_one_that_the_newest_slot_saw(admin_client, documents):
    old = a_row(flight_date="2026-11-20", departure__scheduled="2026-11-20T06:15:00+00:00")
    services.apply_records(records_from([old]))
    services.end_partition(a_summary(published=1), 0, 1, datetime(2026, 11, 24, 4, 1, tzinfo=UTC))
    assert listed(admin_client, FLIGHTS) == ["2026-11-20T0615-LYS-CDG-AF7641"]


def test_while_the_newest_slot_is_open_the_day_is_its_own(admin_client, documents):
    services.open_slot(SLOT, f"{SLOT}.1", COLLECTED)
    assert "Flights that depart on 2026-11-24" in admin_client.get(FLIGHTS).content.decode()


def test_a_list_without_any_slot_is_about_today(admin_client, documents):
    assert listed(admin_client, FLIGHTS) == []


@pytest.mark.parametrize("url", [FLIGHTS, OBSERVATIONS, SLOTS])
def test_nothing_is_counted_and_every_read_of_flights_is_bounded(admin_client, known, url):
    with CaptureQueriesContext(connections["mongodb"]) as captured:
        admin_client.get(url)
    asked = [query["sql"] for query in captured]
    assert [sql for sql in asked if "count" in sql.lower() or "$group" in sql] == []
    assert all("$match" in sql for sql in asked if "db.flights." in sql or "db.observations." in sql)
    assert all("$limit" in sql for sql in asked)


def test_observations_are_those_of_the_newest_closed_slot(admin_client, known):
    assert listed(admin_client, OBSERVATIONS) == [f"{SLOT}|{each}" for each in (NICE, LYON, EARLIER)]


@pytest.mark.parametrize(
    ("query", "count"),
    [({"of_slot": SLOT}, 3), ({"of_slot": "2026-11-24T02Z"}, 0), ({"q": "AF7641"}, 2), ({"q": "2026-11-24"}, 2)],
)
def test_observations_are_filtered_within_their_slot(admin_client, known, query, count):
    assert len(listed(admin_client, OBSERVATIONS, **query)) == count


def test_a_flights_page_shows_its_parts_times_and_history(admin_client, known):
    page = admin_client.get(reverse("admin:flights_flight_change", args=[NICE])).content.decode()
    for text in ("easyJet", "G-EZAA", "400001", "2026-11-24 08:15", "2026-11-24 07:15:00Z", "ok", f"/slot/{SLOT}/"):
        assert text in page


def test_a_live_position_is_shown_with_its_instant(admin_client, documents):
    live = {"updated": "2026-11-24T05:01:02+00:00", "latitude": 45.72, "longitude": 5.08, "is_ground": False}
    services.apply_records(records_from([a_row(live=live)]))
    page = admin_client.get(reverse("admin:flights_flight_change", args=[LYON])).content.decode()
    assert "2026-11-24 05:01:02Z" in page
    assert "45.72" in page


def test_a_time_that_is_not_sure_is_marked(admin_client, documents):
    row = a_row(departure__timezone=None, departure__iata="ZZZ", departure__icao=None)
    services.apply_records(records_from([row]))
    page = admin_client.get(FLIGHTS, {"day": "2026-11-24"}).content.decode()
    assert "06:15 (no instant) ?" in page


def test_an_observations_page_shows_what_the_slot_said(admin_client, known):
    answer = admin_client.get(reverse("admin:flights_observation_change", args=[f"{SLOT}|{LYON}"]))
    assert "DL8612" in answer.content.decode()


def test_a_flight_that_is_not_there_leads_back_to_the_start(admin_client, known):
    assert admin_client.get(reverse("admin:flights_flight_change", args=["2026-01-01T0000-A-B-C1"])).status_code == 302


def test_a_document_of_a_later_version_is_shown(admin_client, known):
    store.upsert(store.FLIGHTS, LYON, {"weather": {"at": COLLECTED}, "departure.stand": "K7"})
    assert admin_client.get(reverse("admin:flights_flight_change", args=[LYON])).status_code == 200


def test_hostile_text_of_the_upstream_is_escaped(admin_client, documents):
    services.apply_records(records_from([a_row(departure__airport="<script>alert(1)</script>")]))
    page = admin_client.get(reverse("admin:flights_flight_change", args=[LYON])).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_slots_are_listed_newest_first_with_their_grades(admin_client, known):
    services.fail_slot("2026-11-24T06Z", "-", SlotState.MISSED, "nothing ran", COLLECTED)
    assert listed(admin_client, SLOTS) == ["2026-11-24T06Z", SLOT]
    page = admin_client.get(SLOTS).content.decode()
    assert "nothing ran" in page
    assert "75.0%" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"state__exact": "complete"}, [SLOT]),
        ({"state__exact": "failed"}, []),
        ({"q": "2026-11"}, [SLOT]),
        ({"q": "2025"}, []),
    ],
)
def test_slots_are_filtered_by_state_and_searched_by_beginning(admin_client, known, query, shown):
    assert listed(admin_client, SLOTS, **query) == shown


def test_a_slots_page_links_to_its_run_and_its_flights(admin_client, known):
    page = admin_client.get(reverse("admin:flights_slot_change", args=[SLOT])).content.decode()
    assert f"/admin/ingestion/run/?q={SLOT}" in page
    assert f"{OBSERVATIONS}?of_slot={SLOT}" in page
    assert "all pages" in page


def test_a_slots_page_says_that_its_observations_were_removed(admin_client, known):
    store.upsert(store.SLOTS, SLOT, {"observations_removed_at": datetime(2026, 12, 24, tzinfo=UTC)})
    page = admin_client.get(reverse("admin:flights_slot_change", args=[SLOT])).content.decode()
    assert "observations removed 2026-12-24" in page
    assert f"{OBSERVATIONS}?of_slot={SLOT}" not in page


@pytest.mark.parametrize("action", ["add/", f"{LYON}/delete/"])
def test_documents_are_never_added_or_deleted_here(admin_client, known, action):
    assert admin_client.get(FLIGHTS + action).status_code == 403


def test_a_post_to_a_document_is_refused(admin_client, known):
    assert (
        admin_client.post(reverse("admin:flights_flight_change", args=[LYON]), {"status": "landed"}).status_code == 403
    )


def test_staff_without_the_permission_see_no_flights(client, known):
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert client.get(FLIGHTS).status_code == 403


@pytest.mark.parametrize("url", [FLIGHTS, SLOTS, f"{FLIGHTS}{LYON}/change/"])
def test_a_store_that_is_down_is_said_so(admin_client, known, store_down, url):
    answer = admin_client.get(url)
    assert answer.status_code == 503
    assert "MongoDB does not answer" in answer.content.decode()


@pytest.fixture
def store_down(monkeypatch):
    """The ORM's connection leads to a port where nobody listens."""
    from pymongo import MongoClient  # noqa: PLC0415

    nobody = MongoClient("mongodb://127.0.0.1:9/x?directConnection=true", serverSelectionTimeoutMS=50)
    connection = connections["mongodb"]
    monkeypatch.setattr(connection, "database", nobody[connection.settings_dict["NAME"]])
    yield
    nobody.close()


@pytest.mark.parametrize("page", ["auth_user_changelist", "auth_user_add", "auth_group_add", "index"])
def test_the_pages_of_access_answer(admin_client, db, page):
    assert admin_client.get(reverse(f"admin:{page}")).status_code == 200
