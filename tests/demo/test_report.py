import json
import stat

import pytest

from flightsite.demo import report

INGEST = {"slot": "2026-11-24T04Z", "state": "complete", "requests": 3, "stored": 250}


@pytest.fixture
def state():
    return {
        "base_url": "http://127.0.0.1:8420",
        "metrics": {"web": "http://127.0.0.1:8420/metrics", "exporter": "http://127.0.0.1:8422/metrics"},
        "api_key": "abc.def",
        "admin_user": "admin",
        "admin_password": "secret",
    }


def test_the_state_is_for_its_owner_only(tmp_path, state):
    report.write_state(tmp_path, state)
    file = tmp_path / "state.json"
    assert json.loads(file.read_text()) == state
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_state_goes_when_the_demo_goes(tmp_path, state):
    report.write_state(tmp_path, state)
    report.remove_state(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_person_gets_a_curl_line_to_paste(state):
    page = report.for_a_person(state, INGEST, 9.87)
    assert ("curl -H 'Authorization: Api-Key abc.def' 'http://127.0.0.1:8420/api/v1/flights?limit=3'") in page
    assert "  metrics  http://127.0.0.1:8422/metrics" in page
    assert "up after 9.9 s. Slot 2026-11-24T04Z is complete: 250 flights" in page


def an_answer(number=0, **changes):
    told = {"indicator": f"q{number}", "title": "Mean speed", "text": "EU 801 km/h", "value": [1], "reason": None}
    basis = {"ties": {}, "n": 3, "population": 4, "coverage": 0.75, "excluded": {"no-position": 1}}
    return {**told, **basis, **changes}


def test_a_person_gets_every_answer_with_n_and_coverage():
    page = report.answers_for_a_person("2026-11-24T04Z", [an_answer()])
    assert page.splitlines()[2:] == [
        "  Mean speed",
        "      EU 801 km/h",
        "      n 3 of 4 (75.0%); left out: 1 no-position",
    ]


def test_an_answer_about_nothing_has_no_coverage():
    page = report.answers_for_a_person("2026-11-24T04Z", [an_answer(n=0, population=0, coverage=None, excluded={})])
    assert page.endswith("      n 0 of 0")


def test_a_program_gets_the_collections_figures_and_the_ten_answers_on_one_line():
    answers = [an_answer(number) for number in range(12)]
    line = report.for_a_program({**INGEST, "seconds": {"extraction": 0.7}}, answers, {"prepare": 1.5}, 9.87)
    assert "\n" not in line
    told = json.loads(line)
    indicators = told.pop("indicators")
    assert told == {**INGEST, "seconds": {"extraction": 0.7, "prepare": 1.5, "ready": 9.87}}
    assert list(indicators) == [f"q{number}" for number in range(10)]
    assert (indicators["q0"]["n"], indicators["q0"]["coverage"]) == (3, 0.75)
