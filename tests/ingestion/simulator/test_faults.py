"""Every way to misbehave, seen from the client's end."""

import json
from collections.abc import Callable
from time import monotonic

import httpx
import pytest

from ingestion.simulator.faults import NAMES, Faults, UnknownFault
from tests.ingestion.simulator.conftest import KEY, Asker


@pytest.fixture(scope="module")
def struck(shared: Asker) -> Callable[..., httpx.Response]:
    """The answer to one request hit by one fault."""

    def ask(fault: str, **params: str) -> httpx.Response:
        shared.control(next=[fault])
        return shared.get(**params)

    return ask


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("401", 401, "invalid_access_key"),
        ("401-loadbalancer", 401, "invalid_access_key"),
        ("403", 403, "function_access_restricted"),
        ("429-rate", 429, "rate_limit_reached"),
        ("429-quota", 429, "usage_limit_reached"),
        ("500", 500, "internal_error"),
        ("error-200", 200, "internal_error"),
    ],
)
def test_a_refusal_has_its_status_and_code(struck, fault, status, code):
    answer = struck(fault)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_php_error_is_both_code_and_message(struck):
    error = struck("php-error-as-code").json()["error"]
    assert error["code"] == error["message"]
    assert "mysql_fetch_array" in error["code"]


def test_the_load_balancer_pretty_prints_and_sends_no_quota(struck):
    answer = struck("401-loadbalancer")
    assert answer.text.startswith('{\n  "error"')
    assert answer.headers["x-blocked-at-loadbalancer"] == "1"
    assert "x-quota-remaining" not in answer.headers
    assert "x-apilayer-transaction-id" not in answer.headers


@pytest.mark.parametrize(("fault", "status"), [("html", 502), ("html-200", 200)])
def test_an_html_page_comes_instead_of_json(struck, fault, status):
    answer = struck(fault)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_an_empty_answer_has_no_rows(struck):
    page = struck("empty").json()
    assert (page["data"], page["pagination"]["total"]) == ([], 0)


def test_an_empty_body_has_no_bytes(struck):
    answer = struck("empty-body")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_truncated_answer_ends_before_its_length(struck):
    with pytest.raises(httpx.RemoteProtocolError):
        struck("truncated")


def test_truncated_json_arrives_whole_but_is_none(struck):
    answer = struck("truncated-json")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_slow_answer_comes_late(shared, struck):
    shared.control(slow_seconds=0.2)
    start = monotonic()
    assert struck("slow", limit=1).status_code == 200
    assert monotonic() - start >= 0.2


def test_a_hanging_request_gets_no_answer(shared):
    shared.control(next=["hang"])
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{shared.server.base_url}/flights", params={"access_key": KEY}, timeout=0.3)


def test_a_reset_connection_breaks(struck):
    with pytest.raises(httpx.ReadError):
        struck("reset")


def test_duplicate_rows_are_on_one_page_twice(struck):
    rows = struck("duplicate-rows").json()["data"]
    assert len(rows) == 100
    assert rows[:5] == rows[-5:]


def test_rows_of_a_wrong_shape_are_no_objects_or_lack_their_departure(struck):
    rows = struck("wrong-shape-row").json()["data"]
    assert {list, str, int, dict} == set(map(type, rows))
    assert any(isinstance(row, dict) and "departure" not in row for row in rows)


def test_a_wrong_shape_on_an_empty_page_is_possible(struck):
    assert struck("wrong-shape-row", dep_iata="ZZZ").json()["data"] == [
        ["a", "list"],
        "a string",
        42,
        {},
    ]


def test_odd_rows_hold_values_nobody_expects(serve):
    asker = serve(odd_string=5000, faults={"odd-rows": 1.0})
    rows = asker.rows()
    assert any(row["airline"]["name"] == "A" * 5000 for row in rows)
    assert {"teleported"} <= {row["flight_status"] for row in rows}
    assert "2026-02-30" in {row["flight_date"] for row in rows}


def test_odd_rows_leave_rows_of_other_endpoints_alone(serve):
    asker = serve(faults={"odd-rows": 1.0})
    assert asker.rows("taxes")[0]["tax_name"] == "Government Tax"


def test_a_no_record_object_stands_where_rows_are_expected(struck):
    page = struck("data-object").json()
    assert page["data"] == {"error": "No Record Found", "success": False}
    assert page["pagination"]["limit"] is None


def test_pagination_can_be_null(struck):
    assert set(struck("pagination-null").json()["pagination"].values()) == {None}


def test_pagination_can_lie(struck):
    page = struck("pagination-lies").json()
    assert page["pagination"]["count"] != len(page["data"])
    assert page["pagination"]["total"] == 3


def test_a_fault_can_wait_at_an_offset_for_a_number_of_times(serve):
    asker = serve()
    asker.control(at_offset={"300": {"fault": "500", "count": 2}})
    statuses = [asker.get(offset=offset).status_code for offset in (200, 300, 300, 300)]
    assert statuses == [200, 500, 500, 200]


def test_a_fault_at_an_offset_stays_until_it_is_taken_away(serve):
    asker = serve()
    asker.control(at_offset={"300": "500"})
    before = [asker.get(offset=300).status_code for _ in range(2)]
    asker.control(at_offset={})
    assert (before, asker.get(offset=300).status_code) == ([500, 500], 200)


def test_shares_strike_about_as_often_as_asked():
    faults = Faults(1, {"500": 0.1, "html": 0.05})
    picked = [faults.pick(number, "0") for number in range(4000)]
    assert picked.count("500") / 4000 == pytest.approx(0.1, abs=0.02)
    assert picked.count("html") / 4000 == pytest.approx(0.05, abs=0.02)


def test_the_same_seed_strikes_the_same_requests():
    first, second = Faults(3, {"500": 0.5}), Faults(3, {"500": 0.5})
    assert [first.pick(n, "0") for n in range(50)] == [second.pick(n, "0") for n in range(50)]


def test_an_unknown_fault_is_refused():
    with pytest.raises(UnknownFault, match="no such fault: earthquake"):
        Faults(1, {"earthquake": 0.1})


def test_every_fault_asked_for_in_the_plan_is_there():
    assert len(NAMES) == 23
