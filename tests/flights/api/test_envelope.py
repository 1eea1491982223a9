"""What lists and numbers say about themselves, by API: gaps, sampling, what was taken for what, totals, why empty."""

from uuid import uuid4

import pytest
from rest_framework.throttling import AnonRateThrottle

from flights import counting, services
from flights.api import views
from flights.records import SlotState
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, an_empty_slot, close_slot, store_flights, store_rows
from tests.flights.api.walking import walked

FLIGHTS = "/api/v1/flights"
DAY = f"{FLIGHTS}?flight_date=2026-11-24"


def meta(api, url):
    answer = api.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()["meta"]


@pytest.fixture
def a_day_with_gaps(api):
    store_rows(a_row())
    close_slot()
    close_slot("2026-11-24T06Z", shortfall="1 of 2 pages", sampling="two pages drawn at random")
    services.fail_slot("2026-11-24T08Z", "run", SlotState.FAILED, "no answer", NOW)
    services.miss_slot("2026-11-24T10Z", "nothing ran", NOW)
    services.miss_slot("2026-11-26T10Z", "another day", NOW)
    an_empty_slot("2026-11-24T12Z")
    return api


WINDOWS = [
    DAY,
    "/api/v1/slots?from=2026-11-24&to=2026-11-24",
    "/api/v1/delays?from=2026-11-24",
    "/api/v1/indicators/movements?from=2026-11-24&to=2026-11-24",
    f"{DAY}&as_of=2026-11-24T12:00:00Z",
]


@pytest.mark.parametrize("url", WINDOWS)
def test_a_list_or_number_tells_the_gaps_and_the_sampling_of_the_slots_that_it_reads(a_day_with_gaps, url):
    told = meta(a_day_with_gaps, url)
    assert told["gaps"]["count"] == 4
    assert told["gaps"]["states"] == {"empty": 1, "failed": 1, "missed": 1, "partial": 1}
    assert told["gaps"]["slots"] == [f"2026-11-24T{hour:02}Z" for hour in (6, 8, 10, 12)]
    assert told["sampling"] == {"everything listed": 2, "two pages drawn at random": 1}


@pytest.mark.parametrize(("hour", "count"), [("04", 0), ("06", 1)])
@pytest.mark.parametrize("what", ["flights", "indicators", "indicators/movements"])
def test_an_answer_of_one_slot_says_whether_that_is_a_gap(a_day_with_gaps, hour, count, what):
    assert meta(a_day_with_gaps, f"/api/v1/slots/2026-11-24/{hour}/{what}")["gaps"]["count"] == count


def test_a_comparison_tells_the_gaps_that_it_stands_on(a_day_with_gaps):
    told = meta(a_day_with_gaps, f"/api/v1/slots/compare?a={SLOT}&b=2026-11-24T06Z")
    assert (told["gaps"]["slots"], len(told["sampling"])) == (["2026-11-24T06Z"], 2)


def test_a_history_tells_the_gaps_of_the_dates_that_it_crosses(a_day_with_gaps):
    assert meta(a_day_with_gaps, f"{FLIGHTS}/2026-11-24T0615-LYS-CDG-AF7641/history")["gaps"]["count"] == 4


def test_of_many_gaps_twenty_are_named(api):
    for hour in range(24):
        services.miss_slot(f"2026-11-24T{hour:02}Z", "nothing ran", NOW)
    gaps = meta(api, DAY)["gaps"]
    assert (gaps["count"], len(gaps["slots"])) == (24, 20)


def test_an_answer_says_what_a_name_was_taken_for_and_by_which_tables(api):
    store_rows(a_row())
    told = meta(api, f"{DAY}&airline=air%20france&route=lys-CDG")
    assert [(each["parameter"], each["asked"], each["codes"]) for each in told["resolved"]] == [
        ("airline", "air france", ["AF", "AFR"]),
        ("route", "LYS", ["LYS", "LFLL"]),
        ("route", "CDG", ["CDG", "LFPG"]),
    ]
    assert (told["resolved"][0]["name"], told["resolved"][0]["known_by"]) == ("Air France", "reference")
    assert told["reference_version"].startswith(("packaged-", "synced-"))
    assert "resolved" not in meta(api, DAY)


def test_delays_say_what_a_name_was_taken_for(api):
    store_rows(a_row())
    assert meta(api, "/api/v1/delays?airport=nice")["resolved"][0]["codes"] == ["NCE", "LFMN"]


def test_a_code_that_only_flights_know_works_and_says_so(api):
    store_rows(a_row(departure__iata="QQX", departure__icao=None))
    answer = api.get(f"{DAY}&dep=qqx").json()
    assert [row["departure"]["iata"] for row in answer["data"]] == ["QQX"]
    assert answer["meta"]["resolved"] == [
        {"parameter": "dep", "asked": "qqx", "name": None, "codes": ["QQX"], "known_by": "flights", "shared_by": []}
    ]


