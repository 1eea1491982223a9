"""The flights behind an answer add up to it."""

import pytest

from flights import answering, queries
from flights.evidence import EXCLUDED, USED, Wanted, evidence
from flights.indicators.registry import REGISTRY
from tests.flights.answers.conftest import SLOT
from tests.flights.api.stored import NOW


@pytest.fixture
def answers(two_flights):
    answering.answer_slot(SLOT, NOW)
    return queries.answers_of_slot(SLOT)


@pytest.mark.parametrize("name", REGISTRY)
def test_used_and_excluded_flights_add_up_to_the_answer(answers, name):
    answer = answers[name]
    assert len(evidence(answer, Wanted(USED), "", 100)) == answer["n"]
    left_out = evidence(answer, Wanted(EXCLUDED), "", 100)
    told = [each["detail"] for each in left_out]
    assert {reason: told.count(reason) for reason in told} == answer["excluded"]


def test_only_those_of_one_reason(answers):
    answer = answers["longest_active_route"]
    found = evidence(answer, Wanted(EXCLUDED, "unknown-destination"), "", 100)
    assert [each["arrival"]["iata"] for each in found] == ["QQQ"]
    assert evidence(answer, Wanted(EXCLUDED, "no-position"), "", 100) == []


def test_a_page_begins_after_the_last_one(answers, monkeypatch):
    monkeypatch.setattr("flights.evidence.BATCH", 1)
    answer = answers["airline_most_active"]
    first = evidence(answer, Wanted(USED), "", 1)
    second = evidence(answer, Wanted(USED), first[-1]["_id"], 1)
    assert [each["flight_id"][-3:] for each in first + second] == ["641", "AF9"]
    assert evidence(answer, Wanted(USED), second[-1]["_id"], 1) == []
