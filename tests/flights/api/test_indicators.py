"""Answers by API: values with their basis, gaps told, evidence that adds up."""

import pytest
from django.urls import reverse

from flights import answering, services
from flights.indicators.registry import REGISTRY
from flights.records import SlotState
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, close_slot, store_rows

HERE = "/api/v1/slots/2026-11-24/04/indicators"
WEEK = "?from=2026-11-24&to=2026-11-24"


@pytest.fixture
def answered(api):
    """Two active flights, one of them to an airport that nobody knows."""
    store_rows(a_row(), a_row(arrival__iata="QQQ", arrival__icao=None, flight__iata="AF9"))
    close_slot(rows_announced=2, rows_received=2, published=2)
    answering.answer_slot(SLOT, NOW)
    return api


def got(api, url):
    answer = api.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_definitions_are_in_plain_words(api):
    told = got(api, "/api/v1/indicators")["data"]
    assert [each["id"] for each in told] == list(REGISTRY)
    assert all(len(each["definition"]) > 60 and each["version"] >= 1 for each in told)
    assert told[0]["series"] == f"http://testserver{reverse('indicator', args=[told[0]['id']])}"


def test_a_slot_answers_every_question_with_its_basis(answered):
    answers = {each["indicator"]: each for each in got(answered, HERE)["data"]}
    assert list(answers) == list(REGISTRY)
    longest = answers["longest_active_route"]
    assert longest["value"]["destination"] == "CDG"
    assert (longest["n"], longest["population"], longest["coverage"]) == (1, 2, 0.5)
    assert longest["excluded"] == {"unknown-destination": 1}
    assert longest["basis"]["completeness"]["share"] == 1.0
    assert longest["text"].startswith("2026-11-24T0615-LYS-CDG-AF7641: ")


def test_no_position_is_null_with_a_reason_and_never_zero(answered):
    speed = next(each for each in got(answered, HERE)["data"] if each["indicator"] == "mean_speed_by_continent")
    assert (speed["value"], speed["n"], speed["population"]) == (None, 0, 2)
    assert "2 no-position" in speed["reason"]
    assert speed["text"] == f"no answer: {speed['reason']}"


def test_a_slot_that_failed_is_null_with_its_reason(api):
    services.fail_slot(SLOT, "run", SlotState.FAILED, "the key was refused", NOW)
    answers = got(api, HERE)["data"]
    assert {each["value"] for each in answers} == {None}
    assert {each["reason"] for each in answers} == {"the slot is failed: the key was refused"}
    assert {each["evidence"] for each in answers} == {None}


def test_a_slot_that_is_answered_in_a_moment_says_so(api):
    store_rows(a_row())
    close_slot()
    assert got(api, HERE)["data"][0]["reason"] == "it is not computed yet"


def test_a_series_has_a_row_for_every_slot_also_for_gaps(answered):
    services.miss_slot("2026-11-24T06Z", "nothing ran", NOW)
    series = got(answered, f"/api/v1/indicators/airline_most_active{WEEK}")
    told = [(row["slot"], row["slot_state"], row["value"] and row["value"]["count"]) for row in series["data"]]
    assert told == [(SLOT, "complete", 2), ("2026-11-24T06Z", "missed", None)]
    assert series["data"][1]["reason"] == "the slot is missed: nothing ran"
    assert series["meta"]["definition"]["id"] == "airline_most_active"


def test_a_series_goes_on_where_its_page_ended(answered):
    services.miss_slot("2026-11-24T06Z", "nothing ran", NOW)
    first = got(answered, f"/api/v1/indicators/movements{WEEK}&limit=1")
    second = got(answered, first["next"].removeprefix("http://testserver"))
    assert [row["slot"] for row in first["data"] + second["data"]] == [SLOT, "2026-11-24T06Z"]
    assert second["next"] is None


def test_earlier_revisions_stay_to_be_read(answered):
    answering.answer_again(SLOT, NOW, ["movements"])
    assert [row["revision"] for row in got(answered, f"{HERE}/movements")["data"]] == [1, 0]


def test_evidence_adds_up_to_n_and_to_what_was_left_out(answered):
    answers = {each["indicator"]: each for each in got(answered, HERE)["data"]}
    for name in ("airline_most_active", "longest_active_route", "destination_most_popular_by_continent"):
        used = got(answered, f"{HERE}/{name}/evidence")
        left_out = got(answered, f"{HERE}/{name}/evidence?use=excluded")
        assert len(used["data"]) == answers[name]["n"] == used["meta"]["answer"]["n"]
        assert len(left_out["data"]) == sum(answers[name]["excluded"].values())


def test_evidence_tells_the_group_or_the_reason(answered):
    (used,) = got(answered, f"{HERE}/airport_largest_imbalance/evidence")["data"]
    (left_out,) = got(answered, f"{HERE}/airport_largest_imbalance/evidence?reason=unknown-destination")["data"]
    assert (used["reason"], used["flight"]["operating"]["flight_iata"]) == (None, "AF7641")
    assert (left_out["group"], left_out["reason"]) == (None, "unknown-destination")


def test_evidence_is_paged(answered):
    first = got(answered, f"{HERE}/airline_most_active/evidence?limit=1&group=AFR")
    second = got(answered, first["next"].removeprefix("http://testserver"))
    numbers = [row["flight"]["operating"]["flight_iata"] for row in first["data"] + second["data"]]
    assert (numbers, second["next"]) == (["AF7641", "AF9"], None)


def test_evidence_says_when_flights_came_after_the_answer(answered):
    assert got(answered, f"{HERE}/movements/evidence")["meta"]["complete"] is True
    store_rows(a_row(flight__iata="AF11"))
    close_slot(revision=1, rows_announced=3, rows_received=3, published=3)
    assert got(answered, f"{HERE}/movements/evidence")["meta"]["complete"] is False


@pytest.mark.parametrize("query", ["?use=used&reason=no-airline", "?use=excluded&group=AFR", "?use=all", "?reason=A"])
def test_contradicting_words_about_evidence_are_400(answered, query):
    assert answered.get(f"{HERE}/movements/evidence{query}").status_code == 400


def test_a_day_fetched_afterwards_has_answers_too(api):
    store_rows(a_row(), slot="2026-11-20")
    close_slot("2026-11-20", backfill=True)
    answering.answer_slot("2026-11-20", NOW)
    answers = got(api, "/api/v1/slots/2026-11-20/indicators")["data"]
    evidence = answers[0]["evidence"].removeprefix("http://testserver")
    assert evidence == "/api/v1/slots/2026-11-20/indicators/airline_most_active/evidence"
    assert len(got(api, evidence)["data"]) == 1
    assert got(api, "/api/v1/slots/2026-11-20/indicators/movements")["data"][0]["revision"] == 0


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/indicators/airline_most_activ",
        f"{HERE}/airline_most_activ",
        f"{HERE}/airline_most_activ/evidence",
    ],
)
def test_an_unknown_indicator_is_404_with_the_nearest(answered, url):
    answer = answered.get(url)
    assert answer.status_code == 404
    assert answer.json()["hint"].startswith("Did you mean airline_most_active? All are listed at /api/v1/indicators")


def test_evidence_of_a_slot_without_answers_is_404(api):
    services.open_slot(SLOT, "run", NOW)
    answer = api.get(f"{HERE}/movements/evidence")
    assert (answer.status_code, answer.json()["hint"]) == (
        404,
        "The slot is collecting; answers are computed when it closes.",
    )
