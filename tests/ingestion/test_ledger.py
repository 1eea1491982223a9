from datetime import UTC, datetime

import pytest

from flights.times import utc_now
from ingestion import ledger
from ingestion.errors import QuotaExhausted
from ingestion.models import UpstreamRequest

NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


def noted(run, **values):
    return UpstreamRequest.objects.create(
        run=run, **({"page": "00.00000", "sent_at": NOW, "outcome": "ok", "charged": 1} | values)
    )


@pytest.mark.parametrize(
    ("now", "reset"),
    [(NOW, datetime(2026, 12, 1, tzinfo=UTC)), (NOW.replace(month=12), datetime(2027, 1, 1, tzinfo=UTC))],
)
def test_the_allowance_is_reset_on_the_first(now, reset):
    assert ledger.next_reset(now) == reset


def test_requests_of_this_month_count_unless_they_were_not_charged(run):
    noted(run)
    noted(run, charged=None, outcome="UpstreamUnavailable")
    noted(run, charged=0, outcome="RateLimited")
    noted(run, sent_at=NOW.replace(month=10))
    assert ledger.used_this_month(NOW) == 2


def test_the_upstreams_last_word_wins_where_it_is_smaller(run):
    noted(run, quota_remaining=900)
    noted(run, quota_remaining=7)
    noted(run, quota_remaining=None)
    assert ledger.remaining(NOW) == 7


def test_the_own_count_wins_where_it_is_smaller(run, settings):
    settings.AVIATIONSTACK = settings.AVIATIONSTACK | {"monthly_requests": 10}
    noted(run, quota_remaining=900)
    assert ledger.remaining(NOW) == 9


def test_a_negative_word_means_nothing_is_left(run):
    noted(run, quota_remaining=-688)
    assert ledger.remaining(NOW) == 0
    with pytest.raises(QuotaExhausted, match="2026-12-01"):
        ledger.check_allowance(NOW)


def test_a_request_that_never_ended_is_in_the_ledger(run):
    with pytest.raises(KeyboardInterrupt), ledger.noted(run, "00.00000"):
        raise KeyboardInterrupt
    entry = run.requests.get()
    assert (entry.outcome, entry.charged) == ("sent", None)
    assert ledger.used_this_month(utc_now()) == 1
