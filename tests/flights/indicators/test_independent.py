"""A second implementation, in SQL, says the same of a thousand slots drawn at random."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from flights.indicators.registry import REGISTRY, answers
from flights.indicators.seen import Seen
from tests.flights.indicators.factories import WHOLE
from tests.flights.indicators.independent import VALUES, Independent, disagreements, vector_km
from tests.flights.indicators.random_slots import a_slot

SLOTS, AT_ONCE = 1_000, 100
FIELDS = ("value", "ties", "n", "population", "excluded")


def differing(slot: list[Seen]) -> Iterator[str]:
    ours = answers(slot, WHOLE)
    with closing(Independent(slot)) as independent:
        for question, answer in ours.items():
            told = {field: getattr(answer, field) for field in FIELDS}
            yield from disagreements(told, independent.answer(question), question)


@pytest.mark.parametrize("first", range(0, SLOTS, AT_ONCE))
def test_both_implementations_say_the_same(first):
    assert {seed: found for seed in range(first, first + AT_ONCE) if (found := list(differing(a_slot(seed))))} == {}


def test_every_indicator_is_answered_twice():
    assert VALUES.keys() == REGISTRY.keys()


def test_the_slots_drawn_hold_what_indicators_stumble_over():
    drawn = [answers(a_slot(seed), WHOLE) for seed in range(100)]
    never = {
        name
        for name in REGISTRY
        if not any(each[name].value is None for each in drawn) or not any(each[name].value for each in drawn)
    }
    tied = {name for each in drawn for name, answer in each.items() if answer.ties}
    assert (never, len(tied)) == (set(), 8)


def test_a_disagreement_is_seen():
    assert list(disagreements({"km": 1.0, "n": [1]}, {"km": 1.2, "n": [1, 2]}))


def test_the_vector_form_knows_a_quarter_of_the_equator():
    assert vector_km(0, 0, 0, 90) == pytest.approx(10_007.557)
