"""What holds of any slot whatever."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from flights.indicators.answers import Frame
from flights.indicators.registry import REGISTRY, Part, answers, explain
from tests.flights.indicators.factories import WHOLE
from tests.flights.indicators.random_slots import a_slot

SLOTS = st.integers(0, 1 << 32).map(a_slot)
SAMPLE = Frame(sampling="systematic sample of pages", pages_fetched=4, rows_announced=900, rows_received=400)
FRAMES = st.sampled_from([WHOLE, SAMPLE])
SOME = settings(max_examples=60, deadline=None)
COUNTED_BY_CONTINENT = ("airline_most_regional_by_continent", "model_most_frequent_by_continent")


def explained(slot, indicator):
    return [explain(indicator, seen) for seen in slot]


@SOME
@given(slot=SLOTS, frame=FRAMES, draws=st.randoms())
def test_the_order_of_the_movements_changes_nothing(slot, frame, draws):
    shuffled = draws.sample(slot, len(slot))
    assert answers(shuffled, frame) == answers(slot, frame)


@SOME
@given(slot=SLOTS)
def test_the_population_is_what_was_used_and_what_was_excluded(slot):
    made = answers(slot, WHOLE).values()
    assert [each.population for each in made] == [each.n + sum(each.excluded.values()) for each in made]


@SOME
@given(slot=SLOTS)
def test_the_evidence_adds_up_to_the_answer(slot):
    made = {name: (each.n, each.excluded) for name, each in answers(slot, WHOLE).items()}
    told = {name: explained(slot, indicator) for name, indicator in REGISTRY.items()}
    assert made == {
        name: (
            sum(each.part is Part.USED for each in rows),
            Counter(each.detail for each in rows if each.part is Part.EXCLUDED),
        )
        for name, rows in told.items()
    }


@SOME
@given(slot=SLOTS)
def test_the_evidence_of_a_group_is_its_n(slot):
    made = {name: answers(slot, WHOLE)[name].value or [] for name in COUNTED_BY_CONTINENT}
    groups = {
        name: Counter(each.detail for each in explained(slot, REGISTRY[name]) if each.part is Part.USED)
        for name in COUNTED_BY_CONTINENT
    }
    assert {name: {row["continent"]: row["n"] for row in rows} for name, rows in made.items()} == groups


@SOME
@given(slot=SLOTS, draws=st.randoms())
def test_codeshare_numbers_change_marketed_flights_alone(slot, draws):
    sold = [replace(seen, marketed=seen.marketed + draws.randrange(4)) for seen in slot]
    before, after = answers(slot, WHOLE), answers(sold, WHOLE)
    assert {name for name in REGISTRY if before[name] != after[name]} <= {"movements"}
    assert {**(before["movements"].value or {}), **SOLD} == {**(after["movements"].value or {}), **SOLD}


@SOME
@given(slot=SLOTS)
def test_there_is_a_value_or_a_reason(slot):
    assert [name for name, each in answers(slot, WHOLE).items() if (each.value is None) is (each.reason is None)] == []


SOLD = {"marketed_flights": None, "per_movement": None}
