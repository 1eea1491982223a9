"""The collection plan as it is written in the environment: checked, with every fault in words."""

import json
from typing import Any

from ingestion.paging import FILTERS

_SHARES = {"active": 0.7, "landed": 0.2, "cancelled": 0.05, "diverted": 0.05}
DEFAULT = json.dumps([{"query": {"flight_status": status}, "share": share} for status, share in _SHARES.items()])
ALL_FLIGHTS = '[{"query": {}, "share": 1, "sampled": false}]'  # in the upstream's order
MOST_QUERIES = 20
_KNOWN = {"query", "share", "sampled"}
_EXAMPLE = 'such as [{"query": {"flight_status": "active"}, "share": 1}]'


def plan_of(text: str) -> list[dict[str, Any]]:
    """The queries with their shares and whether they are sampled; raises ValueError in words."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise ValueError(f"is no JSON ({error}); {_EXAMPLE}") from error
    if not isinstance(told, list) or not 0 < len(told) <= MOST_QUERIES:
        raise ValueError(f"must be a list of 1 to {MOST_QUERIES} queries, {_EXAMPLE}")
    plan = [_query(place, each) for place, each in enumerate(told, start=1)]
    if (whole := sum(each["share"] for each in plan)) > 1 + 1e-9:
        raise ValueError(f"the shares add up to {whole:g}: at most 1")
    return plan


def fault_of(text: str) -> str | None:
    """What is wrong with a plan; None when nothing is."""
    try:
        plan_of(text)
    except ValueError as error:
        return str(error)
    return None


def _query(place: int, told: Any) -> dict[str, Any]:
    if not isinstance(told, dict) or not {"query", "share"} <= told.keys() or not told.keys() <= _KNOWN:
        raise ValueError(f"query {place}: wants `query` and `share`, and may have `sampled`")
    query, share, sampled = told["query"], told["share"], told.get("sampled", True)
    if not isinstance(query, dict) or not all(isinstance(each, str) and each for each in query.values()):
        raise ValueError(f"query {place}: `query` must be an object of texts; {{}} is all flights")
    if unknown := sorted(query.keys() - set(FILTERS)):
        raise ValueError(f"query {place}: {unknown[0]!r} is no filter; there are {', '.join(FILTERS)}")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise ValueError(f"query {place}: `share` must be a number above 0 and at most 1")
    if type(sampled) is not bool:
        raise ValueError(f"query {place}: `sampled` must be true or false (first pages)")
    return {"query": query, "share": float(share), "sampled": sampled}
