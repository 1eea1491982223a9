"""One request in, one answer out; no sockets here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

from ingestion.simulator import accounts, faults, wire
from ingestion.simulator.accounts import Account, Accounts
from ingestion.simulator.draws import draw, share
from ingestion.simulator.eras import ERAS
from ingestion.simulator.faults import Faults
from ingestion.simulator.flights import FlightSource, WorldFlights, date_or_none
from ingestion.simulator.options import SimulatorOptions, check_share, check_shares, parse_clock
from ingestion.simulator.recorded import Recording
from ingestion.simulator.reference import ENDPOINTS, matching, reference_rows
from ingestion.simulator.requests_log import RequestLog
from ingestion.simulator.rows import RowMaker
from ingestion.simulator.wire import Answer, Delivery
from ingestion.simulator.world import World

Params = Mapping[str, str]
_MAX_SHIFT = 3


class Simulator:
    """Thread-safe: one lock, as a page takes milliseconds."""

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.clock = options.clock
        self.churn = options.churn
        self.slow_seconds = options.slow_seconds
        self.log = RequestLog()
        self.faults = Faults(options.seed, options.faults)
        self.accounts = Accounts(options.profile, options.quota, only_key=options.access_key)
        self.accounts.assign(options.key_profiles)
        self._era = ERAS[options.era]
        self._recording = None if options.recorded is None else Recording(options.recorded)
        self._flights = self._recording or self._world_flights()
        self._shift = 0
        self._pages = 0
        self._lock = Lock()

    def now(self) -> datetime:
        return self.clock or datetime.now(UTC)

    def handle(self, endpoint: str, params: Params) -> Answer:
        with self._lock:
            now = self.now()
            number = self.log.total
            fault = self.faults.pick(number, params.get("offset", "0"))
            given, account, is_charged = self._answer(endpoint, params, now, fault)
            if account is not None and is_charged:
                account.charge()
                self.log.charged += 1
                given.headers.update(self._quota_headers(account))
            if "x-blocked-at-loadbalancer" not in given.headers:
                transaction = UUID(int=draw("id", self.options.seed, number) << 64 | number)
                given.headers.setdefault("x-apilayer-transaction-id", str(transaction))
            self.log.add(now, endpoint, params, _status_shown(given), fault)
            return given

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "clock": self.now().isoformat(),
                "clock_is_fixed": self.clock is not None,
                "faults": dict(self.faults.shares),
                "next": list(self.faults.queue),
                "at_offset": {
                    offset: {"fault": at.fault, "count": at.count} for offset, at in self.faults.at_offset.items()
                },
                "churn": self.churn,
                "quota_remaining": self.accounts.remaining(),
                **self.log.state(),
            }

    def control(self, wanted: Mapping[str, Any]) -> None:
        """Takes all of the settings or, if one is refused, those before it."""
        with self._lock:
            for name, value in wanted.items():
                self._set(name, value)

    def _set(self, name: str, value: Any) -> None:
        match name:
            case "faults":
                check_shares(value)
                self.faults.set_shares(value)
            case "next":
                self.faults.set_queue(value)
            case "at_offset":
                self.faults.set_at_offset(value)
            case "clock":
                self.clock = None if value is None else parse_clock(value)
            case "quota_remaining":
                self.accounts.set_remaining(int(value))
            case "churn":
                check_share("churn", value)
                self.churn = float(value)
            case "slow_seconds":
                self.slow_seconds = float(value)
            case _:
                raise ValueError(f"no such setting: {name}")

    def _world_flights(self) -> FlightSource:
        world = World(self.options.seed)
        source = WorldFlights(world, RowMaker(world, self._era, self.options.delay_mode))
        source.find({}, self.now())  # built now, so that the first request need not wait
        return source

    def _answer(
        self, endpoint: str, params: Params, now: datetime, fault: str | None
    ) -> tuple[Answer, Account | None, bool]:
        """The answer, whose it is, and whether it counts."""
        account = self.accounts.account(params.get("access_key", ""))
        if fault in faults.REFUSALS:
            make, is_charged = faults.REFUSALS[fault]
            return make(), account, is_charged
        if account is None:
            return _unknown_key(params), None, False
        refused = self._refused(account, endpoint, params, now)
        if refused is not None:
            return refused, account, refused.status == wire.FORBIDDEN
        page = self._page(endpoint, params, now)
        if fault is not None:
            page = faults.twist_page(fault, page, odd_string=self.options.odd_string)
        given = wire.answer(200, page)
        if fault is not None:
            given = faults.twist_bytes(fault, given, slow_seconds=self.slow_seconds)
        return given, account, True

    def _refused(self, account: Account, endpoint: str, params: Params, now: datetime) -> Answer | None:
        if endpoint != "flights" and endpoint not in ENDPOINTS:
            return wire.refusal(404, "invalid_api_function")
        if account.is_too_fast(monotonic(), per_second=self.options.rate_limit):
            return wire.refusal(429, "rate_limit_reached")
        if account.remaining <= 0:
            return wire.refusal(429, "usage_limit_reached")
        allowed = accounts.may_call(account.profile, endpoint, params)
        if allowed and _number(params, "limit", 100) <= accounts.MAX_LIMIT and self._is_recent(params, now):
            return None
        return wire.refusal(403, "function_access_restricted")

    def _is_recent(self, params: Params, now: datetime) -> bool:
        """A recording is as old as it is; the world goes three months back."""
        wanted = date_or_none(params.get("flight_date", ""))
        if wanted is None or self._recording is not None:
            return True
        return accounts.reaches_back_to(wanted, now.astimezone(UTC).date())

    def _page(self, endpoint: str, params: Params, now: datetime) -> dict[str, Any]:
        limit, offset = _number(params, "limit", 100), _number(params, "offset", 0)
        if endpoint != "flights":
            return self._reference_page(endpoint, params, limit, offset)
        found = self._flights.find(params, now)
        total = found.total
        if self.options.total_cap is not None:
            total = min(total, self.options.total_cap)
        shift = self._churned()
        rows = found.rows((p + shift) % found.total for p in range(offset, min(offset + limit, total)))
        return wire.page(rows, limit=limit, offset=offset, total=total)

    def _reference_page(self, endpoint: str, params: Params, limit: int, offset: int) -> dict[str, Any]:
        recorded = self._recording
        rows = reference_rows(endpoint) if recorded is None else recorded.reference_rows(endpoint)
        rows = matching(rows, params)
        shown = rows[offset : offset + limit]
        first = self._era.offset_first
        return wire.page(shown, limit=limit, offset=offset, total=len(rows), offset_first=first)

    def _churned(self) -> int:
        """How far the rows have moved up by now; a recording does not move."""
        if self._recording is not None:
            return 0
        self._pages += 1
        if share("churn", self.options.seed, self._pages) < self.churn:
            self._shift += 1 + draw("shift", self.options.seed, self._pages) % _MAX_SHIFT
        return self._shift

    def _quota_headers(self, account: Account) -> dict[str, str]:
        took = draw("took", self.options.seed, self.log.total) % 90 / 1000 + 0.05
        return {
            "x-quota-limit": str(account.limit),
            "x-quota-remaining": str(account.remaining),
            "x-increment-usage": "1",
            "x-request-time": f"{took:.3f}, {took + 0.04:.3f}",
        }


def _unknown_key(params: Params) -> Answer:
    """A key of the wrong form is stopped in front of the application."""
    if "access_key" not in params:
        return wire.refusal(401, "missing_access_key")
    if accounts.is_key(params["access_key"]):
        return wire.refusal(401, "invalid_access_key")
    return wire.load_balancer_refusal()


def _status_shown(given: Answer) -> str:
    is_answered = given.delivery in {Delivery.WHOLE, Delivery.TRUNCATED}
    return str(given.status) if is_answered else given.delivery.value


def _number(params: Params, name: str, default: int) -> int:
    """What is not a plain number is ignored."""
    text = params.get(name, "")
    return int(text) if text.isdecimal() else default
