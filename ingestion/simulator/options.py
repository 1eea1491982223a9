"""How one stand-in is set up; refused at start if it makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ingestion.simulator.accounts import PROFILES, is_key
from ingestion.simulator.eras import ERAS, DelayMode
from ingestion.simulator.faults import known_names

TOTAL_CAP = 10_000


class UnusableOptions(ValueError):
    """The message says which option and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    clock: datetime | None = None  # None: the real one
    era: str = "2025-05"
    delay_mode: DelayMode = DelayMode.NORMAL
    profile: str = "basic"
    key_profiles: Mapping[str, str] = field(default_factory=dict)
    quota: int = 10_000  # a month; may be 0 or negative
    faults: Mapping[str, float] = field(default_factory=dict)
    churn: float = 0.1  # share of pages after which the rows have shifted
    total_cap: int | None = TOTAL_CAP
    rate_limit: int | None = None  # requests a second
    slow_seconds: float = 2.0
    odd_string: int = 1_000_000  # length of the oversized name in odd-rows
    recorded: Path | None = None
    access_key: str | None = field(default=None, repr=False)  # None: any well-formed key

    def __post_init__(self) -> None:
        if self.era not in ERAS:
            raise UnusableOptions(f"era: one of {', '.join(ERAS)}, not {self.era!r}")
        names = {self.profile, *self.key_profiles.values()}
        if not names <= set(PROFILES):
            raise UnusableOptions(f"profile: one of {', '.join(PROFILES)}")
        if self.access_key is not None and not is_key(self.access_key):
            raise UnusableOptions("access key: 32 lower-case hexadecimal digits expected")
        if self.clock is not None and self.clock.tzinfo is None:
            raise UnusableOptions("clock: give its offset, for example 2026-11-24T04:00:00Z")
        check_shares(self.faults)
        check_share("churn", self.churn)


def parse_faults(text: str) -> dict[str, float]:
    """500=0.1,html=0.05"""
    shares: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            shares[name.strip()] = float(value)
        except ValueError as error:
            raise UnusableOptions(f"faults: {part!r} is not NAME=SHARE") from error
    return shares


def parse_clock(text: str) -> datetime:
    try:
        clock = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnusableOptions(f"clock: {text!r} is not an ISO 8601 time") from error
    if clock.tzinfo is None:
        raise UnusableOptions("clock: give its offset, for example 2026-11-24T04:00:00Z")
    return clock


def check_shares(shares: Mapping[str, float]) -> None:
    known_names(shares)
    for name, value in shares.items():
        check_share(name, value)
    if sum(shares.values()) > 1:
        raise UnusableOptions("faults: the shares add up to more than 1")


def check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise UnusableOptions(f"{name}: a share from 0 to 1 expected, not {value}")
