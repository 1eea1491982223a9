"""The one table of failures, and that the documentation says the same."""

from pathlib import Path

import pytest

from flights.errors import StoreUnavailable
from ingestion import retries
from ingestion.client import Answer
from ingestion.errors import (
    IngestionError,
    InvalidRow,
    KeyRefused,
    OrderError,
    RateLimited,
    UnusableAnswer,
    UpstreamUnavailable,
)
from ingestion.retries import RULES, Rule
from streaming.errors import BrokerUnavailable

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
HEAD = "| class | what failed | errors | at once | later | then | what to do |"


def subclasses(kind):
    return {kind} | {each for direct in kind.__subclasses__() for each in subclasses(direct)}


ROW_ERRORS = subclasses(InvalidRow)  # about one row, never about a step
ORDER_ERRORS = subclasses(OrderError)
STEP_ERRORS = sorted(
    (subclasses(IngestionError) - ROW_ERRORS - ORDER_ERRORS - {IngestionError}) | {StoreUnavailable, BrokerUnavailable},
    key=lambda kind: kind.__name__,
)


def table_in_the_documentation():
    lines = OPERATIONS.read_text().splitlines()
    rows = lines[lines.index(HEAD) + 2 :]
    return rows[: rows.index("")]


def as_documented(rule: Rule):
    names = ", ".join(f"`{error.__name__}`" for error in rule.errors)
    first, longest = rule.pauses
    at_once = f"{rule.calls} tries, {first:g} to {longest:g} s between" if rule.calls > 1 else "1 try"
    later = "5 times, 5 min apart" if rule.later else "no"
    return f"| {rule.name} | {rule.what} | {names} | {at_once} | {later} | {rule.then} | {rule.advice} |"


def test_the_documentation_has_the_same_table(settings):
    assert (settings.STEP_RETRIES, settings.STEP_RETRY_SECONDS) == (5, 300)
    assert table_in_the_documentation() == [as_documented(rule) for rule in RULES]


@pytest.mark.parametrize("kind", STEP_ERRORS)
def test_every_error_of_a_step_has_its_rule(kind):
    rule = retries.rule_of(kind("what happened"))
    assert rule is not None
    assert rule.later == kind.retryable


def test_a_fault_of_ours_has_no_rule():
    assert retries.rule_of(ZeroDivisionError()) is None


def answered(retry_after):
    fields = {"status": 429, "body": b"", "seconds": 0.1, "quota_limit": None, "quota_remaining": None}
    return RateLimited("wait", Answer(**fields, charged=None, retry_after=retry_after))


@pytest.mark.parametrize(("told", "seconds"), [(7, 7), (0, 0), (-3, 0), (86_400, 60)])
def test_the_upstreams_own_pause_is_kept_within_bounds(told, seconds):
    assert seconds <= retries.pause_after(retries.RATE, 1, answered(told)) <= seconds + 1


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (4, 8), (9, 15)])
def test_without_one_each_pause_is_twice_as_long_up_to_a_bound(failures, seconds):
    assert seconds <= retries.pause_after(retries.RATE, failures, answered(None)) <= min(seconds + 1, 15)


def tried(outcomes, *rules, **options):
    """Take one outcome after the other, errors or None, while the rules allow another try."""
    for attempt in retries.tries_of(*rules, **options):
        with attempt:
            if (kind := outcomes.pop(0)) is not None:
                raise kind("said")


def test_each_class_of_failure_has_tries_of_its_own():
    outcomes = [UpstreamUnavailable, UnusableAnswer, RateLimited, UpstreamUnavailable, UnusableAnswer, None]
    tried(outcomes, retries.PAGE, retries.TRANSIENT, retries.RATE)
    assert outcomes == []


@pytest.mark.parametrize(
    ("kind", "calls"), [(UpstreamUnavailable, 3), (UnusableAnswer, 3), (RateLimited, 10), (KeyRefused, 1)]
)
def test_the_tries_at_once_are_those_of_the_table(kind, calls):
    outcomes = [kind] * 20
    with pytest.raises(kind):
        tried(outcomes, retries.PAGE, retries.TRANSIENT, retries.RATE)
    assert len(outcomes) == 20 - calls
