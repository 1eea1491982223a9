import gzip
import json
from datetime import timedelta

import brotli
import msgspec
import pytest
import zstandard
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.exceptions import UnsupportedMediaType

from flights import answering, services, store
from flights.api import problems, shapes
from flights.api.compression import ApiCompressionMiddleware
from flights.api.conditional import conditional_middleware
from tests.factories import COLLECTED, a_row
from tests.flights.api.stored import NOW, SLOT, an_empty_slot, close_slot, store_flights, store_rows

LYS_CDG = "2026-11-24T0615-LYS-CDG-AF7641"
SLOT_PAGE = "/api/v1/slots/2026-11-24/04/flights"
DAY = "/api/v1/flights?flight_date=2026-11-24"
LATER = COLLECTED + timedelta(hours=2)
ORIGIN = "https://reports.example.org"
JSON_ADDRESSES = [
    "/api/v1/",
    DAY,
    f"/api/v1/flights?slot={SLOT}",
    f"/api/v1/flights/{LYS_CDG}",
    f"/api/v1/flights/{LYS_CDG}/history",
    "/api/v1/slots?from=2026-11-24&to=2026-11-24",
    "/api/v1/slots/2026-11-24/04",
    SLOT_PAGE,
    "/api/v1/slots/2026-11-24/04/indicators",
    "/api/v1/slots/2026-11-24/04/indicators/movements",
    "/api/v1/slots/2026-11-24/04/indicators/movements/evidence",
    "/api/v1/slots/2026-11-24/04/flights.manifest.json",
    "/api/v1/indicators",
    "/api/v1/indicators/movements?from=2026-11-24&to=2026-11-24",
    f"/api/v1/slots/compare?a={SLOT}&b={SLOT}",
    "/api/v1/delays?from=2026-11-24",
]


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    """A data folder of this test's own."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def stored(api):
    """A closed slot with its answers."""
    store_rows(a_row())
    close_slot()
    answering.answer_slot(SLOT, NOW)


@pytest.mark.parametrize("url", JSON_ADDRESSES)
def test_who_has_the_answer_gets_304_without_a_body(api, stored, url):
    first = api.get(url)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "private, no-cache")
    again = api.get(url, headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    told = ("ETag", "Vary", "Cache-Control")
    assert [again.headers[name] for name in told] == [first.headers[name] for name in told]
    assert ("Content-Type" in again.headers, len(again.headers["X-Request-ID"])) == (False, 36)


@pytest.mark.parametrize("url", JSON_ADDRESSES)
def test_a_tag_does_not_change_with_the_ages_alone(api, stored, url, monkeypatch):
    first = api.get(url)
    monkeypatch.setattr("flights.api.shapes._of_slot", an_older_slot)
    later = api.get(url)
    assert later.headers["ETag"] == first.headers["ETag"]
    assert b"age_seconds" not in first.content or later.content != first.content


def an_older_slot(document, now, shape, original=shapes._of_slot):
    return original(document, now + timedelta(seconds=100), shape)


@pytest.mark.parametrize("url", [DAY, f"/api/v1/flights/{LYS_CDG}", "/api/v1/delays?from=2026-11-24"])
def test_a_tag_of_what_lives_changes_with_what_is_known(api, stored, url):
    etag = api.get(url).headers["ETag"]
    store_rows(a_row(departure__actual="2026-11-24T06:45:00+00:00"), slot="2026-11-24T06Z", collected_at=LATER)
    assert api.get(url, headers={"if-none-match": etag}).status_code == 200


def tag_of(answer):
    body = msgspec.json.encode(answer)
    return conditional_middleware(lambda _request: HttpResponse(body))(RequestFactory().get("/api/v1/")).headers["ETag"]


def test_only_an_age_is_left_out_of_a_tag_and_no_text_that_looks_like_one():
    assert tag_of({"age_seconds": 1}) == tag_of({"age_seconds": 22}) != tag_of({"age_seconds": None, "n": 1})
    assert tag_of({"text": '"age_seconds":1'}) != tag_of({"text": '"age_seconds":2'})


@pytest.mark.parametrize("url", [SLOT_PAGE, f"/api/v1/flights?slot={SLOT}", f"{SLOT_PAGE}?dep=LYS&limit=5"])
def test_a_page_of_a_closed_slot_is_known_without_reading_a_flight(asked, api, url):
    etag = api.get(url).headers["ETag"]
    asked.clear()
    assert api.get(url, headers={"if-none-match": etag}).status_code == 304
    assert {name for name, *_ in asked} <= {store.SLOTS, store.REFERENCE_VERSIONS}


def test_pages_of_a_closed_slot_have_tags_of_their_own(api, stored):
    urls = [SLOT_PAGE, f"{SLOT_PAGE}?limit=5", f"{SLOT_PAGE}?dep=LYS", "/api/v1/slots/2026-11-24/06/flights"]
    an_empty_slot("2026-11-24T06Z")
    assert len({api.get(url).headers["ETag"] for url in urls}) == 4


def test_a_slot_that_is_closed_anew_has_new_tags(api, stored):
    etag = api.get(SLOT_PAGE).headers["ETag"]
    close_slot(revision=1)
    assert api.get(SLOT_PAGE, headers={"if-none-match": etag}).status_code == 200


def test_a_page_of_an_open_slot_is_known_by_its_rows(api):
    services.open_slot(SLOT, "run", NOW)
    etag = api.get(SLOT_PAGE).headers["ETag"]
    assert api.get(SLOT_PAGE, headers={"if-none-match": etag}).status_code == 304
    store_flights(1)
    assert api.get(SLOT_PAGE, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize(("header", "status"), [("*", 304), ('W/"x", "y"', 200), ("nonsense", 200), ("", 200)])
def test_if_none_match_is_a_list_of_tags(api, stored, header, status):
    assert api.get(DAY, headers={"if-none-match": header}).status_code == status


def test_an_answer_is_known_only_to_who_may_have_it(api, client, stored):
    etag = api.get(SLOT_PAGE).headers["ETag"]
    assert client.get(SLOT_PAGE, headers={"if-none-match": etag}).status_code == 401
    assert client.get(SLOT_PAGE, headers={"if-none-match": "*"}).status_code == 401


def test_another_answer_than_the_wanted_one_is_412(api, stored):
    answer = api.get(DAY, headers={"if-match": '"other"'})
    assert (answer.status_code, answer.headers["Content-Type"]) == (412, "application/problem+json")


@pytest.mark.parametrize("url", JSON_ADDRESSES)
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_head_has_the_headers_of_get_and_no_body(api, stored, url, accepted):
    whole, head = (ask(url, headers={"accept-encoding": accepted}) for ask in (api.get, api.head))
    assert (head.status_code, head.content) == (200, b"")
    left_out = {
        "X-Request-ID": "",
        "RateLimit": "",
        **({"Content-Length": ""} if b"age_seconds" in whole.content or accepted else {}),
    }
    assert {**head.headers, **left_out} == {**whole.headers, **left_out}


@pytest.mark.parametrize("url", ["/api/v1/flights?limit=0", "/api/v1/slots/2020-01-01/00", "/api/v1/nowhere"])
def test_an_error_is_not_kept_and_has_no_tag(api, url):
    answer = api.get(url)
    assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-store", False)


@pytest.mark.parametrize(
    ("accepted", "coding", "decode"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br", "br", brotli.decompress),
        ("gzip, deflate, br, zstd", "zstd", lambda data: zstandard.ZstdDecompressor().decompress(data)),
    ],
)
def test_an_answer_is_compressed_for_who_accepts_it(api, accepted, coding, decode):
    store_flights(30)
    answer = api.get(DAY, headers={"accept-encoding": accepted})
    assert (answer.headers["Content-Encoding"], answer.headers["ETag"][:2]) == (coding, "W/")
    assert len(json.loads(decode(answer.content))["data"]) == 30
    assert int(answer.headers["Content-Length"]) == len(answer.content) < len(decode(answer.content)) / 3
    assert {"Accept-Encoding", "Authorization"} <= set(answer.headers["Vary"].split(", "))


def test_a_tag_is_the_same_whatever_the_coding(api, stored):
    tags = {api.get(DAY, headers={"accept-encoding": each}).headers["ETag"] for each in ("", "gzip", "zstd")}
    assert len(tags) == 1


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "deflate"])
def test_an_answer_is_plain_for_who_accepts_no_coding(api, stored, accepted):
    answer = api.get(DAY, headers={"accept-encoding": accepted})
    assert ("Content-Encoding" in answer.headers, answer.json()["meta"]["count"]) == (False, 1)


def test_a_long_problem_is_compressed_and_stays_one(api):
    query = "&".join(f"colour{number}=red" for number in range(20))
    answer = api.get(f"/api/v1/flights?{query}", headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert len(json.loads(gzip.decompress(answer.content))["errors"]) == 20


def test_a_page_of_the_admin_is_not_compressed():
    request = RequestFactory().get("/admin/login/", headers={"accept-encoding": "gzip"})
    middleware = ApiCompressionMiddleware(lambda _request: HttpResponse("a" * 5_000))
    assert "Content-Encoding" not in middleware(request).headers


def test_no_other_site_may_read_unless_the_setting_says_so(api, stored):
    assert "Access-Control-Allow-Origin" not in api.get(DAY, headers={"origin": ORIGIN}).headers


def test_a_site_of_the_setting_may_read_and_sees_the_headers_it_needs(api, stored, settings):
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    answer = api.get(DAY, headers={"origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "Link", "X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Repr-Digest"} <= exposed
    assert "Access-Control-Allow-Credentials" not in answer.headers
    other = api.get(DAY, headers={"origin": "https://evil.example.org"})
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "origin" in other.headers["Vary"].lower()


def test_a_preflight_needs_no_key_and_allows_the_headers_of_the_api(client, settings):
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "authorization, if-none-match"}
    answer = client.options(DAY, headers={"origin": ORIGIN, **asked})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert {"authorization", "if-none-match", "range"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )


def test_other_sites_are_told_nothing_of_the_admin(client, settings):
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    assert "Access-Control-Allow-Origin" not in client.get("/healthz", headers={"origin": ORIGIN}).headers


@pytest.mark.parametrize(
    ("url", "accept", "file"),
    [
        (DAY, "text/csv", "/api/v1/flights.csv"),
        (SLOT_PAGE, "application/vnd.apache.parquet", f"{SLOT_PAGE}.parquet"),
        (SLOT_PAGE, "application/xml", f"{SLOT_PAGE}.csv"),
    ],
)
def test_a_form_that_a_list_is_not_offered_in_is_406_and_names_the_file(api, url, accept, file):
    problem = api.get(url, headers={"accept": accept}).json()
    assert (problem["status"], problem["detail"]) == (406, "Only application/json is offered here.")
    assert f"A file is at {file} (csv, ndjson, parquet)" in problem["hint"]


def test_a_406_where_there_is_no_file_names_none(api):
    assert "file" not in api.get("/api/v1/slots", headers={"accept": "text/csv"}).json()["hint"]


@pytest.mark.parametrize(
    "url", [f"{SLOT_PAGE}.csv", "/api/v1/flights.parquet", "/api/v1/days/2026-11-24/flights.ndjson"]
)
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_writing_to_a_file_is_405_and_says_what_is_allowed(api, url, method):
    answer = getattr(api, method)(url)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert api.options(url).headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_body_that_cannot_be_read_is_415_in_the_same_form():
    answer = problems.problem_response(UnsupportedMediaType("text/xml"), {})
    assert (answer.status_code, json.loads(answer.content)["title"]) == (415, "This kind of body can't be read")
