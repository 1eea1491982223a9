"""Strategies that damage what is well-formed: JSON values by their structure, texts and bytes as they are sent."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

# Put in as marks, so that they survive json.dumps; each becomes what no JSON library would write.
AGAIN = "#again"  # at the end of a key: a second time the key before it
_RAW = {
    "#deep": b"[" * 3_000 + b"]" * 3_000,
    "#deep-open": b'{"a":' * 400,
    "#huge": b"9" * 5_000,
    "#exponent": b"1e999",
    "#latin": b'"\xe9\xff"',
    "#control": b'"\x00\x1b[31m\x7f"',
    "#half": b'"\\udc00\\ud800"',
    "#word": b"undefined",
    "#nothing": b"",
    "#comma": b"1,,",
    "#minus": b"-",
}
NUMBERS = [0, -1, 1, 2**31, 2**63, -(2**63), 2**64, 10**30, 10**400, -0.0, 1e-320, 1e308, 0.1, float("nan")]
ENDLESS = [float("inf"), float("-inf")]
DATES = [
    "2026-02-30T06:15:00+00:00", "2026-10-25T02:30:00+00:00", "2026-03-29T02:30:00+00:00", "2026-11-24T06:15:00+14:00",
    "2026-11-24T06:15:00-23:59", "2026-11-24T24:00:00", "2026-W48-2", "20261124T061500Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999+00:00", "1970-01-01T00:00:00+00:00", "2100-01-01T00:00:00", "1999-12-31T23:59:59",
    "2026-11-24", "2026-11-24 06:15", "2026-11-24T06:15:60", "2026-11-24T06:15:00.9999999+00:00", "24/11/2026", "soon",
    "\u0662\u0660\u0662\u0666-11-24T06:15:00", "2016-12-31T23:59:60Z", "2011-12-30T12:00:00+00:00",
    "-2026-11-24T06:15:00", "2026-11-24T04Z",
]  # fmt: skip
ZONES = [
    "Pacific/Apia", "Africa/Monrovia", "America/St_Johns", "Asia/Kathmandu", "Antarctica/Troll", "UTC", "+8", "CEST",
    "../etc/passwd", "/etc/localtime", "Europe", "Europe/Paris\x00", "posix/Europe/Paris", "europe/paris",
    ".", "a" * 300, "localtime", "Factory", "\ud83d\udeeb",
]  # fmt: skip
TEXTS = [
    "", " ", "null", "0", "\x00", "a\x00b", "\u2028", "\ufeff", "\u202eLYS", "é" * 40, "x" * 501, "x" * 5_000, "\ud800",
    "af 7641", "AF7641\n", "$where", "a.b", "__proto__", "<script>", "'; --", "ß", "ǆ", "\u0661\u0662", "🛫" * 130,
    "%00", "-", "empty", "LYS", "LFLL", "AF", "A" * 13, "scheduled", "LANDED", "2026-11-24T04Z.1",
    "2026-11-24T0615-LYS-CDG-AF7641",
]  # fmt: skip
SHAPES: list[Any] = [None, True, False, [], {}, [[]], [None], {"a": 1}, {"iata": "LYS"}, [{}], {"": {}}]
ODD = [*NUMBERS, *ENDLESS, *DATES, *ZONES, *TEXTS, *SHAPES, *_RAW]

odd_values = st.sampled_from(ODD).map(deepcopy) | st.text(max_size=20) | st.integers() | st.floats()
odd_texts = st.sampled_from([*TEXTS, *DATES, *ZONES]) | odd_values
_encodings = st.sampled_from(
    ["utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32-le", "cp1252", "utf-7"]
)


@st.composite
def damaged(draw: st.DrawFn, whole: Any, most: int = 3) -> Any:
    """The value with a few of its parts replaced, lost, doubled or exchanged for one another."""
    value = deepcopy(whole)
    for _ in range(draw(st.integers(0, most))):
        if paths := list(_paths(value)):
            _damage(draw, value, draw(st.sampled_from(paths)), paths)
    return value


def written(value: Any, *, escaped: bool = True) -> bytes:
    """JSON text as no library would write it: marks become what they stand for."""
    text = json.dumps(value, ensure_ascii=escaped).encode(errors="surrogatepass")
    for mark, raw in _RAW.items():
        text = text.replace(f'"{mark}"'.encode(), raw)
    return text.replace(f'{AGAIN}"'.encode(), b'"')


@st.composite
def sent(draw: st.DrawFn, text: bytes) -> bytes:
    """The bytes in one encoding or another, now and then cut, doubled, or hit in the middle."""
    encoding = draw(_encodings)
    body = text if encoding == "utf-8" else text.decode(errors="replace").encode(encoding, errors="replace")
    how = draw(st.sampled_from(["whole"] * 6 + ["cut", "twice", "hit", "gap", "tail"]))
    at = draw(st.integers(0, len(body))) if how in {"cut", "hit", "gap"} else 0
    if how == "hit":
        body = body[:at] + draw(st.binary(min_size=1, max_size=4)) + body[at + 1 :]
    parts = {"cut": body[:at], "twice": body + body, "gap": body[:at] + body[at + 7 :], "tail": body + b"\x00}"}
    return parts.get(how, body)


def _paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """Every place in the value but the value itself."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*here, key)
            yield from _paths(inner, (*here, key))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _damage(draw: st.DrawFn, value: Any, path: Path, paths: list[Path]) -> None:
    parent, key = _at(value, path[:-1]), path[-1]
    how = draw(st.sampled_from(["odd", "odd", "odd", "lose", "again", "other"]))
    if how == "odd":
        parent[key] = draw(odd_texts if isinstance(parent[key], str) else odd_values)
    elif how == "lose":
        del parent[key]
    elif how == "other":
        parent[key] = deepcopy(_at(value, draw(st.sampled_from(paths))))
    elif isinstance(parent, dict):
        parent[f"{key}{AGAIN}"] = draw(odd_values)
    else:
        parent.insert(0, deepcopy(parent[key]))
