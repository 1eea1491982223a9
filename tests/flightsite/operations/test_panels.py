"""What the page's panels say of facts."""

import doctest
from datetime import timedelta

import pytest

from flightsite.operations import calendar, panels, wording
from flightsite.operations import steps as table
from flightsite.operations.facts import Lag, Paused, Pulse, Unknown
from flightsite.operations.panels import Row
from flightsite.operations.stages import advice_for
from ingestion.plan import Spending, Terms, plan_month
from tests.flightsite.operations.given import (
    DUE,
    SCHEDULE,
    SLOT,
    a_plan,
    a_run,
    a_slot,
    a_try,
    answers,
    at,
    broken,
    facts,
)


def by_name(rows):
    return {row.name: row for row in rows}


def steps(**run):
    made = a_run(**run)
    return [(row.name, row.state, row.tries, row.seconds) for row in table.step_rows(made, facts(run=made))]


def test_the_steps_before_are_done_and_those_after_are_to_come():
    tries = (a_try(outcome="done"), a_try("transformation", finished_at=None, started_at=at(28)))
    assert steps(step="transformation", is_held=True, tries=tries) == [
        ("extraction", "done", 1, "60.0"),
        ("transformation", "running", 1, "120.0"),
        ("save_data", "to come", 0, "-"),
        ("stored", "to come", None, "-"),
    ]


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ({}, "waits"),
        ({"tries": (a_try(finished_at=None),)}, "broken off"),
        ({"state": "failed"}, "failed"),
        ({"state": "published", "step": "save_data"}, "done"),
    ],
)
def test_a_step_says_how_it_stands(run, state):
    assert steps(**run)[0][1] == state


def test_the_last_error_of_a_step_is_told_without_its_class():
    tries = (a_try(error="UpstreamUnavailable: first"), a_try(number=2, error="UpstreamUnavailable: HTTP 502"))
    assert table.step_rows(a_run(tries=tries), facts())[0].error == "HTTP 502"


@pytest.mark.parametrize(
    ("run", "state"),
    [
        (
            {"step": "save_data", "tries": (a_try("save_data"),)},
            "waits for its next try: 2 of 6, at 18:31:00Z; if the last fails too the slot is failed",
        ),
        (
            {"asked": 5, "tries": (a_try(started_at=DUE), a_try(number=2), a_try("transformation"))},
            "waits for its next try: 2 of 6, at 18:31:00Z; if the last fails too the run goes on with the pages it "
            "has; without any the slot is failed",
        ),
    ],
)
def test_a_next_try_is_told_with_its_number_since_the_run_was_let_go_on(run, state):
    made = a_run(resumes_at=at(31), **run)
    assert state in [row.state for row in table.step_rows(made, facts(run=made))]


PUBLISHED = a_run(state="published", step="save_data", revision=1, finished_at=at(1))


@pytest.mark.parametrize(
    ("run", "slot", "state"),
    [
        (a_run(), a_slot("collecting"), "to come"),
        (a_run(state="failed"), a_slot("failed"), "to come"),
        (PUBLISHED, None, "waiting"),
        (PUBLISHED, a_slot("collecting", ended={0: 3}, partitions=3), "waiting"),
        (PUBLISHED, a_slot("collecting", ended={0: 3, 1: 2}, partitions=3), "2 of 3 partitions"),
        (PUBLISHED, a_slot(revision=0, ended={0: 3}, partitions=3), "0 of 3 partitions"),
        (PUBLISHED, a_slot(revision=1, ended={1: 3}, partitions=3), "done"),
        (PUBLISHED, Unknown("MongoDB does not answer"), "not known"),
    ],
)
def test_the_last_row_of_the_steps_says_how_much_the_consumer_has_stored(run, slot, state):
    stored = table.step_rows(run, facts(run=run, slot=slot))[-1]
    assert (stored.name, stored.note, stored.state) == ("stored", "by the consumer", state)


def test_a_published_slot_is_not_called_collecting_anywhere():
    slot = a_slot("collecting", reason="UnusableAnswer: late")
    given = {"run": PUBLISHED, "slot": slot, "recent": {SLOT: slot}, "since": DUE, "ticks": [DUE]}
    state = by_name(panels.slot_rows(facts(**given)))["state"]
    assert state == Row("state", "published, being stored", "busy", "late")
    [today] = calendar.calendar_of(facts(**given)).days
    assert [cell.told for cell in today.cells] == [f"{SLOT}: published, being stored: late"]
    [today] = calendar.calendar_of(facts(**given | {"recent": {}})).days
    assert [cell.told for cell in today.cells] == [f"{SLOT}: published, being stored"]
    open_run = facts(**given | {"run": a_run()})
    assert by_name(panels.slot_rows(open_run))["state"].value == "collecting"


def test_the_slot_panel_tells_the_exact_time():
    assert panels.slot_rows(facts(2.5))[0] == Row("slot", f"{SLOT}, due 2026-11-28 18:00:00Z, 2 minutes ago")


@pytest.mark.parametrize(
    ("minutes", "given", "told"),
    [
        (0.5, {}, "beat opens it when the slot's time comes"),
        (1.5, {}, "None yet, though its time has come."),
        (1.5, {"left_out": "the allowance serves 1 slot in 5"}, "on purpose"),
        (1.5, {"paused": Paused("the schedule was paused by ada", None)}, "on purpose"),
    ],
)
def test_a_run_that_is_not_there_is_told_by_the_slots_time(minutes, given, told):
    assert told in panels.no_run(facts(minutes, run=None, slot=None, **given))


