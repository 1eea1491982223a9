"""The first sentences of the operators' page: each way for a slot to be late, told with its cause and what mends it."""

from datetime import timedelta

import pytest

from flightsite.operations.facts import Lag, Paused, Pulse, Unknown
from flightsite.operations.levels import Level
from flightsite.operations.verdict import verdict_of
from tests.flightsite.operations.given import (
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

COLLECTING = a_slot("collecting")
PUBLISHED = {"run": a_run(state="published", step="save_data", finished_at=at(1)), "slot": COLLECTING}
SAVING = {"run": a_run(step="save_data", resumes_at=at(28), tries=(a_try("save_data"),)), "slot": COLLECTING}
NO_RUN = {"run": None, "slot": None}
WAITS = {"run": a_run(), "slot": COLLECTING}


def silent(minutes, *, beat=False, worker=False, waiting=0, now=25):
    """Heartbeats at so many minutes after the slot's time, of whom is named; the other is alive."""
    alive, old = at(now) - timedelta(seconds=20), at(minutes)
    return Pulse(old if beat else alive, old if worker else alive, waiting)


def told(verdict):
    return " ".join(filter(None, (verdict.headline, verdict.why, verdict.mend)))


def test_a_slot_that_is_there_is_told_with_its_size():
    verdict = verdict_of(facts())
    assert told(verdict) == f"The slot {SLOT} is complete: 2,431 flights, stored 2 minutes after its time."
    assert (verdict.level, verdict.others) == (Level.WELL, [])


@pytest.mark.parametrize(
    ("minutes", "given", "words"),
    [
        (
            25,
            {**WAITS, "pulse": silent(1, worker=True, waiting=3)},
            [
                f"The slot {SLOT} is 25 minutes late: its run waits in `extraction` (fetching pages) since 18:00:03, "
                "and no process works on it.",
                "No worker has finished a task for 24 minutes (since 18:01:00), with 3 tasks waiting.",
                "Start the worker (`worker` in the Procfile, or the service of that name).",
            ],
        ),
        (
            12,
            {**NO_RUN, "pulse": silent(1, worker=True, waiting=1, now=12)},
            ["is 12 minutes late: no run has been opened for it.", "No worker has finished a task", "Start the worker"],
        ),
        (
            12,
            {**NO_RUN, "pulse": silent(-30, beat=True, worker=True)},
            ["no run has been opened for it", "Beat has handed out no task for 42 minutes", "Start beat"],
        ),
        (
            25,
            {**WAITS, "pulse": silent(-30, beat=True, now=25)},
            ["its run waits in `extraction`", "Beat has handed out no task for 55 minutes", "Start beat"],
        ),
        (
            25,
            {**WAITS, "dependencies": answers(redis="ConnectionError"), "pulse": Unknown("no answer")},
            ["its run waits in `extraction`", "Redis does not answer", "Start Redis, and look at REDIS_URL."],
        ),
        (
            25,
            {**SAVING, "dependencies": answers(kafka="BrokerUnavailable"), "lag": Unknown("no answer")},
            [
                "`save_data` (publishing to Kafka) failed and waits for its next try: 2 of 6, at 18:28:00.",
                "Kafka does not answer, so nothing that is collected gets to the consumer.",
                "Start Kafka, and look at KAFKA_BOOTSTRAP_SERVERS.",
            ],
        ),
        (
            25,
            {**PUBLISHED, "dependencies": answers(kafka="BrokerUnavailable"), "lag": Unknown("no answer")},
            ["`save_data` (publishing to Kafka) was done at 18:01:00", "Kafka does not answer", "Start Kafka"],
        ),
        (
            25,
            {**PUBLISHED, "slot": Unknown("no answer"), "dependencies": answers(mongodb="StoreUnavailable")},
            ["whether it is stored can't be told", "MongoDB does not answer", "Start MongoDB"],
        ),
        (
            25,
            {**PUBLISHED, "lag": Lag(262, 1_440.0, 0)},
            [
                "`save_data` (publishing to Kafka) was done at 18:01:00, and the consumer has not stored it whole.",
                "The consumer is 262 messages behind; the oldest is 24 minutes old.",
                "Nobody is in the consumers' group, so nothing that is published gets from Kafka into MongoDB.",
                "Start the consumer (`consumer` in the Procfile, or the service of that name).",
            ],
        ),
        (
            25,
            {**PUBLISHED, "lag": Lag(1, 30.0, 2)},
            ["is 1 message behind; the oldest is 30 seconds old, with 2 consumers in the group."],
        ),
        (25, {**PUBLISHED, "lag": Lag(0, 0.0, 1)}, ["one of its end markers may be among the dead letters"]),
        (
            25,
            {"run": None, "slot": None, "paused": Paused("the schedule was paused by ada: a new plan", None)},
            ["The schedule was paused by ada: a new plan.", "“Resume the schedule” when that is over."],
        ),
        (
            12,
            {**NO_RUN, "left_out": "the allowance of 100 a month serves 1 slot in 5"},
            ["It is left out on purpose: the allowance of 100 a month serves 1 slot in 5.", "“Run now” collects it"],
        ),
        (
            25,
            {**NO_RUN},
            ["no run was opened within 15 minutes of its time", "Nothing that this page looks at", "“Run now” still"],
        ),
        (
            12,
            {**NO_RUN, "findings": [broken("sql", "1 migrations wait: ingestion.0012", "run `manage.py prepare`")]},
            ["1 migrations wait: ingestion.0012.", "Run `manage.py prepare`."],
        ),
        (
            25,
            {"run": a_run(is_held=True, asked=5, tries=(a_try(finished_at=None, started_at=at(10)),)), "slot": None},
            [
                "a worker is at `extraction` (fetching pages) since 18:10:00, 5 of 26 pages asked for.",
                "It is slow, and a process is at it",
            ],
        ),
    ],
)
def test_a_late_slot_is_told_with_its_cause_and_what_mends_it(minutes, given, words):
    verdict = verdict_of(facts(minutes, **given))
    text = told(verdict)
    assert [each for each in words if each not in text] == [], text
    assert verdict.level >= Level.WARN


def test_a_failure_that_is_over_is_left_to_the_next_try():
    waits = a_run(step="save_data", resumes_at=at(8), error="BrokerUnavailable: 10 messages were not taken by Kafka")
    verdict = verdict_of(facts(5, run=waits, slot=COLLECTING))
    assert verdict.why == "10 messages were not taken by Kafka."
    assert verdict.mend == (
        "Nothing yet: it is tried again by itself; if the last fails too the slot is failed. "
        "Then: bring Kafka back, then try again."
    )
    assert verdict.level == Level.BUSY


def test_a_refused_key_is_told_in_the_upstreams_words_with_what_to_do():
    error = "KeyRefused: HTTP 401: the access key was refused: set AVIATIONSTACK_ACCESS_KEY to a valid key (x)"
    run = a_run(state="failed", error=error, finished_at=at(1))
    verdict = verdict_of(facts(25, run=run, slot=a_slot("failed", reason=error), refused="KeyRefused"))
    assert verdict.headline == f"There is no slot {SLOT}: its run failed in `extraction` (fetching pages) at 18:01:00."
    assert verdict.why.startswith("HTTP 401: the access key was refused: set AVIATIONSTACK_ACCESS_KEY")
    assert verdict.mend.startswith("Set AVIATIONSTACK_ACCESS_KEY to a valid key and start the worker anew")
    assert verdict.mend.endswith("then try again (“Retry”).")
    assert (verdict.level, verdict.others) == (Level.BAD, [])


def test_a_fault_of_our_own_asks_for_the_workers_log():
    verdict = verdict_of(facts(25, run=a_run(state="failed", error="ZeroDivisionError: by zero"), slot=None))
    assert "worker's log" in verdict.mend


def test_a_planned_stop_is_no_failure():
    error = "QuotaExhausted: the monthly allowance of 100 requests is used; collection resumes on 2026-12-01 (UTC)"
    verdict = verdict_of(facts(25, run=a_run(state="stopped", error=error, finished_at=at(0)), slot=None))
    assert "was stopped, as planned," in verdict.headline
    assert verdict.level == Level.WARN


def test_a_missed_slot_says_why_and_how_it_can_still_be_had():
    verdict = verdict_of(facts(25, run=None, slot=a_slot("missed", reason="nothing ran when its time came")))
    assert verdict.level == Level.BAD
    assert told(verdict).endswith("“Run now” still collects it, until the next one is due at 20:00:00.")


def test_a_slot_missed_by_a_pause_is_not_called_broken():
    pause = Paused("the schedule was paused by ada: a new plan", None)
    verdict = verdict_of(facts(25, run=None, slot=a_slot("missed", reason=pause.told), paused=pause))
    assert (verdict.level, "paused by ada" in verdict.why) == (Level.WARN, True)


@pytest.mark.parametrize("state", ["partial", "empty"])
def test_a_slot_that_is_not_whole_says_what_is_missing(state):
    verdict = verdict_of(facts(slot=a_slot(state, reason="2 unusable pages")))
    assert (verdict.level, verdict.why) == (Level.WARN, "2 unusable pages.")


@pytest.mark.parametrize(
    ("given", "how"),
    [
        (WAITS, "its run waits in `extraction`"),
        ({"run": a_run(is_held=True, asked=2), "slot": COLLECTING}, "2 of 26 pages asked for"),
        (PUBLISHED, "the consumer has not stored it whole"),
    ],
)
def test_a_slot_that_is_on_its_way_in_time_is_nothing_to_worry_about(given, how):
    verdict = verdict_of(facts(1.5, **given))
    assert how in verdict.headline
    assert "was due 90 seconds ago" in verdict.headline
    assert verdict.level == Level.BUSY


def test_a_slot_without_a_run_is_doubtful_a_minute_after_its_time():
    assert verdict_of(facts(1, **NO_RUN)).level == Level.BUSY
    pulse = Pulse(at(0.25), at(0), 0)
    verdict = verdict_of(facts(1.5, **NO_RUN, pulse=pulse))
    assert verdict.level == Level.WARN
    assert verdict.headline == f"The slot {SLOT} was due 90 seconds ago: no run has been opened for it."
    assert verdict.why == (
        "Beat last sent a task 75 seconds ago and a worker last finished one 90 seconds ago; a task a minute is normal."
    )
    assert "look whether beat and the worker run" in verdict.mend


def test_beat_is_silent_after_two_minutes():
    assert verdict_of(facts(2, **NO_RUN, pulse=Pulse(at(0), at(0), 0))).level == Level.WARN
    verdict = verdict_of(facts(2.1, **NO_RUN, pulse=Pulse(at(0), at(0), 0)))
    assert verdict.level == Level.BAD
    assert verdict.why == "Beat has handed out no task for 2 minutes (since 18:00:00)."


def test_the_same_silence_is_told_once():
    down = {"dependencies": answers(mongodb="-"), "slot": Unknown("MongoDB does not answer")}
    error = "StoreUnavailable: MongoDB does not answer (ServerSelectionTimeoutError)"
    waits = a_run(step="save_data", resumes_at=at(28), error=error)
    assert told(verdict_of(facts(25, run=waits, **down))).count("MongoDB does not answer") == 1
    failed = told(verdict_of(facts(25, run=a_run(state="failed", error=error), **down)))
    assert failed.count("MongoDB does not answer") == 1
    assert "The next slot, due at 20:00:00, is in danger too." in failed
    assert "ServerSelectionTimeoutError" not in failed


def test_what_two_checks_find_alike_is_told_once():
    findings = [broken("mongodb", "MongoDB does not answer"), broken("clock", "MongoDB does not answer")]
    assert [each.text for each in verdict_of(facts(findings=findings)).others] == ["MongoDB does not answer"]


def test_a_run_that_was_begun_late_is_not_called_slow():
    verdict = verdict_of(facts(25, run=a_run(is_held=True, opened_at=at(24)), slot=COLLECTING))
    assert "is 25 minutes late: a worker is at `extraction`" in verdict.headline
    assert (verdict.why, verdict.level) == ("", Level.WARN)


def test_a_worker_at_a_long_step_is_not_called_silent():
    working = {"run": a_run(is_held=True), "slot": COLLECTING, "busy": 1}
    assert verdict_of(facts(8, **working, pulse=silent(0, worker=True, waiting=4, now=8))).level == Level.BUSY


def test_without_beat_a_worker_has_nothing_to_finish():
    verdict = verdict_of(facts(pulse=silent(0, beat=True, worker=True)))
    assert "beat has handed out no task" in verdict.why
    assert verdict.others == []


def test_what_would_stop_the_next_slot_is_told_though_this_one_is_there():
    verdict = verdict_of(facts(dependencies=answers(kafka="BrokerUnavailable")))
    assert verdict.level == Level.WARN
    assert verdict.headline.startswith(f"The slot {SLOT} is complete")
    assert verdict.why == (
        "The next slot, due at 20:00:00, is in danger: Kafka does not answer, so nothing that is collected gets to the "
        "consumer."
    )


def test_all_that_is_wrong_is_told_the_cause_first():
    down = answers(kafka="BrokerUnavailable", mongodb="StoreUnavailable")
    verdict = verdict_of(facts(25, **SAVING, dependencies=down, lag=Unknown("-"), plan=a_plan(100, used=100)))
    assert verdict.why == "MongoDB does not answer, so no page can be archived and no flight stored."
    texts = [each.text for each in verdict.others]
    assert [text for text in texts if text.startswith(("Kafka", "All 100 requests"))] == texts


def test_an_upstream_that_refuses_since_is_told_while_the_slot_is_there():
    verdict = verdict_of(facts(refused="KeyRefused"))
    assert [each.text for each in verdict.others] == ["the upstream's latest answer was a refusal (KeyRefused)"]
    assert verdict.level == Level.WARN


def test_an_allowance_that_will_not_do_is_told():
    [other] = verdict_of(facts(plan=a_plan(100, used=90))).others
    assert "the allowance of 100 a month serves 1 slot in" in other.text


def test_the_day_is_told_where_it_is_not_today():
    verdict = verdict_of(facts(10 * 60, run=a_run(), slot=None))
    assert (
        "is 10 h 0 min late: its run waits in `extraction` (fetching pages) since 2026-11-28 18:00:03"
        in verdict.headline
    )
