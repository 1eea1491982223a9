"""What becomes of a failure: one rule for each class of error. The table of docs/operations.md says the same."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import stamina

from flights.errors import StoreUnavailable
from ingestion.errors import (
    ArchiveUnavailable,
    DiskFull,
    KeyRefused,
    LedgerUnavailable,
    PlanRefused,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    RunBusy,
    SourcesGone,
    UnusableAnswer,
    UpstreamUnavailable,
)
from streaming.errors import BrokerUnavailable

LONGEST_TOLD_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Rule:
    """`calls` at once with growing pauses (seconds, with jitter); `later`: the step is tried again after its pause,
    STEP_RETRIES times, STEP_RETRY_SECONDS apart; `then` when all of that is used up; `advice` to the operator."""

    name: str
    what: str
    errors: tuple[type[Exception], ...]
    calls: int
    pauses: tuple[float, float]
    later: bool
    then: str
    advice: str


PAGE = Rule(
    "page",
    "HTTP 200 that is no page of flights: no JSON, JSON cut short, an error in the body",
    (UnusableAnswer,),
    calls=3,
    pauses=(0.5, 8.0),
    later=True,  # one call each: see steps.py
    then="given up, counted and named; all other pages are there, the slot is `partial`",
    advice="see the page in the archive",
)
RATE = Rule(
    "rate",
    "too many requests a second",
    (RateLimited,),
    calls=10,
    pauses=(1.0, 15.0),  # a minute and a half in all: windows of 10 s and 60 s are told of
    later=True,
    then="as `transient`",
    advice="nothing; fewer processes on one key",
)
TRANSIENT = Rule(
    "transient",
    "time-out, refused or lost connection, 5xx, body cut off on the way",
    (UpstreamUnavailable,),
    calls=3,
    pauses=(0.5, 8.0),
    later=True,
    then="goes on with the pages it has, else `failed`",
    advice="nothing, unless it lasts: ask the upstream",
)
QUOTA = Rule(
    "quota",
    "the monthly allowance is used up",
    (QuotaExhausted,),
    calls=1,
    pauses=(0.0, 0.0),
    later=False,
    then="planned stop until the reset",
    advice="a larger plan, or fewer pages",
)
REFUSED = Rule(
    "refused",
    "the key, the plan, a parameter",
    (KeyRefused, PlanRefused, RequestRefused),
    calls=1,
    pauses=(0.0, 0.0),
    later=False,
    then="stops at once: the pages it has, else `failed`",
    advice="correct the key, the plan or the query, then try again",
)
STORE = Rule(
    "store",
    "MongoDB down or slow",
    (ArchiveUnavailable, StoreUnavailable),
    calls=1,
    pauses=(0.0, 0.0),
    later=True,
    then="`failed`; pages are kept",
    advice="bring MongoDB back, then try again",
)
BROKER = Rule(
    "broker",
    "Kafka down",
    (BrokerUnavailable,),
    calls=1,
    pauses=(0.0, 0.0),
    later=True,
    then="`failed`; pages are kept",
    advice="bring Kafka back, then try again",
)
LEDGER = Rule(
    "ledger",
    "the SQL database locked, full or down",
    (LedgerUnavailable,),
    calls=5,
    pauses=(0.5, 4.0),
    later=True,
    then="a clear failure; taken up again every minute",
    advice="end what locks the SQL database",
)
DISK = Rule(
    "disk",
    "no room in the data folder, and MongoDB down",
    (DiskFull,),
    calls=1,
    pauses=(0.0, 0.0),
    later=True,
    then="`failed`; nothing half written",
    advice="free space in the data folder, then try again",
)
SOURCES = Rule(
    "sources",
    "raw pages that a reconstructed slot is made of were removed",
    (SourcesGone,),
    calls=1,
    pauses=(0.0, 0.0),
    later=False,
    then="`failed`; the slot stays as it was",
    advice="nothing: they are gone",
)
BUSY = Rule(
    "busy",
    "another process took the run over",
    (RunBusy,),
    calls=1,
    pauses=(0.0, 0.0),
    later=False,
    then="left to the process that has the run",
    advice="nothing",
)
# In this order: the first that knows the error's class decides.
RULES = (PAGE, RATE, TRANSIENT, QUOTA, REFUSED, STORE, BROKER, LEDGER, DISK, SOURCES, BUSY)


def rule_of(error: BaseException) -> Rule | None:
    """The rule of an error of a step; None for what is a fault of ours."""
    return next((rule for rule in RULES if isinstance(error, rule.errors)), None)


def tries_of(*rules: Rule, calls: int | None = None) -> Iterable[stamina.Attempt]:
    """Tries at once, as the rules allow; each class of failure is counted apart, so that waiting for the rate uses up
    no other's. `calls` overrides the first rule's number."""
    allowed = {rule.name: rule.calls for rule in rules}
    if calls is not None:
        allowed[rules[0].name] = calls
    failed: Counter[str] = Counter()

    def pause_or_end(error: Exception) -> bool | float:
        rule = rule_of(error)
        if rule is None or rule.name not in allowed:
            return False
        failed[rule.name] += 1
        return failed[rule.name] < allowed[rule.name] and pause_after(rule, failed[rule.name], error)

    return stamina.retry_context(on=pause_or_end, attempts=sum(allowed.values()), timeout=None)


def pause_after(rule: Rule, failures: int, error: Exception) -> float:
    """Seconds: as the upstream asked (Retry-After, bounded), else twice as long each time; with jitter."""
    told = error.answer.retry_after if isinstance(error, RateLimited) and error.answer is not None else None
    jitter = random.uniform(0.0, 1.0)  # noqa: S311 - spreads callers, hides nothing
    if told is not None:
        return min(max(0.0, float(told)), LONGEST_TOLD_PAUSE) + jitter
    first, longest = rule.pauses
    growing: float = first * 2.0 ** (failures - 1)
    return min(longest, growing + jitter)


def rule_named(error: str) -> Rule | None:
    """The rule of a class of error by the class' name, which is what the run ledger keeps."""
    return next((rule for rule in RULES if error in _names_of(rule)), None)


def _names_of(rule: Rule) -> set[str]:
    return {kind.__name__ for error in rule.errors for kind in (error, *error.__subclasses__())}
