"""Access keys: what each may call and how much of its quota is left."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

MAX_LIMIT = 100
_HISTORY = timedelta(days=92)
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    dated_flights: bool
    reference: bool
    search: bool


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("free-docs", dated_flights=False, reference=True, search=True),
        Profile("free-strict", dated_flights=False, reference=False, search=False),
        Profile("free-2026-01", dated_flights=False, reference=True, search=False),
        Profile("basic", dated_flights=True, reference=True, search=True),
    )
}


@dataclass(slots=True)
class Account:
    profile: Profile
    limit: int
    remaining: int
    calls: deque[float] = field(default_factory=deque)

    def charge(self) -> None:
        self.remaining -= 1

    def is_too_fast(self, at: float, *, per_second: int | None) -> bool:
        """True past so many calls in one second; a refused call does not count."""
        if per_second is None:
            return False
        while self.calls and self.calls[0] <= at - 1:
            self.calls.popleft()
        if len(self.calls) >= per_second:
            return True
        self.calls.append(at)
        return False


class Accounts:
    """One account for each key that looks right, or for the one key that is allowed."""

    def __init__(self, profile: str, quota: int, *, only_key: str | None = None) -> None:
        self.profile = PROFILES[profile]
        self.quota = quota
        self._start = quota
        self._only_key = only_key
        self._profiles: dict[str, Profile] = {}
        self._accounts: dict[str, Account] = {}

    def assign(self, profiles: Mapping[str, str]) -> None:
        self._profiles = {key: PROFILES[name] for key, name in profiles.items()}

    def account(self, key: str) -> Account | None:
        """None for a key that the service does not know."""
        if not is_key(key) or (self._only_key is not None and key != self._only_key):
            return None
        if key not in self._accounts:
            profile = self._profiles.get(key, self.profile)
            self._accounts[key] = Account(profile, self.quota, self._start)
        return self._accounts[key]

    def set_remaining(self, remaining: int) -> None:
        """For every key, those not seen yet included."""
        self._start = remaining
        for account in self._accounts.values():
            account.remaining = remaining

    def remaining(self) -> int:
        """The least that any key has left."""
        return min((a.remaining for a in self._accounts.values()), default=self._start)


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def may_call(profile: Profile, endpoint: str, params: Mapping[str, str]) -> bool:
    if endpoint == "flights":
        return profile.dated_flights or "flight_date" not in params
    return profile.reference and (profile.search or "search" not in params)


def reaches_back_to(wanted: date, today: date) -> bool:
    return wanted >= today - _HISTORY