def test_a_shared_code_means_the_flights_that_carry_it_and_tells_who_shares_it(api):
    store_rows(
        a_row(airline__name="Lufthansa", airline__iata="LH", airline__icao="DLH", flight__iata="LH1"),
        a_row(airline__name=None, airline__iata="LH", airline__icao=None, flight__iata="LH2"),
    )
    answer = api.get(f"{DAY}&airline=lh").json()
    assert [row["operating"]["airline_icao"] for row in answer["data"]] == ["DLH", None]
    (told,) = answer["meta"]["resolved"]
    assert (told["codes"], told["shared_by"]) == (["LH"], ["DLH (Lufthansa)", "GEC (Lufthansa Cargo)"])


@pytest.mark.parametrize("word", ["LYS", "LFLL", "Lyon%20Saint-Exup%C3%A9ry"])
def test_an_airport_is_found_by_whichever_code_its_flight_carries(api, word):
    later = "2026-11-24T06:16:00+00:00"
    ids = store_rows(a_row(departure__iata=None), a_row(departure__icao=None, departure__scheduled=later))
    assert sorted(walked(api, f"{DAY}&dep={word}")) == ids


# Counting


@pytest.fixture
def counted(api):
    """Ninety flights in an hour and a half of one day, ten of the next."""
    store_flights(90)
    store_flights(10, day="2026-11-25")
    close_slot(published=100, rows_received=100)
    return api


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("flight_date=2026-11-24", 90),
        ("flight_date_from=2026-11-24&flight_date_to=2026-11-25", 100),
        ("flight_date=2026-11-24&flight_number=AF7", 1),
        (f"slot={SLOT}", 100),
        (f"slot={SLOT}&dep=CDG", 0),
    ],
)
def test_an_exact_count_is_that_of_all_pages(counted, query, value):
    total = meta(counted, f"{FLIGHTS}?{query}&limit=1&count=exact")["total"]
    assert (total["value"], total["kind"]) == (value, "exact")
    assert value == len(walked(counted, f"{FLIGHTS}?{query}"))


@pytest.mark.parametrize("query", ["flight_date_from=2026-11-24&flight_date_to=2026-11-25", f"slot={SLOT}"])
def test_exact_counting_stops_at_its_bound_and_says_so(counted, query, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 95)
    total = meta(counted, f"{FLIGHTS}?{query}&count=exact")["total"]
    assert total == {"value": 95, "kind": "at_least", "how": "counting stops at 95"}


def test_an_estimate_says_that_it_is_one_and_how_it_was_made(counted):
    total = meta(counted, f"{DAY}&count=estimate")["total"]
    assert total["kind"] == "estimate"
    assert total["value"] == 90
    assert total["how"].startswith("flights of 48 of the 96 quarters of an hour")


def test_the_estimate_of_a_closed_slot_is_what_was_counted_when_it_closed(counted):
    total = meta(counted, f"{FLIGHTS}?slot={SLOT}&count=estimate")["total"]
    assert total == {"value": 100, "kind": "estimate", "how": "counted when the slot closed"}
    filtered = meta(counted, f"{FLIGHTS}?slot={SLOT}&count=estimate&status=active")["total"]
    assert (filtered["value"], filtered["kind"]) == (100, "exact")


def test_nothing_is_counted_unasked(counted):
    assert "total" not in meta(counted, DAY)


# Four answers that look alike elsewhere


class OnceAnHour(AnonRateThrottle):
    rate = "1/hour"
    scope = f"a-test-{uuid4()}"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("flight_date=2026-11-24&dep=NCE", "no-match"),
        (f"slot={SLOT}&dep=NCE", "no-match"),
        ("flight_date=2026-11-20", "no-data"),
        ("flight_date=2026-11-20&dep=NCE", "no-data"),
    ],
)
def test_empty_is_200_and_says_whether_there_was_anything_to_fit(api, query, reason):
    store_rows(a_row())
    close_slot()
    answer = api.get(f"{FLIGHTS}?{query}")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert answer.json()["meta"]["empty"]["reason"] == reason


def test_a_page_with_rows_says_nothing_of_emptiness(api):
    store_rows(a_row())
    assert "empty" not in meta(api, DAY)


@pytest.mark.parametrize(
    ("url", "status"),
    [(f"{DAY}&dep=QQX", 400), (f"{FLIGHTS}/2026-11-24T0615-LYS-CDG-AF1", 404), ("/api/v1/slots/2026-11-24/05", 404)],
)
def test_unknown_is_no_empty_list(api, url, status):
    store_rows(a_row())
    assert api.get(url).status_code == status


def test_throttled_is_429_and_says_when_to_go_on(api, monkeypatch):
    monkeypatch.setattr(views.FlightsView, "throttle_classes", [OnceAnHour])
    first, second = api.get(DAY), api.get(DAY)
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["type"] == "urn:flightsite:problem:throttled"
    assert int(second.headers["Retry-After"]) > 0


def test_broken_is_503_and_no_empty_list(api, store_down):
    assert api.get(f"{DAY}&dep=LYS").status_code == 503
    assert api.get(f"{FLIGHTS}?changed_since=2026-11-24T00:00:00Z").status_code == 503
