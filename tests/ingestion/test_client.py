import gzip
import json
import logging
import traceback

import httpx
import pytest

import ingestion.client
from flightsite import logs
from ingestion.client import AviationstackClient, client_from_settings
from ingestion.errors import (
    KeyRefused,
    PlanRefused,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnusableAnswer,
    UpstreamUnavailable,
)
from ingestion.rows import read_envelope
from tests.conftest import CANARY_KEY
from tests.factories import a_page, a_row

BASE = "https://api.example.org/v1"
AT_THE_LOAD_BALANCER = b"""{
  "error": {
    "code": "invalid_access_key",
    "message": "You have not supplied a valid API Access Key. [Technical Support: support@apilayer.com]"
  }
}
"""
VALIDATION = {
    "error": {
        "code": "validation_error",
        "message": "Request failed with validation error",
        "context": {"date": [{"key": "invalid_future_date", "message": "The date must be above 2026-03-10"}]},
    }
}
PHP = "Argument 1 passed to App\\Legacy\\SharedFunctions::mysql_fetch_array must be an instance of PDOStatement"


def error(code, message="said so"):
    return {"error": {"code": code, "message": message}}


def asked(answer, key=CANARY_KEY):
    """The outcome of one request answered by `answer`: a response, or a function of the request."""
    serve = answer if callable(answer) else lambda request: answer
    with AviationstackClient(BASE + "/", key, transport=httpx.MockTransport(serve)) as client:
        return client.flights({"flight_status": "active"}, limit=100, offset=200)


def raising(exception):
    def serve(request):
        raise exception

    return serve


class Stream(httpx.SyncByteStream):
    """A body in parts; an exception among them is raised in its place."""

    def __init__(self, *parts):
        self.parts = parts

    def __iter__(self):
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part


def test_a_page_is_asked_for_with_key_parameters_limit_and_offset():
    seen = []
    asked(lambda request: seen.append(request.url) or httpx.Response(200, json={}))
    assert str(seen[0]) == (
        f"https://api.example.org/v1/flights?access_key={CANARY_KEY}&flight_status=active&limit=100&offset=200"
    )


def test_an_answer_is_handed_back_as_received():
    body = a_page([a_row()])
    answer = asked(httpx.Response(200, content=body))
    assert (answer.status, answer.body, answer.seconds >= 0) == (200, body, True)


def test_a_compressed_answer_that_comes_in_parts_is_unpacked():
    body = a_page([a_row()])
    packed = gzip.compress(body)
    parts = Stream(packed[:100], packed[100:])
    assert asked(httpx.Response(200, stream=parts, headers={"content-encoding": "gzip"})).body == body


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, error("invalid_access_key"), KeyRefused),
        (401, error("missing_access_key"), KeyRefused),
        (401, error("inactive_user"), KeyRefused),
        (402, error("api_access_blocked"), KeyRefused),
        (402, {}, KeyRefused),
        (401, {"message": "Unauthorized"}, KeyRefused),
        (403, error("function_access_restricted"), PlanRefused),
        (403, error("https_access_restricted"), PlanRefused),
        (403, {}, PlanRefused),
        (404, error("invalid_api_function"), RequestRefused),
        (404, error("404_not_found"), RequestRefused),
        (400, VALIDATION, RequestRefused),
        (302, {}, RequestRefused),
        (429, error("usage_limit_reached"), QuotaExhausted),
        (429, error("rate_limit_reached"), RateLimited),
        (429, error("too_many_requests"), RateLimited),
        (429, {}, RateLimited),
        (500, error("internal_error"), UpstreamUnavailable),
        (500, error(PHP, PHP), UpstreamUnavailable),
        (502, {}, UpstreamUnavailable),
        (500, error("usage_limit_reached"), QuotaExhausted),
        (200, error("usage_limit_reached"), QuotaExhausted),
        (200, error("invalid_access_key"), KeyRefused),
        (200, error("internal_error"), UnusableAnswer),
        (200, {"error": "No Record Found"}, UnusableAnswer),
        (200, {"message": "Endpoint request timed out"}, UnusableAnswer),
    ],
)
def test_status_and_code_decide_the_kind_of_failure(status, body, kind):
    with pytest.raises(kind) as caught:
        asked(httpx.Response(status, json=body))
    assert type(caught.value) is kind
    assert caught.value.answer.status == status


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        (101, "invalid_access_key", KeyRefused),
        (102, "inactive_user", KeyRefused),
        (103, "invalid_api_function", RequestRefused),
        (104, "usage_limit_reached", QuotaExhausted),
        (105, "function_access_restricted", PlanRefused),
    ],
)
def test_the_old_form_with_a_numeric_code_is_read_by_its_type(code, name, kind):
    told = {"success": False, "error": {"code": code, "type": name, "info": "Your monthly usage limit"}}
    with pytest.raises(kind, match=f"{name} Your monthly usage limit"):
        asked(httpx.Response(200, json=told))


