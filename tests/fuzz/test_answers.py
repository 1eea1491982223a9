"""Whatever HTTP answer the upstream gives: an answer, or an error of ours whose text any database can keep."""

import re

import httpx
from hypothesis import given
from hypothesis import strategies as st

from ingestion.client import Answer, AviationstackClient
from ingestion.errors import IngestionError
from tests.environment import CANARY_KEY
from tests.fuzz.damage import damaged, odd_values, sent, written
from tests.fuzz.effort import count, fuzzed

ERRORS = [
    {"error": {"code": "invalid_access_key", "message": f"{CANARY_KEY} is no key"}},
    {"error": {"code": 104, "type": "usage_limit_reached", "info": "Your monthly usage limit has been reached."}},
    {"error": {"code": "validation_error", "message": "failed", "context": {"limit": ["too large"]}}},
    {"message": "Invalid authentication credentials", "request_id": "1"},
    {"pagination": {"total": 0}, "data": []},
]
STATUSES = [200, 200, 200, 401, 402, 403, 404, 429, 500, 502, 503, 599, 204, 304, 308]
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
HEADERS = ["x-quota-limit", "x-quota-remaining", "x-increment-usage", "content-type", "retry-after"]
FIGURES = [
    b"10000",
    b"-7",
    b"+3",
    b"1.5",
    b"9999999999",
    b"",
    b" 12 ",
    b"\xb2",
    b"nan",
    b"application/json",
    CANARY_KEY.encode(),
]


@st.composite
def answers(draw):
    body = written(draw(damaged(draw(st.sampled_from(ERRORS)))))
    headers = draw(st.lists(st.tuples(st.sampled_from(HEADERS), st.sampled_from(FIGURES)), max_size=3))
    content = draw(sent(body)) if draw(st.booleans()) else body
    return httpx.Response(draw(st.sampled_from(STATUSES)), headers=headers, content=content)


def asked(response):
    """What the client makes of the response: an answer or an error of ours."""
    transport = httpx.MockTransport(lambda request: response)
    with AviationstackClient("http://upstream.test/v1", CANARY_KEY, transport) as client:
        try:
            return client.flights({}, limit=100, offset=0)
        except IngestionError as error:
            return error


def figures_of(answer):
    return [figure for figure in (answer.quota_limit, answer.quota_remaining, answer.charged) if figure is not None]


@fuzzed(100)
@given(answers())
def test_any_answer_is_an_answer_or_an_error_with_a_printable_text_without_the_key(response):
    told = asked(response)
    answer = told if isinstance(told, Answer) else told.answer
    assert CANARY_KEY.encode() not in answer.body
    assert all(abs(figure) < 2**31 for figure in figures_of(answer))
    assert CANARY_KEY not in str(told)
    assert isinstance(told, Answer) or not CONTROL.search(str(told))
    count("answers", type(told).__name__)


@fuzzed(20)
@given(odd_values)
def test_an_error_of_any_kind_is_told(value):
    told = asked(httpx.Response(500, content=written({"error": value})))
    assert not CONTROL.search(str(told))
    count("answers", type(told).__name__)
