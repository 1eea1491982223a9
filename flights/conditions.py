"""Conditions on documents in MongoDB's form, met here where documents are made on the way: all fields must meet theirs.

Only what the API's filters say: a value, `$in`, `$gt`, `$gte` and `$lte`; a list meets a condition when one of its
elements does, and nothing that is missing or null is greater or less than anything. Pure.
"""

from collections.abc import Callable, Mapping
from operator import ge, gt, le
from typing import Any

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, wanted: value in wanted,
    "$gt": gt,
    "$gte": ge,
    "$lte": le,
}


def meets(document: Mapping[str, Any], conditions: Mapping[str, Any]) -> bool:
    """Whether MongoDB would find the document by these conditions.

    >>> meets({"codes": {"airports": ["CDG", "LYS"]}}, {"codes.airports": {"$in": ["LYS"]}})
    True
    """
    return all(_meets(_at(document, path), wanted) for path, wanted in conditions.items())


def _meets(told: Any, wanted: Any) -> bool:
    values = told if isinstance(told, list | tuple) else [told]
    if not isinstance(wanted, Mapping):
        return wanted in values
    return all(any(_compares(name, value, limit) for value in values) for name, limit in wanted.items())


def _compares(name: str, value: Any, limit: Any) -> bool:
    return value is not None and _COMPARED[name](value, limit)


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
