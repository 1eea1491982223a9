"""What the page of the API tells a newcomer to ask, asked."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from flights import answering
from flights.api import views
from flights.times import utc_now
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, close_slot, store_rows

START = (Path(views.__file__).parent / "start.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^\| [^|]+ \| `([^`]+)`", START, re.MULTILINE)
FILES = re.findall(r"`((?:days|flights)[^`]*\.(?:csv|parquet)[^`]*)`", START)


@pytest.fixture
def answered(api, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    store_rows(a_row())
    close_slot()
    answering.answer_slot(SLOT, NOW)
    return api


def test_there_is_something_to_ask():
    assert (len(QUESTIONS), len(FILES)) == (6, 2)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_the_page_is_answered(answered, question):
    lately = f"changed_since={utc_now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    answer = answered.get(f"/api/v1/{re.sub('changed_since=[^&]+', lately, question)}")
    assert answer.status_code == 200, answer.json()


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_the_page_is_there(answered, file):
    answer = answered.get(f"/api/v1/{file}")
    assert (answer.status_code, b"".join(answer.streaming_content) != b"") == (200, True)
    answer.close()


def test_the_page_begins_with_them(client):
    assert (
        QUESTIONS[0] in client.get("/api/schema/", headers={"accept": "application/json"}).json()["info"]["description"]
    )
