"""Filters, pages, plans and quota of the stand-in, over HTTP."""

from datetime import datetime

import pytest


def test_a_page_is_compact_json_with_escaped_slashes(shared):
    text = shared.get(limit=5).text
    assert text.startswith('{"pagination":{"limit":5,"offset":0,"count":5,"total":10000},"data":[{')
    assert "\\/" in text
    assert ": " not in text


def test_the_headers_are_those_of_the_real_service(shared):
    headers = shared.get(limit=1).headers
    assert headers["x-increment-usage"] == "1"
    assert headers["cache-control"] == "no-cache, private"
    assert headers["access-control-allow-origin"] == "*"
    assert len(headers["x-apilayer-transaction-id"]) == 36
    assert "," in headers["x-request-time"]


def test_the_same_request_at_the_same_clock_gives_the_same_page(shared):
    assert shared.page(offset=300) == shared.page(offset=300)


def test_pages_cover_the_window_without_a_gap(shared):
    halves = shared.rows(offset=0, limit=50) + shared.rows(offset=50, limit=50)
    assert halves == shared.rows(offset=0)


def test_past_the_total_there_are_no_rows(shared):
    page = shared.page(offset=10_000)
    assert page["pagination"] == {"limit": 100, "offset": 10_000, "count": 0, "total": 10_000}


def test_without_the_cap_the_whole_window_can_be_read(serve):
    asker = serve(total_cap=None)
    total = asker.page(limit=0)["pagination"]["total"]
    assert total > 15_000
    assert len(asker.rows(offset=total - 30)) == 30


def test_a_window_holds_today_and_yesterday(shared):
    dates = {row["flight_date"] for page in range(10) for row in shared.rows(offset=page * 100)}
    assert {"2026-11-23", "2026-11-24"} <= dates


def test_churn_shifts_rows_between_calls(serve):
    asker = serve(churn=1.0)
    first, second = asker.rows(), asker.rows()
    assert first != second
    assert first[5] in second


@pytest.mark.parametrize("status", ["scheduled", "active", "landed", "cancelled", "diverted"])
def test_a_status_selects_its_rows(shared, status):
    rows = shared.rows(flight_status=status)
    assert {row["flight_status"] for row in rows} == {status}


@pytest.mark.parametrize("params", [{"flight_status": "None"}, {"min_delay_dep": "many"}])
def test_a_value_the_service_does_not_understand_is_ignored(shared, params):
    assert shared.page(**params)["pagination"]["total"] == 10_000


@pytest.mark.parametrize(
    ("name", "value", "side", "field"),
    [
        ("dep_iata", "CDG", "departure", "iata"),
        ("dep_icao", "LFPG", "departure", "icao"),
        ("arr_iata", "SIN", "arrival", "iata"),
        ("arr_icao", "WSSS", "arrival", "icao"),
        ("airline_iata", "AF", "airline", "iata"),
        ("airline_icao", "AFR", "airline", "icao"),
        ("airline_name", "Air France", "airline", "name"),
        ("flight_number", "12", "flight", "number"),
        ("flight_iata", "AF12", "flight", "iata"),
        ("flight_icao", "AFR12", "flight", "icao"),
    ],
)
def test_a_filter_selects_its_rows(shared, name, value, side, field):
    rows = shared.rows(**{name: value.lower()})
    assert {row[side][field] for row in rows} == {value}


def test_an_airline_filter_matches_the_marketing_carrier(shared):
    rows = shared.rows(airline_iata="AF")
    assert any(row["flight"]["codeshared"] for row in rows)


def test_a_city_code_stands_for_its_airports(shared):
    rows = [r for page in range(4) for r in shared.rows(dep_iata="LON", offset=page * 100)]
    assert {"LHR", "LGW"} <= {row["departure"]["iata"] for row in rows}


def test_an_unknown_airport_has_no_rows_and_costs_a_request(shared):
    before = shared.state()["charged"]
    answer = shared.get(dep_iata="QQQ")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert shared.state()["charged"] == before + 1


def test_a_flight_date_selects_that_day(shared):
    rows = shared.rows(flight_date="2026-11-20")
    assert {row["flight_date"] for row in rows} == {"2026-11-20"}


@pytest.mark.parametrize("wanted", ["2026-12-30", "soon"])
def test_a_flight_date_nobody_has_flown_yet_has_no_rows(shared, wanted):
    assert shared.rows(flight_date=wanted) == []


@pytest.mark.parametrize("side", ["dep", "arr"])
def test_delays_can_be_bounded(shared, side):
    bounds = {f"min_delay_{side}": 20, f"max_delay_{side}": 30}
    delays = {row["departure" if side == "dep" else "arrival"]["delay"] for row in shared.rows(**bounds)}
    assert min(delays) >= 20
    assert max(delays) <= 31  # now and then the real service rounds up


def test_the_arrival_date_can_be_selected(shared):
    rows = shared.rows(arr_scheduled_time_arr="2026-11-24", arr_scheduled_time_dep="2026-11-23")
    days = {
        (row["flight_date"], datetime.fromisoformat(row["arrival"]["scheduled"]).date().isoformat()) for row in rows
    }
    assert days == {("2026-11-23", "2026-11-24")}


def test_a_limit_that_is_no_number_counts_as_the_default(shared):
    assert len(shared.rows(limit="many")) == 100


def test_an_unknown_endpoint_is_a_404(shared):
    answer = shared.get("weather")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "invalid_api_function")
