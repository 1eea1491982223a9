"""Two slots side by side."""

from flights.comparison import Change, compare
from tests.factories import a_row
from tests.flights.api.stored import store_rows

A, B = "2026-11-24T02Z", "2026-11-24T04Z"


def stored(slot, **statuses):
    return store_rows(
        *(a_row(flight__iata=number, flight_status=status) for number, status in statuses.items()), slot=slot
    )


def test_flights_appear_end_and_change(documents):
    stored(A, AF1="active", AF2="scheduled", AF3="active")
    stored(B, AF1="active", AF2="active", AF4="scheduled")
    result = compare(A, B, "", 10)
    assert result.counts == {Change.SAME: 1, Change.CHANGED: 1, Change.ENDED: 1, Change.APPEARED: 1}
    assert result.transitions == {("scheduled", "active"): 1}
    told = [(pair.flight_id.rsplit("-")[-1], pair.change, pair.before, pair.now) for pair in result.page]
    assert told == [
        ("AF2", "changed", "scheduled", "active"),
        ("AF3", "ended", "active", None),
        ("AF4", "appeared", None, "scheduled"),
    ]


def test_a_page_holds_what_comes_after_but_everything_is_counted(documents):
    first, second, _ = stored(A, AF1="active", AF2="active", AF3="active")
    result = compare(A, B, first, 1)
    assert [pair.flight_id for pair in result.page] == [second]
    assert result.counts == {Change.ENDED: 3}


def test_only_one_kind_of_change(documents):
    stored(A, AF1="active")
    stored(B, AF2="active")
    assert [pair.change for pair in compare(A, B, "", 10, Change.APPEARED).page] == [Change.APPEARED]


def test_a_slot_beside_itself_is_the_same(documents):
    stored(A, AF1="active", AF2="landed")
    assert compare(A, A, "", 10).counts == {Change.SAME: 2}
