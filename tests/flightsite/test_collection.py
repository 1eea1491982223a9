"""The collection plan of the environment."""

import pytest

from flightsite.collection import ALL_FLIGHTS, DEFAULT, fault_of, plan_of


def test_the_default_samples_what_is_in_the_air_and_what_came_of_the_rest():
    told = [(each["query"]["flight_status"], each["share"], each["sampled"]) for each in plan_of(DEFAULT)]
    assert told == [("active", 0.7, True), ("landed", 0.2, True), ("cancelled", 0.05, True), ("diverted", 0.05, True)]


def test_all_flights_can_be_read_in_their_order():
    assert plan_of(ALL_FLIGHTS) == [{"query": {}, "share": 1.0, "sampled": False}]


def test_a_query_is_sampled_unless_it_says_otherwise():
    plan = plan_of('[{"query": {"flight_status": "active"}, "share": 0.7}, {"query": {}, "share": 0.3}]')
    assert [(each["query"], each["share"], each["sampled"]) for each in plan] == [
        ({"flight_status": "active"}, 0.7, True),
        ({}, 0.3, True),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "is no JSON"),
        ("{}", "must be a list of 1 to 20 queries"),
        ("[]", "must be a list of 1 to 20 queries"),
        ("[1]", "query 1: wants `query` and `share`"),
        ('[{"query": {}}]', "query 1: wants `query` and `share`"),
        ('[{"query": {}, "share": 1, "pages": 3}]', "and may have `sampled`"),
        ('[{"query": {}, "share": 0}]', "must be a number above 0"),
        ('[{"query": {}, "share": true}]', "must be a number above 0"),
        ('[{"query": {}, "share": 0.7}, {"query": {}, "share": 0.7}]', "the shares add up to 1.4"),
        ('[{"query": {"flight_status": 1}, "share": 1}]', "must be an object of texts"),
        ('[{"query": {"access_key": "0"}, "share": 1}]', "'access_key' is no filter"),
        ('[{"query": {"limit": "10"}, "share": 1}]', "'limit' is no filter"),
        ('[{"query": {}, "share": 1, "sampled": 1}]', "must be true or false"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_words(text, words):
    assert words in fault_of(text)