def test_what_the_buttons_cost_is_told():
    assert panels.run_now_hint(facts(run=None, pages_now=26)) == f"collects {SLOT}, up to 26 requests"
    assert panels.retry_hint(facts(run=a_run(state="failed"))) == f"{SLOT} goes on, up to 26 requests"
    assert panels.retry_hint(facts(run=a_run(state="failed", step="save_data"))) == f"{SLOT} goes on, no request"


def test_the_slot_panel_names_the_last_one_stored_while_this_one_is_not():
    earlier = a_slot("partial", key="2026-11-28T16Z")
    rows = by_name(panels.slot_rows(facts(slot=None, run=a_run(), last=earlier)))
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


SPENDINGS = [
    {},
    {"used": 5_000},
    {"used": 5_000, "committed": 26},
    {"used": 9_990, "committed": 26},
    {"used": 9_880, "committed": 26},
    {"used": 9_600, "aside": 25, "people": 100, "retries": 30},
    {"used": 10_000, "committed": 26},
    {"used": 10_400},
    {"limit": 100, "used": 7},
]


@pytest.mark.parametrize("spending", SPENDINGS)
@pytest.mark.parametrize("minutes", [0, 5, 30, 53 * 60, 54 * 60 - 1])
@pytest.mark.parametrize("most", [None, 3])
def test_the_parts_of_the_allowance_add_up_to_it(spending, minutes, most):
    """Also just after a tick whose slot has no run yet, and when no slot is left of the month."""
    terms = Terms(allowance=10_000, schedule=SCHEDULE, slot_max_pages=most)
    plan = plan_month(terms, Spending(**spending), at(minutes))
    parts = panels.segments(plan)
    assert sum(part.requests for part in parts) == max(plan.allowance, plan.used)
    assert all(part.requests >= 0 for part in parts)


def test_the_requests_of_a_due_slot_without_a_run_are_for_slots_to_come():
    terms = Terms(allowance=10_000, schedule=SCHEDULE, slot_max_pages=3)
    before, after = (plan_month(terms, Spending(), at(minutes)) for minutes in (0, 5))
    [parts, later] = ({part.name: part.requests for part in panels.segments(plan)} for plan in (before, after))
    assert parts["for slots to come"] == later["for slots to come"] == 3 * before.slots_left
    assert after.slots_left == before.slots_left - 1


def test_the_forecast_is_told():
    assert by_name(panels.quota_rows(facts()))["forecast"].value == "serves every slot until then"
    assert "1 slot in" in by_name(panels.quota_rows(facts(plan=a_plan(100, used=90))))["forecast"].value
    assert "runs out on" in by_name(panels.quota_rows(facts(plan=a_plan(100, used=100))))["forecast"].value


def test_processes_are_told_with_their_age_or_as_unknown():
    rows = by_name(panels.process_rows(facts(lag=Lag(262, 90.0, 2), pulse=Pulse(at(29.5), at(29), 3), busy=1)))
    told = (rows["beat sent a task"].value, rows["a worker finished a task"].value)
    assert told == ("30 seconds ago", "60 seconds ago")
    assert rows["beat sent a task"].note == "normal: every minute"
    assert rows["consumer behind by"].value == "262 messages, 90 seconds"
    assert not any(row.state for row in rows.values())
    unknown = by_name(panels.process_rows(facts(lag=Unknown("no answer"), pulse=Unknown("Redis does not answer"))))
    assert (unknown["consumer"].note, unknown["beat and worker"].note) == ("no answer", "Redis does not answer")


@pytest.mark.parametrize(
    ("given", "marked"),
    [
        ({"pulse": Pulse(None, at(29), 0)}, {"beat sent a task"}),
        ({"pulse": Pulse(at(27), at(27), 1)}, {"beat sent a task", "a worker finished a task"}),
        ({"pulse": Pulse(at(28.1), at(28.1), 1)}, set()),
        ({"pulse": Pulse(at(29), at(27), 1), "busy": 1}, set()),
        ({"lag": Lag(262, 90.0, 0)}, {"consumers in the group", "consumer behind by"}),
        ({"lag": Lag(0, 0.0, 0)}, {"consumers in the group"}),
    ],
)
def test_a_process_that_is_not_as_it_should_be_is_marked(given, marked):
    assert {row.name for row in panels.process_rows(facts(**given)) if row.state == "bad"} == marked


def test_servers_are_told_with_milliseconds_or_what_is_wrong():
    rows = by_name(panels.dependency_rows(facts(dependencies=answers(kafka="no broker"))))
    assert (rows["SQL"].value, rows["Kafka"].value, rows["Kafka"].note) == ("3 ms", "down", "no broker")


def test_what_a_server_that_is_down_keeps_to_itself_is_not_called_broken():
    silence = "MongoDB does not answer"
    given = {"findings": [broken("mongodb", silence), broken("clock", silence), broken("disk", "0.1 GiB are free")]}
    down = facts(**given, dependencies=answers(mongodb=silence))
    assert panels.upgrade_row(down) == Row("upgrades", "not known", "warn", silence)
    assert [each.check for each in panels.findings(down)] == ["disk"]
    assert panels.not_checked(down) == [f"Indexes and clock could not be checked: {silence}."]
    up = facts(**given)
    assert ([each.check for each in panels.findings(up)], panels.not_checked(up)) == (["mongodb", "clock", "disk"], [])


def test_upgrades_of_tables_wait_also_while_mongodb_is_down():
    waits = broken("sql", "1 migrations wait", "run `manage.py prepare`")
    assert panels.upgrade_row(facts(findings=[waits], dependencies=answers(mongodb="-"))).value == "wait"


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


def test_the_legend_says_what_an_empty_cell_means():
    assert calendar.legend()[-1].told == "no cell: before the first slot, or still to come"


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
