"""Conditions met in Python are met in MongoDB, and the other way round."""

import pytest

from flights import store
from flights.conditions import meets

DOCUMENTS = [
    {"_id": "a", "status": "active", "late": 7, "codes": {"airports": ["CDG", "LYS"]}},
    {"_id": "b", "status": "landed", "late": None, "codes": {"airports": ["NCE"]}},
    {"_id": "c", "status": "active", "late": -3, "codes": {"airports": []}},
    {"_id": "d", "status": None},
]


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"status": "active"},
        {"status": {"$in": ["active", "landed"]}},
        {"codes.airports": "LYS"},
        {"codes.airports": {"$in": ["LYS", "NCE"]}},
        {"codes.airports": {"$in": []}},
        {"late": {"$gt": -5}},
        {"late": {"$gte": 7}},
        {"late": {"$gte": -3, "$lte": 6}},
        {"late": {"$gt": 0}, "status": "active"},
        {"status.word": "active"},
    ],
)
def test_a_condition_finds_here_what_it_finds_there(documents, conditions):
    store.insert_new(store.FLIGHTS, DOCUMENTS)
    there = [each["_id"] for each in store.find_range(store.FLIGHTS, ("0", "z"), conditions)]
    assert [each["_id"] for each in DOCUMENTS if meets(each, conditions)] == there
