"""Answers of closed slots: computed once, kept for ever, added to."""

import pytest

from flights import answering, queries, services, store
from flights.indicators.registry import REGISTRY
from flights.times import utc_now
from tests.factories import a_row
from tests.flights.answers.conftest import SLOT
from tests.flights.api.stored import NOW, close_sampled_slot, close_slot, store_rows


def told(indicator, slot=SLOT):
    return queries.answers_of_slot(slot)[indicator]


def revisions(indicator="airline_most_active"):
    return [each["revision"] for each in queries.revisions_of_answer(indicator, SLOT)]


def test_every_indicator_is_answered_once(two_flights):
    assert len(answering.answer_slot(SLOT, NOW)) == len(REGISTRY)
    assert answering.answer_slot(SLOT, NOW) == []
    assert set(queries.answers_of_slot(SLOT)) == set(REGISTRY)


def test_an_answer_carries_its_basis(two_flights):
    answering.answer_slot(SLOT, NOW)
    answer = told("airline_most_regional_by_continent")
    assert (answer["n"], answer["population"], answer["coverage"]) == (1, 2, 0.5)
    assert answer["excluded"] == {"unknown-destination": 1}
    assert answer["completeness"]["sampling"] == "everything listed"
    assert (answer["slot_state"], answer["slot_revision"], answer["definition_version"]) == ("complete", 0, 1)
    assert answer["reference_version"].startswith("packaged-")


def a_sampled_slot():
    """One flight on the first page of the sampled query, one on each of two drawn pages, one of the query beside it."""
    for number, page in enumerate(["00.00000", "00.00004", "00.00008", "01.00000"]):
        store_rows(a_row(flight__iata=f"AF{number}"), page=page)
    close_sampled_slot()


def test_a_sampled_slot_keeps_estimates_of_what_was_drawn(documents):
    a_sampled_slot()
    answering.answer_slot(SLOT, NOW)
    answer = told("movements")
    estimate = next(each for each in answer["estimates"] if each["of"] == "movements")
    # Each of the three drawn pages (one without a flight) stands for 4 of 12; first pages stand for themselves.
    assert (answer["n"], estimate["estimate"]) == (4, 1 + 2 * 4 + 1)
    assert estimate["low"] >= 4
    assert "without 200 rows of queries of which too few pages were fetched" in estimate["method"]
    assert [query["sampling"] for query in answer["completeness"]["queries"]] == [
        "systematic sample of pages",
        "first pages",
    ]


def test_slots_of_earlier_versions_are_one_stratum(documents):
    a_sampled_slot()
    store.collection(store.SLOTS).update_one({"_id": SLOT}, {"$unset": {"completeness.queries": ""}})
    answering.answer_slot(SLOT, NOW)
    estimate = next(each for each in told("movements")["estimates"] if each["of"] == "movements")
    assert estimate["estimate"] == round(4 * 1_600 / 500, 1)
    assert "1600 rows announced / 500 received" in estimate["method"]


def test_a_slot_that_is_not_closed_is_not_answered(documents):
    store_rows(a_row())
    services.open_slot(SLOT, "run", NOW)
    assert answering.answer_slot(SLOT, NOW) == []


def test_an_unknown_slot_is_not_answered(documents):
    assert answering.answer_slot("2026-11-24T06Z", NOW) == []


def test_what_a_kill_left_unanswered_is_answered_the_next_time(two_flights):
    answering.answer_slot(SLOT, NOW)
    store.collection(store.INDICATORS).delete_many({"indicator": "movements"})
    assert [each["indicator"] for each in answering.answer_slot(SLOT, NOW)] == ["movements"]


def test_answering_again_adds_a_revision_and_keeps_the_old(two_flights):
    answering.answer_slot(SLOT, NOW)
    first = told("airline_most_active")
    answering.answer_again(SLOT, utc_now(), ["airline_most_active"])
    assert revisions() == [0, 1]
    assert queries.revisions_of_answer("airline_most_active", SLOT)[0] == first
    assert revisions("movements") == [0]


def test_a_slot_that_closes_anew_is_answered_anew(two_flights):
    answering.answer_slot(SLOT, NOW)
    store_rows(a_row(flight__iata="AF11"))
    close_slot(revision=1, rows_announced=3, rows_received=3, published=3)
    answering.answer_slot(SLOT, NOW)
    assert revisions() == [0, 1]
    assert [each["value"]["count"] for each in queries.revisions_of_answer("airline_most_active", SLOT)] == [2, 3]


def test_two_that_answer_at_once_leave_one_answer(two_flights, monkeypatch):
    insert = store.insert_new

    def raced(name, documents):
        documents = list(documents)
        monkeypatch.setattr(store, "insert_new", insert)
        answering.answer_slot(SLOT, NOW)
        return insert(name, documents)

    monkeypatch.setattr(store, "insert_new", raced)
    assert answering.answer_slot(SLOT, NOW) == []
    assert revisions() == [0]


def test_an_empty_slot_has_reasons_and_no_zeros(documents):
    close_slot(rows_received=0, rows_announced=0, published=0)
    answering.answer_slot(SLOT, NOW)
    answers = queries.answers_of_slot(SLOT)
    values = {name: answer["value"] for name, answer in answers.items() if answer["value"] is not None}
    assert set(values) <= {"movements", "codes_unresolved"}
    assert all(answer["reason"] for answer in answers.values() if answer["value"] is None)


def test_an_indicator_that_fails_says_so_and_stops_nothing(two_flights, monkeypatch):
    broken = REGISTRY["airline_most_active"]
    monkeypatch.setitem(REGISTRY, broken.id, type(broken)(**{**fields_of(broken), "qualifies": lambda _: {}["x"]}))
    answering.answer_slot(SLOT, NOW)
    answer = told("airline_most_active")
    assert (answer["value"], answer["n"], answer["excluded"]) == (None, 0, {"failed": 2})
    assert "failed" in answer["reason"]
    assert told("movements")["value"]["movements"] == 2


def fields_of(indicator):
    return {name: getattr(indicator, name) for name in indicator.__struct_fields__}


@pytest.mark.parametrize("slot", ["2026-11-20", "2026-11-20T23Z"])
def test_a_time_series_is_one_range_of_ids(documents, slot):
    store_rows(a_row(), slot=slot)
    close_slot(slot)
    answering.answer_slot(slot, NOW)
    day = NOW.date().replace(day=20)
    assert list(queries.answers_of_days("movements", (day, day))) == [slot]
    other = NOW.date().replace(day=21)
    assert queries.answers_of_days("movements", (other, other)) == {}