def test_a_known_code_counts_although_its_type_is_unknown():
    told = {"error": {"code": "usage_limit_reached", "type": "about:blank"}}
    with pytest.raises(QuotaExhausted):
        asked(httpx.Response(429, json=told))


def test_a_refusal_of_the_load_balancer_is_a_refused_key():
    with pytest.raises(KeyRefused, match="valid API Access Key"):
        asked(httpx.Response(401, content=AT_THE_LOAD_BALANCER, headers={"x-blocked-at-loadbalancer": "1"}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b'{"error"',
        b'["error"]',
        b'"error"',
        b'{"error":"\xff"}',
        b'{"error":' + b"[" * 99_999,
    ],
)
def test_a_failure_without_a_readable_reason_says_that_none_was_given(body):
    with pytest.raises(UpstreamUnavailable, match="no reason given"):
        asked(httpx.Response(502, content=body))


@pytest.mark.parametrize("body", [b"<html>error</html>", b"", a_page([a_row()])[:500]])
def test_a_broken_page_counts_as_answered_and_is_found_out_where_it_is_read(body):
    answer = asked(httpx.Response(200, content=body))
    with pytest.raises(UnusableAnswer):
        read_envelope(answer.body)


@pytest.mark.parametrize(
    "body", [{"data": [], "message": "note"}, {"data": [], "error": None}, {"data": [], "error": {}}]
)
def test_a_page_with_a_note_or_an_empty_error_is_an_answer(body):
    assert asked(httpx.Response(200, json=body)).status == 200


def test_a_long_reason_is_cut():
    with pytest.raises(UpstreamUnavailable) as caught:
        asked(httpx.Response(500, json=error(PHP * 9, "x" * 5000)))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "exception",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("peer closed connection"),
        httpx.TooManyRedirects("round and round"),
        httpx.InvalidURL("no host"),
    ],
    ids=lambda exception: type(exception).__name__,
)
def test_no_answer_is_told_by_its_kind_and_can_be_tried_again(exception):
    with pytest.raises(UpstreamUnavailable, match=f"no answer from the upstream: {type(exception).__name__}") as caught:
        asked(raising(exception))
    assert (caught.value.retryable, caught.value.answer) == (True, None)


@pytest.mark.parametrize(
    "failure",
    [httpx.RemoteProtocolError("incomplete message body"), httpx.ReadTimeout("slow"), httpx.StreamClosed()],
    ids=lambda failure: type(failure).__name__,
)
def test_an_answer_that_breaks_off_is_no_answer(failure):
    with pytest.raises(UpstreamUnavailable, match=type(failure).__name__):
        asked(httpx.Response(200, stream=Stream(b'{"data":[', failure)))


def test_a_body_that_can_not_be_unpacked_is_no_answer():
    def serve(request):
        return httpx.Response(200, stream=Stream(b"not gzip"), headers={"content-encoding": "gzip"})

    with pytest.raises(UpstreamUnavailable, match="DecodingError"):
        asked(serve)


def test_a_body_larger_than_any_page_is_not_read_to_its_end():
    mebibyte = b" " * (1 << 20)
    with pytest.raises(UnusableAnswer, match="larger than 64 MiB"):
        asked(httpx.Response(200, stream=Stream(*[mebibyte] * 65, AssertionError("read on"))))


def test_an_answer_that_trickles_in_past_the_deadline_is_given_up(monkeypatch):
    monkeypatch.setattr(ingestion.client, "DEADLINE_SECONDS", -1.0)
    with pytest.raises(UpstreamUnavailable, match="no whole answer within"):
        asked(httpx.Response(200, stream=Stream(b"{")))


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ({"x-quota-limit": "100", "x-quota-remaining": "74", "x-increment-usage": "1"}, (100, 74, 1)),
        ({"x-quota-remaining": "-688", "x-increment-usage": "+0"}, (None, -688, 0)),
        ({}, (None, None, None)),
        ({"x-quota-limit": "many", "x-quota-remaining": "", "x-increment-usage": "1.5"}, (None, None, None)),
        ({"x-quota-limit": "1_000", "x-quota-remaining": "9" * 40, "x-increment-usage": "0x1"}, (None, None, None)),
    ],
)
def test_quota_figures_are_read_signed_and_only_where_they_are_whole_numbers(told, read):
    answer = asked(httpx.Response(200, json={}, headers=told))
    assert (answer.quota_limit, answer.quota_remaining, answer.charged) == read


