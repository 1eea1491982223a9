"""What can go wrong while flights get in; each class answers whether trying again can help, and says what to do."""

from typing import Any


class IngestionError(Exception):
    """Base of this app's errors. `answer` is the upstream's answer behind it, where there was one."""

    retryable = False

    def __init__(self, text: str, answer: Any = None) -> None:
        super().__init__(text)
        self.answer = answer


class UpstreamUnavailable(IngestionError):
    """No usable answer this time: time-outs, refused connections, 5xx, broken bodies. Try again."""

    retryable = True


class UnusableAnswer(UpstreamUnavailable):
    """HTTP 200 whose body is no page of flights (not JSON, cut off, an object for `data`). Try again."""


class PagesUnusable(UnusableAnswer):
    """Some pages stayed unusable when all others had been fetched. Try these again."""


class RateLimited(UpstreamUnavailable):
    """Too many requests in a short time: wait, then go on."""


class QuotaExhausted(IngestionError):
    """The monthly allowance is used: nothing more until it is reset."""


class KeyRefused(IngestionError):
    """The access key is missing, wrong or suspended: set AVIATIONSTACK_ACCESS_KEY to a valid one."""


class PlanRefused(IngestionError):
    """The plan does not include this call: choose another plan or another query."""


class RequestRefused(IngestionError):
    """The upstream does not accept the parameters: the same request will fail again."""


class DayTooOld(RequestRefused):
    """No plan reaches back to this day any more: it is not asked for, since a refusal may cost a request."""


class ArchiveUnavailable(IngestionError):
    """Pages could not be kept or read: the store does not answer. Try again."""

    retryable = True


class LedgerUnavailable(IngestionError):
    """The SQL database of the run ledger is locked, full or away: nothing can be noted. Try again."""

    retryable = True


class SourcesGone(IngestionError):
    """The raw pages that a reconstructed slot is made of were removed: it can't be made, or counted, any more."""


class DiskFull(IngestionError):
    """The data folder has no room: free some. What was there stays whole. Try again."""

    retryable = True


class RunBusy(IngestionError):
    """Another process works on this run."""


class JobRests(RunBusy):
    """The run belongs to a backfill that was paused or cancelled: nothing more is fetched."""


class OrderError(IngestionError):
    """About an order from outside, never about a step: nothing was started."""


class QueueUnavailable(OrderError):
    """The worker's queue does not answer. Try again."""

    retryable = True


class BadDays(OrderError):
    """A range of days that can't be fetched; `end` names the end that is wrong: first or last."""

    def __init__(self, end: str, text: str) -> None:
        super().__init__(text)
        self.end = end


class BadBackfill(OrderError):
    """A backfill that can't be made so; `field` names what is wrong with it."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class OrderRefused(OrderError):
    """What was ordered can't be done as things are."""


class ReplayRefused(OrderError):
    """What was collected can't be read anew as things are."""


class OrderContradicted(OrderError):
    """The same idempotency key came with another order before."""


class InvalidRow(IngestionError):
    """A row that cannot become a flight record; `reason` is its class, the text says what was wrong."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text


class UnusableEntry(InvalidRow):
    """A row of a reference table that is not let in; counted in the notes of the version, never a dead letter."""
