"""What the API knows of a caller: the key's scopes and limits, and where it stands within them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MINUTE_SECONDS = 60
DAY_SECONDS = 24 * 3600
LOCAL_SHARE = 10


class Scope(StrEnum):
    READ = "read"
    OPS = "ops"


class Refusal(StrEnum):
    """The limit that a request does not fit in."""

    REQUESTS = "requests"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Limits:
    """`requests_a_minute` in any 60 seconds, `rows_a_day` in a UTC day."""

    requests_a_minute: int
    rows_a_day: int

    def of_one_process(self) -> "Limits":
        """A tenth, at least one: for a process that has to count alone.

        >>> Limits(600, 1_000_000).of_one_process()
        Limits(requests_a_minute=60, rows_a_day=100000)
        """
        return Limits(max(1, self.requests_a_minute // LOCAL_SHARE), max(1, self.rows_a_day // LOCAL_SHARE))


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that was accepted; its prefix is unique and no secret."""

    prefix: str
    name: str
    scopes: frozenset[Scope]
    limits: Limits
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left within the limits that were applied; `refused` is the limit that was hit, None when none was.

    Waits are in milliseconds: until another request is free, and until the budget of rows begins anew.
    `is_local`: counted by this process alone, because the shared counters do not answer.
    """

    limits: Limits
    refused: Refusal | None
    requests_left: int
    requests_wait: int
    rows_left: int
    rows_wait: int
    is_local: bool = False
