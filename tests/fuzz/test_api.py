"""Whatever is asked of the API: an answer in its shape, or a problem that says what to do; never a failure of ours."""

from base64 import urlsafe_b64encode
from datetime import date
from urllib.parse import parse_qs, quote, unquote

import msgspec
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st

from flights.api import filters, pagination, shapes
from flights.api.problems import MEDIA_TYPE, Problem
from tests.fuzz.asking import Asked, ask
from tests.fuzz.damage import DATES, TEXTS, odd_values
from tests.fuzz.effort import count, fuzzed

SHAPES = {
    "index": shapes.Index,
    "flights": shapes.FlightList,
    "flight": shapes.FlightAnswer,
    "flight-history": shapes.FlightList,
    "slots": shapes.SlotList,
    "slot-day": shapes.SlotAnswer,
    "slot-day-flights": shapes.FlightList,
    "slot": shapes.SlotAnswer,
    "slot-flights": shapes.FlightList,
}
FLIGHT = "2026-11-24T0615-LYS-CDG-AF7641"
PATHS = [
    [],
    ["flights"],
    ["flights", FLIGHT],
    ["flights", FLIGHT, "history"],
    ["slots"],
    ["slots", "2026-11-20"],
    ["slots", "2026-11-20", "flights"],
    ["slots", "2026-11-24", "04"],
    ["slots", "2026-11-24", "4", "flights"],
]
LISTS = [
    "flights",
    "flights/" + FLIGHT + "/history",
    "slots",
    "slots/2026-11-20/flights",
    "slots/2026-11-24/04/flights",
]
KNOWN = sorted({one.name for one in (*filters.FLIGHTS, *filters.SLOTS)})
GOOD = [
    "2026-11-24", "2026-11-23", "2026-11-24T04Z", "2026-11-20", "0001-01-01", "9999-12-31", "active", "landed",
    "complete", "AF", "AFR", "LYS", "cdg", "LFLL", "AF7641", "AF1", "1", "2", "1000", "-5", "04",
]  # fmt: skip
FITTING = [
    ("status", "active"), ("status", "landed"), ("dep", "LYS"), ("dep", "lfll"), ("arr", "CDG"), ("airline", "AF"),
    ("limit", "1"), ("flight_number", "AF7641"), ("flight_date", "2026-11-24"), ("slot", "2026-11-24T04Z"),
    ("from", "2026-11-20"), ("to", "2026-11-24"), ("state", "complete"), ("flight_date_from", "2026-11-20"),
    ("flight_date_to", "2026-11-24"),
]  # fmt: skip
CODES = [
    "%00",
    "%ff",
    "%C0%AF",
    "%",
    "%zz",
    "%2F",
    "%3F",
    "%23",
    "%ED%A0%80",
    "%25",
    "+",
    "%0A",
    "%0d%0aX:1",
    "..",
    ";",
    "%E2%80%AE",
]
METHODS = ["GET"] * 6 + ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]
HEADERS = {
    b"accept": [b"*/*", b"application/json", b"text/html", b"application/json; version=9", b"", b"\xff", b"a/b;q=x",
                b"*/*," * 500],
    b"authorization": [b"", b"Api-Key", b"Api-Key ", b"Api-Key \xff", b"Api-Key a.b", b"Api-Key a b c", b"Bearer x",
                       b"Basic Og==", b"Api-Key " + b"x" * 9_000, b"api-key \x00"],
    b"x-request-id": [b"mine", b"<script>", b"\xff", b"x" * 9_000, b""],
    b"host": [b"", b"evil.test", b"127.0.0.1:99999", b"[::1", b"a b", b"\xff", b"localhost@evil.test"],
    b"content-type": [b"application/json", b"multipart/form-data", b"text/plain; charset=utf-99", b"\xff"],
    b"x-http-method-override": [b"DELETE"],
    b"x-forwarded-host": [b"evil.test"],
    b"x-forwarded-proto": [b"https", b"\xff"],
    b"cookie": [b"sessionid=\xff; csrftoken=x", b"sessionid=" + b"x" * 9_000, b"=;=;\x7f"],
    b"range": [b"bytes=0-1", b"bytes=-"],
    b"if-modified-since": [b"soon"],
    b"if-none-match": [b"*"],
    b"accept-language": [b"\xff", b"fr;q=9", b"zz-" + b"z" * 600],
    b"origin": [b"null", b"http://evil.test"],
    b"traceparent": [b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-00", b"\xff"],
}  # fmt: skip

texts = (
    st.sampled_from(GOOD)
    | st.sampled_from([*TEXTS, *DATES])
    | st.text(max_size=12)
    | odd_values.map(lambda value: str(value)[:400])
)
coded = texts.map(lambda text: quote(text, safe="", errors="replace")) | st.sampled_from(CODES)
values = coded | st.sampled_from(GOOD) | st.binary(max_size=6).map(quote)

lines = st.binary(max_size=9).map(lambda raw: raw.translate(None, bytes(range(32))))


@st.composite
def queries(draw):
    """Parameters known and unknown, good and bad, now and then many times over."""
    odd = st.tuples(st.sampled_from(KNOWN) | st.sampled_from(KNOWN) | coded, values)
    pairs = draw(st.lists(odd, max_size=4) | st.lists(st.sampled_from(FITTING), max_size=3))
    if draw(st.integers(0, 30)) == 0:
        pairs *= draw(st.sampled_from([2, 300]))
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


@st.composite
def paths(draw):
    parts = list(draw(st.sampled_from(PATHS)))
    if parts and draw(st.booleans()):
        parts[draw(st.integers(0, len(parts) - 1))] = draw(coded)
    return "/api/v1/" + "/".join(parts) + draw(st.sampled_from(["", "", "", "/", "//", "/x"]))


@st.composite
def cursors(draw):
    """A list's address and a cursor that whoever knows how they are made could make."""
    path, status = f"/api/v1/{draw(st.sampled_from(LISTS))}", draw(st.sampled_from([None, "active"]))
    right = pagination._hash(path, {"status": (status,)} if status else {})
    days = st.none() | st.tuples(st.dates(), st.dates()) | st.dates().map(lambda day: (day, day)) | odd_values
    parts = [draw(texts | odd_values), draw(st.sampled_from([right] * 5 + [right[1:], None])), draw(days)]
    text = _packed(parts[: draw(st.sampled_from([3, 3, 3, 2, 1]))])
    text = draw(st.sampled_from([text, text, text, text[:-1], text + "=", text * 40]))
    return Asked("GET", path, f"limit=1&cursor={text}{f'&status={status}' if status else ''}".encode())


def _packed(parts):
    try:
        packed = msgspec.msgpack.encode([part.isoformat() if isinstance(part, date) else part for part in parts])
    except (OverflowError, UnicodeEncodeError):
        packed = b"\xc1"
    return urlsafe_b64encode(packed).decode().rstrip("=")


def check_problem(asked, told):
    assert told.headers[b"content-type"] == MEDIA_TYPE.encode()
    if asked.method == "HEAD":
        return
    problem = msgspec.json.decode(told.body, type=Problem)
    assert problem.status == told.status
    assert problem.hint
    assert problem.request_id == told.headers[b"x-request-id"].decode()


def check_answer(asked, told):
    """In the shape of its address, as long as it says, and of nothing but what was asked for."""
    answer = msgspec.json.decode(told.body, type=SHAPES[resolve(unquote(asked.path)).url_name])
    rows = answer.data if isinstance(answer.data, list) else []
    if isinstance(answer, shapes.FlightList | shapes.SlotList):
        assert len(rows) == answer.meta.count <= answer.meta.limit
    wanted = {name: found[0] for name, found in parse_qs(asked.query.decode()).items()}
    assert {row.status for row in rows if "status" in wanted} <= set(wanted.get("status", "").split(","))
    assert {row.state for row in rows if "state" in wanted} <= {wanted.get("state")}
    assert {row.flight_date for row in rows if "flight_date" in wanted} <= {wanted.get("flight_date")}
    if "dep" in wanted and rows:
        codes = {code for told in answer.meta.resolved if told.parameter == "dep" for code in told.codes}
        assert all(codes & {row.departure.iata, row.departure.icao} for row in rows)


def check_api(target, asked):
    told = ask(asked)
    count(target, str(told.status))
    assert told.status in (200, 304) or 400 <= told.status < 500
    if told.status == 304:
        assert (told.body, b"if-none-match" in dict(asked.headers)) == (b"", True)
    elif told.status != 200:
        check_problem(asked, told)
    elif asked.method == "GET":
        check_answer(asked, told)


@fuzzed(250, shared_fixtures=True)
@given(st.sampled_from(PATHS), queries())
def test_any_parameters_are_answered_or_explained(shown, parts, query):
    check_api("parameters", Asked("GET", "/api/v1/" + "/".join(parts), query, (shown,)))


@fuzzed(100, shared_fixtures=True)
@given(paths())
def test_any_address_is_answered_or_explained(shown, path):
    check_api("addresses", Asked("GET", path, headers=(shown,)))


@fuzzed(150, shared_fixtures=True)
@given(cursors())
def test_any_cursor_is_answered_or_explained(shown, asked):
    check_api("cursors", Asked(asked.method, asked.path, asked.query, (shown,)))


@fuzzed(150, shared_fixtures=True)
@given(st.sampled_from(METHODS), st.sampled_from(PATHS), st.data(), st.binary(max_size=20))
def test_any_method_and_header_is_answered_or_explained(shown, method, parts, data, body):
    names = data.draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=3))
    odd = tuple((name, data.draw(st.sampled_from(HEADERS[name]) | lines)) for name in names)
    own = () if b"authorization" in names else (shown,)
    check_api("headers", Asked(method, "/api/v1/" + "/".join(parts), headers=own + odd, body=body))
