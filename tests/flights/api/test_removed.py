"""What the API says of slots whose observations were removed: never that there was nothing."""

import pytest

from flights import services, store
from tests.flights.api.stored import NOW
from tests.ingestion.october import FIRST, SECOND, october

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

HERE = "/api/v1/slots/2026-10-20/04"
FLIGHT = "2026-10-20T0000-LYS-CDG-AF0"
INDICATOR = "airline_most_active"


@pytest.fixture
def removed(api):
    """A slot without its observations; the one after it has them."""
    october()
    services.note_observations_removed(FIRST, NOW)
    services.remove_observations(FIRST)
    return api


@pytest.mark.parametrize(
    "address",
    [
        f"{HERE}/flights",
        f"/api/v1/flights?slot={FIRST}",
        f"{HERE}/flights.csv",
        f"{HERE}/flights.manifest.json",
        f"{HERE}/r0.s1/flights.parquet",
        f"/api/v1/flights.ndjson?slot={FIRST}",
        f"{HERE}/indicators/{INDICATOR}/evidence",
        f"/api/v1/slots/compare?a={FIRST}&b={SECOND}",
        f"/api/v1/slots/compare?a={SECOND}&b={FIRST}",
    ],
)
def test_what_stands_on_them_is_gone_and_the_problem_says_since_when(removed, address):
    answer = removed.get(address)
    assert answer.status_code == 410, answer.content
    problem = answer.json()
    assert problem["detail"] == f"The observations of slot {FIRST} were removed on 2026-11-24."
    assert f"{HERE}/indicators" in problem["hint"]


@pytest.mark.parametrize(
    "address",
    [
        f"/api/v1/flights/{FLIGHT}?as_of=2026-10-20T05:00:00Z",
        "/api/v1/flights?flight_date=2026-10-22&as_of=2026-10-23T00:00:00Z",
    ],
)
def test_what_was_known_then_can_not_be_told(removed, address):
    answer = removed.get(address)
    assert answer.status_code == 410, answer.content
    assert f"observations of slot {FIRST} were removed (last on 2026-11-24)" in answer.json()["detail"]


@pytest.mark.parametrize(
    "address",
    [
        f"/api/v1/flights/{FLIGHT}",
        "/api/v1/flights?flight_date=2026-10-20",
        f"{HERE}/indicators",
        "/api/v1/slots/2026-10-20/06/flights",
        "/api/v1/flights?flight_date=2026-10-19&as_of=2026-10-19T13:00:00Z",
        "/api/v1/days/2026-10-20/flights.csv",
    ],
)
def test_the_rest_is_answered_as_before(removed, address):
    answer = removed.get(address)
    answer.close()
    assert answer.status_code == 200


def test_the_slot_says_it(removed):
    told = removed.get(HERE).json()["data"]
    assert (told["observations_removed_at"], told["counts"]["stored"]) == ("2026-11-24T04:01:00Z", 3)
    assert removed.get("/api/v1/slots/2026-10-20/06").json()["data"]["observations_removed_at"] is None


def test_the_history_of_a_flight_says_what_is_missing(removed):
    answer = removed.get(f"/api/v1/flights/{FLIGHT}/history").json()
    assert [each["slot"] for each in answer["data"]] == [SECOND]
    assert answer["meta"]["removed"] == {"count": 1, "slots": [FIRST], "removed_at": "2026-11-24T04:01:00Z"}
    services.note_observations_stay(FIRST)
    assert "removed" not in removed.get(f"/api/v1/flights/{FLIGHT}/history").json()["meta"]


def test_a_page_that_was_kept_is_not_confirmed_any_more(api):
    october()
    etag = api.get(f"{HERE}/flights").headers["ETag"]
    services.note_observations_removed(FIRST, NOW)
    assert api.get(f"{HERE}/flights", headers={"if-none-match": etag}).status_code == 410


def test_no_file_is_noted_from_what_is_half_gone(api):
    october()
    services.note_observations_removed(FIRST, NOW)
    assert services.note_content(FIRST, 0, "half") is None
    assert "contents" not in store.find_one(store.SLOTS, FIRST)
