"""What the page's panels say of facts."""

import doctest
from datetime import timedelta

import pytest

from flightsite.operations import calendar, panels, wording
from flightsite.operations.facts import Lag, Paused, Pulse, Unknown
from flightsite.operations.panels import Row
from flightsite.operations.stages import advice_for
from tests.flightsite.operations.given import DUE, SLOT, a_plan, a_run, a_slot, a_try, answers, at, broken, facts


def by_name(rows):
    return {row.name: row for row in rows}


def steps(**run):
    made = a_run(**run)
    return [(row.name, row.state, row.tries, row.seconds) for row in panels.step_rows(made, facts(run=made))]


def test_the_steps_before_are_done_and_those_after_are_to_come():
    tries = (a_try(outcome="done"), a_try("transformation", finished_at=None, started_at=at(28)))
    assert steps(step="transformation", is_held=True, tries=tries) == [
        ("extraction", "done", 1, "60.0"),
        ("transformation", "running", 1, "120.0"),
        ("save_data", "to come", 0, "-"),
    ]


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ({}, "waits"),
        ({"resumes_at": at(31)}, "waits for its next try"),
        ({"tries": (a_try(finished_at=None),)}, "broken off"),
        ({"state": "failed"}, "failed"),
        ({"state": "published", "step": "save_data"}, "done"),
    ],
)
def test_a_step_says_how_it_stands(run, state):
    assert steps(**run)[0][1] == state


def test_the_last_error_of_a_step_is_told_without_its_class():
    tries = (a_try(error="UpstreamUnavailable: first"), a_try(number=2, error="UpstreamUnavailable: HTTP 502"))
    assert panels.step_rows(a_run(tries=tries), facts())[0].error == "HTTP 502"


def test_the_slot_panel_names_the_last_one_stored_while_this_one_is_not():
    earlier = a_slot("partial", key="2026-11-28T16Z")
    rows = by_name(panels.slot_rows(facts(slot=None, last=earlier)))
    assert rows["state"] == Row("state", "no record yet", "busy")
    assert rows["last one stored"].value == "2026-11-28T16Z: partial"
    assert by_name(panels.slot_rows(facts(slot=Unknown("no answer"))))["state"].note == "no answer"


def test_the_next_slot_says_how_many_pages_it_may_take_or_why_none():
    assert by_name(panels.next_rows(facts()))["pages"].value.endswith("at the most")
    assert by_name(panels.next_rows(facts()))["due"].value == "2026-11-28 20:00:00Z, in 90 minutes"
    pause = Paused("the schedule was paused by ada", None)
    assert by_name(panels.next_rows(facts(paused=pause)))["pages"].note == pause.told
    soon_over = Paused(pause.told, DUE + timedelta(hours=1))
    assert by_name(panels.next_rows(facts(paused=soon_over)))["pages"].value.endswith("at the most")
    assert "left out on purpose" in by_name(panels.next_rows(facts(plan=a_plan(10, used=10))))["pages"].note


@pytest.mark.parametrize("plan", [a_plan(), a_plan(100), a_plan(100, used=90), a_plan(100, used=130), a_plan(0)])
def test_the_bar_never_grows_beyond_its_end(plan):
    parts = panels.segments(plan)
    assert all(part.width >= 0 for part in parts)
    assert parts[-1].begin + parts[-1].width <= 100.05
    assert parts[0].requests == plan.used


def test_the_forecast_is_told():
    assert by_name(panels.quota_rows(facts()))["forecast"].value == "serves every slot until then"
    assert "1 slot in" in by_name(panels.quota_rows(facts(plan=a_plan(100, used=90))))["forecast"].value
    assert "runs out on" in by_name(panels.quota_rows(facts(plan=a_plan(100, used=100))))["forecast"].value


def test_processes_are_told_with_their_age_or_as_unknown():
    rows = by_name(panels.process_rows(facts(lag=Lag(262, 90.0, 2), pulse=Pulse(None, at(29), 3), busy=1)))
    assert (rows["beat sent a task"].value, rows["a worker finished one"].value) == ("never", "1 minute ago")
    assert rows["consumer behind by"].value == "262 messages, 1 minute"
    unknown = by_name(panels.process_rows(facts(lag=Unknown("no answer"), pulse=Unknown("Redis does not answer"))))
    assert (unknown["consumer"].note, unknown["beat and worker"].note) == ("no answer", "Redis does not answer")


def test_servers_are_told_with_milliseconds_or_what_is_wrong():
    rows = by_name(panels.dependency_rows(facts(dependencies=answers(kafka="no broker"))))
    assert (rows["SQL"].value, rows["Kafka"].value, rows["Kafka"].note) == ("3 ms", "down", "no broker")


def test_upgrades_that_wait_are_told():
    assert panels.upgrade_row(facts()).value == "none waits"
    waits = broken("sql", "1 migrations wait", "run `manage.py prepare`")
    assert panels.upgrade_row(facts(findings=[waits])).note == "1 migrations wait: run `manage.py prepare`"


def days(**changes):
    ticks = [DUE - timedelta(hours=2 * number) for number in range(30, -1, -1)]
    return calendar.calendar_of(facts(ticks=ticks, **changes)).days


def test_the_calendar_begins_with_today_and_says_nothing_of_the_time_before_the_first_run():
    told = days(since=DUE - timedelta(hours=4), recent={SLOT: a_slot()})
    assert [day.day.day for day in told] == [28, 27, 26]
    assert [cell.letter for cell in told[0].cells] == ["", "", "", "", "", "", "", "?", "?", "C", "", ""]
    assert not any(cell.key for cell in told[1].cells)
    assert told[0].gap == "first=2026-11-28&last=2026-11-28&reason=gap%3A+2026-11-28T14Z%2C+2026-11-28T16Z"


def test_a_slot_on_its_way_is_no_gap():
    [today, *_] = days(since=DUE, recent={})
    assert ([cell.letter for cell in today.cells if cell.key], today.gap) == (["…"], "")


@pytest.mark.parametrize(
    ("state", "is_gap"), [("missed", True), ("failed", True), ("partial", False), ("empty", False)]
)
def test_what_nothing_is_there_of_is_a_gap(state, is_gap):
    key = "2026-11-28T16Z"
    [today, *_] = days(since=DUE - timedelta(hours=2), recent={key: a_slot(state, key=key), SLOT: a_slot()})
    assert bool(today.gap) == is_gap


def test_a_reconstructed_slot_is_told_apart():
    slot = a_slot("partial", is_reconstructed=True)
    [today, *_] = days(since=DUE, recent={SLOT: slot})
    assert [(cell.letter, cell.told) for cell in today.cells if cell.key] == [("B", f"{SLOT}: reconstructed, partial")]


def test_without_mongodb_there_is_no_calendar():
    assert calendar.calendar_of(facts(recent=Unknown("no answer"))) == Unknown("no answer")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("BrokerUnavailable: x", "bring Kafka back, then try again"),
        ("PagesUnusable: 3 pages", "see the page in the archive"),
        ("DayTooOld: x", "correct the key, the plan or the query, then try again"),
        ("", "look into the worker's log, then try again"),
    ],
)
def test_advice_goes_by_the_class_of_the_failure(error, advice):
    assert advice_for(error) == advice


def test_times_and_spans_are_worded_as_their_examples_say():
    failed, tried = doctest.testmod(wording)
    assert (failed, tried > 0) == (0, True)
