import pytest
import structlog
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework.exceptions import Throttled

from flights import queries
from flights.api import problems

FLIGHTS = "/api/v1/flights"
EVERY_ADDRESS = [
    "/api/v1/",
    FLIGHTS,
    f"{FLIGHTS}?slot=2026-11-24T04Z",
    f"{FLIGHTS}?flight_date=2026-11-24",
    f"{FLIGHTS}/2026-11-24T0615-LYS-CDG-AF7641",
    f"{FLIGHTS}/2026-11-24T0615-LYS-CDG-AF7641/history",
    "/api/v1/slots",
    "/api/v1/slots/2026-11-20",
    "/api/v1/slots/2026-11-20/flights",
    "/api/v1/slots/2026-11-24/04",
    "/api/v1/slots/2026-11-24/04/flights",
]
BAD_PARAMETERS = [
    ("stauts=landed", "stauts", "unknown parameter", "Did you mean status?"),
    ("format=csv", "format", "unknown parameter", "Known here: slot,"),
    ("dep=LYS&dep=CDG", "dep", "given 2 times", "Give it once"),
    ("status=landet", "status", "did you mean landed?", "of scheduled"),
    ("status=LANDED", "status", "did you mean landed?", "of scheduled"),
    ("status=zzz", "status", "'zzz' is none of them", "of scheduled"),
    ("status=", "status", "'' is none of them", "of scheduled"),
    ("airline=Air%20Frence", "airline", "no airline", "Did you mean AFR (Air France)"),
    ("airline=Q%2B", "airline", "no airline", "Write an IATA or ICAO code"),
    ("airline=", "airline", "nothing is given", "such as AF, AFR"),
    ("dep=" + "x" * 101, "dep", "101 characters", "such as LYS"),
    ("dep=LYQ", "dep", "no flight carries it", "LYR (Svalbard"),
    ("arr=%00", "arr", "no airport", "Write an IATA or ICAO code"),
    ("airport=Paris", "airport", "may be any of 5", "CDG (Charles de Gaulle International Airport)"),
    ("route=LYSCDG", "route", "right form", "such as LYS-CDG"),
    ("route=LYS-QQQ", "route", "'QQQ' is no airport", "Did you mean"),
    ("aircraft=A32O", "aircraft", "no aircraft", "Did you mean A320 (Airbus A320)"),
    ("departure_delay_over=10.5", "departure_delay_over", "no whole number", "from -10000"),
    ("fields=departure.itaa", "fields", "did you mean departure.iata?", "flight_id, slot"),
    ("fields=order", "fields", "'order' is none of them", "flight_id, slot"),
    ("count=all", "count", "none of them", "estimate, exact"),
    ("as_of=2026-11-24", "as_of", "no instant", "such as 2026-11-24T04:30:00Z"),
    ("as_of=2026-11-24T04:30:00+01:00", "as_of", "a + in an address means a space", "such as"),
    ("as_of=2026-02-30T00:00:00Z", "as_of", "not in the calendar", "such as"),
    ("as_of=0001-01-01T00:00:00%2B10:00", "as_of", "not in the calendar", "such as"),
    ("as_of=2026-11-24T04:30:00Z", "as_of", "without a slot and without dates", "at most 3 days"),
    ("as_of=9999-11-24T04:30:00Z&flight_date=2026-11-24", "as_of", "in the future", "It is 20"),
    ("as_of=2026-11-24T04:30:00Z&flight_date=2026-11-24&count=exact", "as_of", "together with count", "one of the two"),
    ("changed_since=yesterday", "changed_since", "no instant", "meta.changes_cursor"),
    ("changed_since=c_AAAA", "changed_since", "no cursor", "meta.changes_cursor"),
    ("changed_since=c_k6oyMDI2LTAxLTAxoWEB", "changed_since", "no cursor", "meta.changes_cursor"),
    ("changed_since=2020-01-01T00:00:00Z", "changed_since", "too far back", "Changes are kept since"),
    ("changed_since=9999-01-01T00:00:00Z", "changed_since", "in the future", "It is 20"),
    ("changed_since=2020-01-01T00:00:00Z&slot=2026-11-24T04Z", "changed_since", "together with slot", "one of the two"),
    ("changed_since=2020-01-01T00:00:00Z&cursor=xxxx", "changed_since", "together with cursor", "by `next`"),
    ("flight_number=AF%207641", "flight_number", "right form", "without spaces"),
    ("limit=0", "limit", "0 is out of range", "from 1 to 1000"),
    ("limit=1001", "limit", "1001 is out of range", "from 1 to 1000"),
    ("limit=-5", "limit", "-5 is out of range", "from 1 to 1000"),
    ("limit=ten", "limit", "'ten' is no whole number", "from 1 to 1000"),
    ("limit=" + "9" * 30, "limit", "is no whole number", "from 1 to 1000"),
    ("limit=%D9%A3", "limit", "is no whole number", "from 1 to 1000"),
    ("slot=2026-11-24T04", "slot", "is no slot", "such as 2026-11-24T04Z"),
    ("slot=2026-11-24T24Z", "slot", "is no slot", "such as 2026-11-24T04Z"),
    ("slot=%D9%A2026-11-24T04Z", "slot", "is no slot", "such as 2026-11-24T04Z"),
    ("flight_date=2026-02-30", "flight_date", "not in the calendar", "such as 2026-11-24"),
    ("flight_date=20261124", "flight_date", "is no date", "such as 2026-11-24"),
    ("slot=2026-11-24T04Z&flight_date=2026-11-24", "slot", "together with flight_date", "not both"),
    ("flight_date_from=2026-11-24", "flight_date_from", "range of dates", "together"),
    ("flight_date_to=2026-11-24", "flight_date_to", "range of dates", "together"),
    ("flight_date=2026-11-24&flight_date_to=2026-11-24", "flight_date", "range of dates", "alone"),
    ("flight_date_from=2026-11-24&flight_date_to=2026-11-23", "flight_date_to", "before", "Swap"),
    ("flight_date_from=2026-11-01&flight_date_to=2026-12-02", "flight_date_to", "32 days", "At most 31"),
]