def test_a_refused_call_tells_its_quota_figures_too():
    with pytest.raises(PlanRefused) as caught:
        asked(httpx.Response(403, json={}, headers={"x-quota-remaining": "72", "x-increment-usage": "1"}))
    assert (caught.value.answer.quota_remaining, caught.value.answer.charged) == (72, 1)


def test_a_key_that_the_upstream_echoes_is_blotted_out_of_the_body():
    answer = asked(httpx.Response(200, json={"data": [], "request": f"access_key={CANARY_KEY}"}))
    assert json.loads(answer.body)["request"] == "access_key=[access key]"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json=error("invalid_access_key", f"{CANARY_KEY} is not valid")),
        httpx.Response(500, json=error("internal_error", "x" * 165 + CANARY_KEY)),
        httpx.Response(
            500, content=b'{"error":{"code":"internal_error","message":"\\u0063%s"}}' % CANARY_KEY[1:].encode()
        ),
        httpx.Response(500, content=b'{"error":"%s\\u0063%s"}' % (b"x" * 165, CANARY_KEY[1:].encode())),
        raising(httpx.ConnectError(f"{BASE}?access_key={CANARY_KEY}")),
        raising(httpx.InvalidURL(f"{BASE}?access_key={CANARY_KEY}")),
        httpx.Response(200, stream=Stream(httpx.ReadError(f"access_key={CANARY_KEY}"))),
    ],
)
def test_the_key_is_in_no_text_of_a_failure(answer):
    with pytest.raises((KeyRefused, UpstreamUnavailable)) as caught:
        asked(answer)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "c0ffee00" not in shown


@pytest.fixture
def logging_as_in_production():
    names = ("httpx", "httpcore")
    before = {name: logging.getLogger(name).level for name in names}
    configuration = logs.configuration(readable=False)
    for name in names:
        logging.getLogger(name).setLevel(configuration["loggers"][name]["level"])
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("logging_as_in_production")
def test_the_key_is_in_no_log_record_of_an_answer_although_everything_else_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("tests").debug("this is logged")
    asked(httpx.Response(200, json={}))
    assert "this is logged" in caplog.text
    assert "c0ffee00" not in caplog.text + "".join(repr(record.args) for record in caplog.records)


@pytest.mark.usefixtures("logging_as_in_production")
@pytest.mark.parametrize("answer", [httpx.Response(500), raising(httpx.ReadTimeout("slow"))])
def test_the_key_is_in_no_log_record_of_a_failure(answer, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UpstreamUnavailable):
        asked(answer)
    assert "c0ffee00" not in caplog.text + "".join(repr(record.args) for record in caplog.records)


@pytest.mark.usefixtures("logging_as_in_production")
def test_the_key_is_in_no_log_record_of_a_real_connection_that_is_refused(caplog):
    caplog.set_level(logging.DEBUG)
    with client_from_settings() as client, pytest.raises(UpstreamUnavailable, match="ConnectError") as caught:
        client.flights({}, limit=100, offset=0)
    assert "c0ffee00" not in caplog.text + str(caught.value)


def test_the_client_of_the_settings_has_their_address_and_key(settings):
    settings.AVIATIONSTACK = {"base_url": "http://127.0.0.1:9/v1/", "access_key": "another-key"}
    with client_from_settings() as client:
        assert (client._base_url, client._key) == ("http://127.0.0.1:9/v1", "another-key")


def test_the_client_does_not_show_its_key():
    assert "c0ffee00" not in repr(AviationstackClient(BASE, CANARY_KEY))


def test_control_characters_of_an_error_text_reach_no_log_and_no_database():
    with pytest.raises(UpstreamUnavailable) as caught:
        asked(httpx.Response(500, json=error("internal_error", "a\x00b\x1b[31mc\u2028d")))
    assert "(internal_error a b [31mc d)" in str(caught.value)


@pytest.mark.parametrize("spelling", [CANARY_KEY, r"\u0063" + CANARY_KEY[1:], r"\u0063\u0030" + CANARY_KEY[2:]])
def test_a_key_in_a_row_is_blotted_however_it_is_spelt(spelling):
    body = b'{"data":[{"gate":"%s"}]}' % spelling.encode()
    assert asked(httpx.Response(200, content=body)).body == b'{"data":[{"gate":"[access key]"}]}'


@pytest.mark.parametrize(("header", "told"), [("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", None), (None, None)])
def test_a_pause_that_the_upstream_asks_for_in_seconds_is_told(header, told):
    headers = {} if header is None else {"retry-after": header}
    with pytest.raises(RateLimited) as refused:
        asked(httpx.Response(429, json=error("rate_limit_reached"), headers=headers))
    assert refused.value.answer.retry_after == told
