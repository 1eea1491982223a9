"""Airline with the most active flights in the world."""

from flights.reference.entities import Miss
from tests.flights.indicators.factories import AFR, DLH, a_seen, asked, some, value_of

ID = "airline_most_active"


def test_by_hand():
    answer = asked(ID, [*some(3, airline=AFR), *some(2, airline=DLH), a_seen(airline=Miss.NOTHING)])
    assert (answer.value, answer.ties) == ({"airline": "AFR", "name": "AFR airline", "count": 3}, {})
    assert (answer.n, answer.population, answer.coverage) == (5, 6, 0.833333)
    assert answer.excluded == {"no-airline": 1}


def test_tied_airlines_are_all_listed_in_code_order():
    answer = asked(ID, [*some(2, airline=DLH), *some(2, airline=AFR)])
    assert (answer.value["airline"], answer.ties) == ("AFR", {"world": ["AFR", "DLH"]})


def test_an_airline_that_the_reference_does_not_know_counts_under_its_code():
    assert value_of(ID, some(2, airline=Miss.UNKNOWN, airline_code="ZZZ")) == {
        "airline": "ZZZ",
        "name": None,
        "count": 2,
    }


def test_all_excluded():
    answer = asked(ID, some(2, airline=Miss.NOTHING))
    assert (answer.value, answer.n, answer.population, answer.coverage) == (None, 0, 2, 0.0)
    assert answer.reason == "none of the 2 movements it is about could be used: 2 no-airline"
