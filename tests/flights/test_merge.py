from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from flights.documents import flight_document
from flights.merge import etag_of, merge, merge_all, order_of, united
from tests.factories import COLLECTED, OBSERVED, a_record
from tests.generated import several_pages

LATER = COLLECTED + timedelta(hours=2)
PLAIN = a_record()

# One movement each time: the properties of `merge` itself.
same_movement = several_pages().map(lambda found: [each for each in found if each.flight_id == found[0].flight_id])


def documents_of(merged):
    return {key: flight_document(record) for key, record in merged.items()}


def test_two_different_movements_do_not_merge():
    with pytest.raises(ValueError, match="are different movements"):
        merge(PLAIN, replace(PLAIN, flight_id="2026-11-24T0615-LYS-CDG-AF7642"))


@pytest.mark.parametrize(
    ("field", "less", "more"),
    [
        ("collected_at", COLLECTED, LATER),
        ("transform", 9, 10),
        ("operating_row", False, True),
        ("observed_at", OBSERVED, OBSERVED + timedelta(milliseconds=1)),
        ("page", "00.00009", "00.00010"),
        ("row", 9, 10),
        ("digest", "0a", "0b"),
    ],
)
def test_each_field_of_the_order_decides_on_its_own(field, less, more):
    assert order_of(replace(PLAIN, **{field: less})) < order_of(replace(PLAIN, **{field: more}))


@pytest.mark.parametrize(
    ("wins", "loses"),
    [
        ({"collected_at": LATER}, {"transform": 2}),
        ({"transform": 2}, {"operating_row": True}),
        ({"operating_row": True}, {"observed_at": OBSERVED + timedelta(seconds=5)}),
        ({"observed_at": OBSERVED + timedelta(seconds=5)}, {"page": "00.00001"}),
        ({"page": "00.00001"}, {"row": 99}),
        ({"row": 99}, {"digest": "f" * 16}),
    ],
)
def test_an_earlier_named_field_of_the_order_beats_a_later_named_one(wins, loses):
    base = replace(PLAIN, operating_row=False)
    assert order_of(replace(base, **wins)) > order_of(replace(base, **loses))


def test_the_order_cuts_below_the_millisecond_as_mongodb_does():
    instant = datetime(2026, 11, 24, 4, 0, 9, 500_999, tzinfo=UTC)
    assert order_of(replace(PLAIN, observed_at=instant)) == order_of(PLAIN)


def test_a_merged_record_unites_what_both_rows_said_of_carriers_and_numbers():
    one = replace(PLAIN, marketed_as=("DL8301",), carriers=("AF", "DL"))
    other = replace(PLAIN, marketed_as=("KL2207",), carriers=("AF", "KL"), row=3)
    merged = merge(one, other)
    assert (merged.marketed_as, merged.carriers) == (("DL8301", "KL2207"), ("AF", "DL", "KL"))


def test_a_merged_record_spans_from_the_first_sight_to_the_last():
    earlier = replace(PLAIN, first_seen=OBSERVED - timedelta(hours=2))
    merged = merge(replace(PLAIN, last_seen=OBSERVED + timedelta(hours=2)), earlier)
    assert (merged.first_seen, merged.last_seen) == (OBSERVED - timedelta(hours=2), OBSERVED + timedelta(hours=2))


def test_movements_are_told_apart_and_keep_the_order_of_their_appearance():
    other = replace(PLAIN, flight_id="2026-11-24T0615-LYS-CDG-AF7640")
    assert list(merge_all([PLAIN, other, PLAIN])) == [PLAIN.flight_id, other.flight_id]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [((), (), ()), (("A",), ("A",), ("A",)), (("B",), ("A",), ("A", "B")), ((), ("A", "B"), ("A", "B"))],
)
def test_a_union_is_sorted_and_holds_each_code_once(one, other, both):
    assert united(one, other) == both


@pytest.mark.parametrize(
    "change",
    [
        {"row": 1},
        {"marketed_as": ("DL8301",)},
        {"carriers": ("AF",)},
        {"first_seen": OBSERVED - timedelta(seconds=1)},
        {"last_seen": OBSERVED + timedelta(seconds=1)},
    ],
)
def test_another_state_has_another_tag(change):
    assert etag_of(replace(PLAIN, **change)) != etag_of(PLAIN)


def test_a_code_moved_from_one_set_to_the_other_changes_the_tag():
    one = replace(PLAIN, marketed_as=("X1",), carriers=())
    assert etag_of(one) != etag_of(replace(PLAIN, marketed_as=(), carriers=("X1",)))


@settings(deadline=None, max_examples=60)
@given(several_pages(), st.data())
def test_any_order_and_any_repetition_gives_the_same_documents(found, data):
    repeated = found + data.draw(st.lists(st.sampled_from(found), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    assert documents_of(merge_all(shuffled)) == documents_of(merge_all(found))


@settings(deadline=None, max_examples=60)
@given(several_pages(), st.data())
def test_any_split_into_batches_merged_in_any_order_gives_the_same_documents(found, data):
    cut = data.draw(st.integers(0, len(found)))
    batches = data.draw(st.permutations([found[:cut], found[cut:], found[cut // 2 :]]))
    merged = merge_all(record for batch in batches for record in merge_all(batch).values())
    assert documents_of(merged) == documents_of(merge_all(found))


@settings(deadline=None, max_examples=60)
@given(same_movement, st.data())
def test_merging_is_commutative_and_idempotent(found, data):
    one, other = data.draw(st.sampled_from(found)), data.draw(st.sampled_from(found))
    merged = merge(one, other)
    assert merged == merge(other, one)
    assert merge(merged, other) == merged


@settings(deadline=None, max_examples=60)
@given(same_movement, st.data())
def test_merging_is_associative(found, data):
    one, two, three = (data.draw(st.sampled_from(found)) for _ in range(3))
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@settings(deadline=None, max_examples=60)
@given(several_pages())
def test_the_text_of_the_order_sorts_as_its_fields_do(found):
    def fields(record):
        return (
            record.collected_at,
            record.transform,
            record.operating_row,
            record.observed_at,
            record.page,
            record.row,
            record.digest,
        )

    assert sorted(map(fields, found)) == [fields(record) for record in sorted(found, key=order_of)]
