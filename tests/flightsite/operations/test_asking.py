"""Who does not answer in time, or breaks, is told as unknown; the others are heard."""

from threading import Event

import pytest

from flightsite.operations.asking import asked
from flightsite.operations.facts import Unknown


@pytest.fixture
def silent():
    """Says nothing until the test is over; answers True to whoever waited for it."""
    over = Event()
    yield lambda: over.wait(30) or True
    over.set()


def answers(**questions):
    return {name: question.answer() for name, question in asked(questions, 0.3).items()}


def test_one_that_says_nothing_is_not_waited_for(silent):
    assert answers(lag=silent, letters=lambda: 3) == {"lag": Unknown("no answer in 0.3 s"), "letters": 3}


def test_one_that_breaks_hides_no_other():
    assert answers(lag=lambda: 1 / 0, letters=lambda: 3) == {"lag": Unknown("ZeroDivisionError"), "letters": 3}