@pytest.mark.parametrize(("query", "name", "detail", "hint"), BAD_PARAMETERS)
def test_a_parameter_that_cannot_be_used_is_400_and_explained(api, query, name, detail, hint):
    answer = api.get(f"{FLIGHTS}?{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    fault = answer.json()["errors"][0]
    assert fault["parameter"] == name
    assert detail in fault["detail"]
    assert hint in fault["hint"]


def test_all_bad_parameters_are_named_at_once(api):
    problem = api.get(f"{FLIGHTS}?limit=0&status=x&colour=red").json()
    assert [fault["parameter"] for fault in problem["errors"]] == ["limit", "status", "colour"]
    assert problem["detail"] == "limit: 0 is out of range (and 2 more)"


def test_93_days_of_slots_are_too_many(api):
    assert api.get("/api/v1/slots?from=2026-01-01&to=2026-04-02").status_code == 200
    assert api.get("/api/v1/slots?from=2026-01-01&to=2026-04-03").status_code == 400


@pytest.mark.parametrize("url", [url for url in EVERY_ADDRESS if "?" not in url])
def test_no_address_takes_an_unknown_parameter(api, url):
    assert api.get(f"{url}?colour=red").status_code == 400


@pytest.mark.parametrize("url", EVERY_ADDRESS)
def test_a_store_that_is_down_is_503_and_never_an_empty_list(api, store_down, url):
    answer = api.get(url)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.json()["detail"] == "The document store does not answer."
    assert b"127.0.0.1" not in answer.content


@pytest.mark.parametrize(
    "url", ["/api/", "/api/v2/flights", f"{FLIGHTS}/", "/api/v1/airports/x/y", "/api/v1/%0A", "/api/docs"]
)
@pytest.mark.parametrize("method", ["get", "post", "head", "options"])
def test_an_address_that_is_none_is_404_in_the_same_form(client, url, method):
    answer = getattr(client, method)(url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_writing_is_405_and_says_what_is_allowed(api, method):
    answer = getattr(api, method)(FLIGHTS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["type"] == "urn:flightsite:problem:method-not-allowed"


def test_a_format_that_is_not_offered_is_406(api):
    answer = api.get(FLIGHTS, headers={"accept": "text/csv"})
    assert (answer.status_code, answer.json()["title"]) == (406, "This format is not offered")


@pytest.mark.parametrize("url", ["/api/v1/", FLIGHTS, "/api/v1/slots"])
def test_head_and_options_work(api, url):
    assert (api.head(url).status_code, api.head(url).content) == (200, b"")
    assert api.options(url).headers["Allow"] == "GET, HEAD, OPTIONS"


def test_an_error_of_ours_is_500_and_tells_nothing_of_its_inside(api, monkeypatch, caplog):
    def broken(*_args):
        raise KeyError("a secret of the inside")

    monkeypatch.setattr(queries, "newest_closed_slot", broken)
    answer = api.get(FLIGHTS)
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert b"secret" not in answer.content
    assert "a secret of the inside" in caplog.text


def test_more_parameters_than_django_reads_are_400(api):
    query = "&".join(f"p{number}=1" for number in range(1001))
    assert api.get(f"{FLIGHTS}?{query}").status_code == 400


def test_a_wrong_host_is_400_in_the_same_form(api):
    answer = api.get(FLIGHTS, headers={"host": "evil.test"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert b"evil" not in answer.content


def test_a_wrong_host_elsewhere_is_the_400_of_django(client):
    answer = client.get("/admin/", headers={"host": "evil.test"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_an_error_and_an_answer_carry_the_request_id(api):
    problem = api.get(f"{FLIGHTS}?limit=0")
    assert problem.headers["X-Request-ID"] == problem.json()["request_id"]
    assert len(api.get(FLIGHTS).headers["X-Request-ID"]) == 36


def test_the_request_id_is_that_of_the_log():
    with structlog.contextvars.bound_contextvars(request_id="mine-1"):
        assert problems.request_id() == "mine-1"


def test_a_request_id_that_fits_no_header_is_replaced():
    with structlog.contextvars.bound_contextvars(request_id="<script>"):
        assert len(problems.request_id()) == 36


@pytest.mark.parametrize(
    ("error", "status"),
    [(Http404(), 404), (PermissionDenied(), 403), (OperationalError(), 503), (Throttled(wait=7), 429)],
)
def test_an_error_of_django_takes_the_same_form(error, status):
    assert problems.problem_response(error, {}).status_code == status


def test_a_throttled_caller_is_told_when_to_go_on():
    assert problems.problem_response(Throttled(wait=7), {}).headers["Retry-After"] == "7"
