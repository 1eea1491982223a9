"""The answers shown in docs/api.md are answers: the same names, the same kinds of values, the same words."""

import json
import re
from pathlib import Path

import pytest

from flights import answering
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, an_empty_slot, close_slot, store_rows
from tests.flights.api.test_reconstructed import TOLD

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
INDICATOR, LIST, RECONSTRUCTION, PROBLEM = BLOCKS
CUT = "…"  # stands for what a page leaves out


def strangers(shown, real, path=""):
    """What the page shows and the answer has not, or has as another kind of value."""
    if path.endswith(".excluded"):  # whatever reasons there were
        return
    if isinstance(shown, dict) and isinstance(real, dict):
        for name, value in shown.items():
            if name != CUT:
                yield from strangers(value, real[name], f"{path}.{name}") if name in real else [f"{path}.{name}"]
    elif isinstance(shown, list) and isinstance(real, list):
        for each in shown:
            yield from strangers(each, real[0] if real else each, f"{path}[]")
    elif shown != CUT and real is not None and not isinstance(real, type(shown) if shown is not None else object):
        yield f"{path}: {shown!r} is no {type(real).__name__}"


@pytest.fixture
def stored(api):
    row = a_row()
    store_rows(row)
    close_slot()
    answering.answer_slot(SLOT, NOW)
    an_empty_slot("2026-11-24T06Z")
    return api


def test_an_indicator_is_as_shown(stored):
    answers = stored.get("/api/v1/slots/2026-11-24/04/indicators").json()["data"]
    real = next(each for each in answers if each["indicator"] == INDICATOR["indicator"])
    assert list(strangers(INDICATOR, real)) == []
    assert (real["title"], real["unit"]) == (INDICATOR["title"], INDICATOR["unit"])


def test_an_empty_list_is_as_shown(stored):
    real = stored.get("/api/v1/flights?slot=2026-11-24T06Z").json()
    assert list(strangers(LIST, real)) == []


def test_a_reconstruction_is_as_shown(api):
    close_slot(backfill=True, reconstruction=TOLD)
    real = api.get("/api/v1/slots/2026-11-24/04").json()["data"]["reconstruction"]
    assert list(strangers(RECONSTRUCTION, real)) == []
    assert list(real) == list(TOLD.__struct_fields__)


def test_a_problem_is_as_shown(stored):
    real = stored.get("/api/v1/flights?stauts=active").json()
    assert list(strangers(PROBLEM, real)) == []
    for name in ("type", "title", "status", "detail"):
        assert real[name] == PROBLEM[name]
    assert real["hint"].startswith(PROBLEM["hint"].partition(CUT)[0])
