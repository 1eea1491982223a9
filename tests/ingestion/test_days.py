from datetime import date

import pytest

from ingestion.days import days_to_fetch
from ingestion.errors import BadDays

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("first", "last", "end"), [("2026-11-22", "2026-11-21", "first"), ("2026-08-23", "2026-11-21", "first"),
                               ("2026-11-20", "2026-11-25", "last")]
)  # fmt: skip
def test_days_that_can_not_be_fetched_name_the_end_that_is_wrong(first, last, end):
    with pytest.raises(BadDays) as refused:
        days_to_fetch(date.fromisoformat(first), date.fromisoformat(last), TODAY)
    assert refused.value.end == end


def test_92_days_back_can_be_fetched_up_to_today():
    assert len(days_to_fetch(date(2026, 8, 24), date(2026, 11, 24), TODAY)) == 93
