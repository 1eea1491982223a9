"""Every operation of the OpenAPI description, asked by Schemathesis: what it answers is what was promised."""

from contextlib import closing

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from flights import answering
from flights.keys import services as keys
from ingestion.jobs import Backfill
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, close_slot, store_flights, store_rows

KNOWN = {
    "flight_id": "2026-11-24T0615-LYS-CDG-AF7641",
    "date": "2026-11-24",
    "hour": "04",
    "indicator": "movements",
    "form": "csv",
    "closing": "r0.s1",
    "slot": SLOT,
    "job": "1",
}
# What JSON Schema can not say: a calendar, two dates in order, a cursor that was handed out, words that exclude others,
# names and codes that somebody knows, the present, and that 1.0 is not written for 1.
BEYOND_SCHEMA = {
    "a", "b", "cursor", "date", "flight_date", "flight_date_from", "flight_date_to", "from", "group", "reason",
    "slot", "to", "as_of", "changed_since", "count", "airline", "operating_airline", "marketing_airline",
    "airport", "dep", "arr", "route", "aircraft", "query",
    "max_pages", "days_at_once", "share_percent",
}  # fmt: skip


def whole_answers(environ, start_response):
    """The site, each answer read to its end and closed: Schemathesis does not close what it has read."""
    with closing(site(environ, start_response)) as answer:
        return [b"".join(answer)]


site = get_wsgi_application()
description = schemathesis.openapi.from_wsgi("/api/schema/", whole_answers)
asked = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture
def stored(documents, db):
    store_rows(a_row())
    store_flights(30)
    close_slot()
    answering.answer_slot(SLOT, NOW)
    Backfill.objects.create(
        pk=1, first=NOW, last=NOW, by="contract", via="api", created_at=NOW, changed_at=NOW, since=NOW
    )


@pytest.fixture
def headers(db):
    _, key = keys.create_key("contract", may_operate=True, requests_a_minute=10**6, rows_a_day=2**31 - 1)
    return {"Authorization": f"Api-Key {key}", "Accept-Encoding": "identity"}


def check(case, headers, *excluded):
    """All of Schemathesis' checks; a request that fits the schema may be refused only for a rule beyond it."""
    answer = case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance, *excluded])
    is_fitting = case.meta is not None and case.meta.generation.mode.is_positive
    if is_fitting and answer.status_code == 400:
        named = {fault["parameter"] for fault in answer.json()["errors"]}
        assert named <= BEYOND_SCHEMA, answer.json()


@description.parametrize()
@asked
def test_an_operation_answers_whatever_is_asked_as_described(stored, case, headers):
    check(case, headers)


@description.include(path_regex="{").parametrize()
@asked
def test_an_operation_answers_for_what_there_is_as_described(stored, case, headers):
    case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
    check(case, headers, negative_data_rejection)  # its path was wrong before
