"""`sync_reference` against the stand-in: the cost is told first, nothing is bought twice, a version comes of it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from msgspec.structs import replace

from flights import store
from flights.records import Aircraft
from flights.reference import packaged, versions
from flights.times import utc_now
from ingestion import archive, ledger, reference_sync
from ingestion.client import client_from_settings
from ingestion.errors import ArchiveUnavailable
from ingestion.models import UpstreamRequest
from ingestion.simulator.reference import reference_rows
from tests.references import own_versions

__all__ = ["own_versions"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_versions", "upstream")]
REAL = packaged.packaged_tables()
FLOWN = {row["iata_code_long"] for row in reference_rows("airplanes")}


@pytest.fixture
def small_release(monkeypatch):
    """A release whose large tables are cut down, so that a version is written in no time."""
    flown = tuple(each for each in REAL.aircraft_types if each.code in FLOWN)
    small = replace(REAL, airports=REAL.airports[:50], airlines=REAL.airlines[:50], aircraft_types=flown)
    monkeypatch.setattr(packaged, "packaged_tables", lambda: small)
    return small


def call(*words):
    out, err = StringIO(), StringIO()
    call_command("sync_reference", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def bought():
    return list(UpstreamRequest.objects.order_by("pk").values_list("page", flat=True))


def newest():
    return store.find_one(store.REFERENCE_VERSIONS, versions.current_version())


def test_all_five_tables_make_a_version_whose_airframes_have_types(small_release):
    out, _ = call("--yes")
    row = reference_rows("airplanes")[7]
    known = versions.current(utc_now())
    assert out.startswith(f"version: synced-{utc_now():%Y-%m-%d}.01-")
    assert known.aircraft(Aircraft(icao24=row["icao_code_hex"])).code == row["iata_code_long"]
    told = {row["icao_code"] for row in reference_rows("airports")}
    assert known.sizes["airports"] == len(told | {each.icao for each in small_release.airports})
    assert len(bought()) == 2 + 1 + 11 + 1 + 34


def test_a_version_names_its_parent_and_notes_what_became_of_the_rows(small_release):
    call("--yes", "--only", "airlines,countries")
    version = newest()
    assert (version["source"], version["notes"]["rows"]) == ("synced", {"countries": 199, "airlines": 93})
    assert store.find_one(store.REFERENCE_VERSIONS, version["parent"])["source"] == "packaged"
    assert version["notes"]["added"]["airlines"] == version["counts"]["airlines"] - 50


def test_the_cost_is_told_before_anything_is_spent(small_release):
    err = StringIO()
    with pytest.raises(CommandError, match="--yes"):
        call_command("sync_reference", stderr=err)
    assert "airplanes: 191 requests expected" in err.getvalue()
    may = ledger.month_plan(utc_now()).for_backfill
    assert f"397 requests in all; {may} may be spent on it now" in err.getvalue()
    assert bought() == []


def test_what_may_cost_more_than_is_left_is_refused(small_release, settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 100}
    with pytest.raises(CommandError, match="--max-requests"):
        call("--yes")
    assert bought() == []


def test_requests_count_towards_the_months_allowance(small_release):
    call("--yes", "--only", "countries")
    assert bought() == ["countries/00000", "countries/00001"]
    assert ledger.spending(utc_now()).used == 2


def test_a_sync_that_was_stopped_goes_on_and_buys_nothing_twice(small_release):
    first = call("--yes", "--only", "airports", "--max-requests", "4")
    assert "7 pages are missing yet" in first[1]
    assert versions.current_version() is None or newest()["source"] == "packaged"
    call("--yes", "--only", "airports")
    assert bought() == [f"airports/{number:05d}" for number in range(11)]
    assert newest()["notes"]["rows"] == {"airports": 1064}


def test_a_page_that_was_kept_but_not_read_is_read_and_not_bought_again(small_release):
    call("--yes", "--only", "airports", "--max-requests", "4")
    store.collection(store.PAGES).update_one({"page": "00002"}, {"$set": {"status": archive.RECEIVED, "rows": None}})
    call("--yes", "--only", "airports")
    assert len(bought()) == 11


def test_a_page_that_the_store_did_not_take_is_spooled_and_not_bought_again(small_release, down, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    uri = settings.MONGODB_URI
    sync = reference_sync.open_sync(utc_now())
    endpoint = reference_sync.Endpoint("countries", sync, {})
    with client_from_settings() as client:
        down("mongodb")
        with pytest.raises(ArchiveUnavailable):
            reference_sync._buy(endpoint, 0, client, reference_sync.Budget(None))
    store.close()
    settings.MONGODB_URI = uri
    assert [each.pages.keys() for each in reference_sync.endpoints_of(sync, ["countries"])] == [{0}]


def test_pages_of_a_complete_sync_are_not_used_for_the_next(small_release):
    call("--yes", "--only", "countries")
    call("--yes", "--only", "countries")
    assert bought() == ["countries/00000", "countries/00001"] * 2
    assert newest()["notes"]["sync"] == f"{utc_now():%Y-%m-%d}.02"


def test_an_endpoint_that_the_plan_does_not_include_is_left_out(small_release, upstream):
    upstream.simulator.control({"next": ["403"]})
    _, err = call("--yes", "--only", "countries,aircraft_types")
    assert "countries: left out, HTTP 403" in err
    assert newest()["notes"]["refused"] == ["countries"]


def test_a_plan_without_any_of_the_endpoints_makes_no_version(small_release, upstream):
    before = versions.current_version()
    upstream.simulator.control({"next": ["403"]})
    with pytest.raises(CommandError, match="none of these endpoints"):
        call("--yes", "--only", "countries")
    assert versions.current_version() == before


def test_a_refused_key_ends_it_at_once_and_says_what_to_do(small_release, settings):
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "access_key": "0" * 32}
    with pytest.raises(CommandError, match="AVIATIONSTACK_ACCESS_KEY"):
        call("--yes")
    assert bought() == ["countries/00000"]


def test_an_allowance_that_ends_in_between_is_noticed_before_a_request_is_sent(small_release, upstream):
    upstream.simulator.control({"quota_remaining": 1})
    with pytest.raises(CommandError, match="what was fetched is kept"):
        call("--yes", "--only", "countries")
    assert bought() == ["countries/00000"]


def test_a_page_that_fails_is_tried_again(small_release, upstream):
    upstream.simulator.control({"next": ["500", "html-200"]})
    call("--yes", "--only", "countries")
    assert bought() == ["countries/00000"] * 3 + ["countries/00001"]


def test_little_more_than_the_forecast_is_spent(small_release, monkeypatch):
    monkeypatch.setitem(reference_sync.FORECAST, "airports", 400)
    _, err = call("--yes", "--only", "airports")
    assert len(bought()) == 4 + 1 + 5
    assert "1 pages are missing yet" in err


def test_a_new_release_gets_what_was_fetched_before_at_no_cost(small_release, monkeypatch):
    call("--yes", "--only", "airplanes")
    newer = replace(small_release, airlines=small_release.airlines[:40])
    monkeypatch.setattr(packaged, "packaged_tables", lambda: newer)
    versions.keep_packaged(newer, utc_now())
    spent = len(bought())
    call("--again")
    assert (newest()["counts"]["airlines"], newest()["counts"]["airframes"]) == (40, 3370)
    assert len(bought()) == spent


def test_again_needs_a_complete_sync(small_release):
    with pytest.raises(CommandError, match="no sync is complete"):
        call("--again")


def test_again_needs_the_pages_of_that_sync(small_release):
    call("--yes", "--only", "countries")
    store.collection(store.PAGES).delete_many({})
    with pytest.raises(CommandError, match="are gone from the archive"):
        call("--again")


@pytest.mark.parametrize("fault", ["odd-rows", "wrong-shape-row", "pagination-null", "duplicate-rows"])
def test_odd_rows_spoil_no_others(small_release, upstream, fault):
    upstream.simulator.control({"next": [fault]})
    call("--yes", "--only", "airports")
    assert newest()["counts"]["airports"] > 1000


def test_a_person_is_asked_and_may_agree(small_release, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: "y")
    call("--only", "countries")
    assert newest()["notes"]["rows"] == {"countries": 199}


def test_no_request_is_none_to_spend(small_release):
    with pytest.raises(CommandError, match="at least 1"):
        call("--max-requests", "0")


def test_an_unknown_endpoint_is_refused(small_release):
    with pytest.raises(CommandError, match="--only"):
        call("--only", "airports,moons")


def test_a_version_made_later_changes_no_earlier_one(small_release):
    versions.keep_packaged(small_release, utc_now())
    earlier = versions.current_version()
    before = versions.tables_of(earlier)
    call("--yes", "--only", "airlines")
    assert versions.tables_of(earlier) == before
    assert versions.current_version() != earlier


def prepared():
    err = StringIO()
    call_command("prepare", stdout=StringIO(), stderr=err)
    return err.getvalue()


@pytest.mark.usefixtures("topics")
def test_prepare_loads_the_packaged_tables_and_says_when_they_are_newer_than_synced_ones(small_release, monkeypatch):
    assert "sync_reference --again" not in prepared()
    call("--yes", "--only", "countries")
    assert "sync_reference --again" not in prepared()
    newer = replace(small_release, airlines=small_release.airlines[:40])
    monkeypatch.setattr(packaged, "packaged_tables", lambda: newer)
    assert "sync_reference --again" in prepared()
    assert newest()["counts"]["airlines"] == 40


def test_the_admin_lists_requests_for_reference_data(small_release, admin_client):
    call("--yes", "--only", "countries")
    answer = admin_client.get("/admin/ingestion/upstreamrequest/")
    assert b"countries/00001" in answer.content
    entry = UpstreamRequest.objects.get(page="countries/00001")
    assert admin_client.get(f"/admin/ingestion/upstreamrequest/{entry.pk}/change/").status_code == 200
