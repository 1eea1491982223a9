import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from flights.times import utc_now
from ingestion import ledger, plan_words

pytestmark = pytest.mark.django_db


def told(*words):
    out = StringIO()
    call_command("quota", *words, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def daily(settings):
    """A slot a day, so that no test crosses into the next."""
    settings.INGEST_SCHEDULE = "0 0 * * *"


def test_the_quota_is_told_in_sentences():
    lines = told().splitlines()
    assert lines[0] == "0 of 10000 requests are used, 10000 are left"
    assert lines[1:] == plan_words.sentences(ledger.month_plan(utc_now()))


def test_the_quota_is_printed_as_the_api_answers_it():
    answer = json.loads(told("--json"))
    assert (answer["allowance"], answer["reserves"]["people"], answer["told_remaining"]) == (10_000, 100, None)
    assert answer["for_backfill"] == ledger.month_plan(utc_now()).for_backfill


def test_a_ledger_that_can_not_be_read_is_told_in_a_line():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE ingestion_upstreamrequest")
    with pytest.raises(CommandError, match="is its database"):
        told()
