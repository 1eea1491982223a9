"""Which codes of the slot the reference tables could not resolve."""

from collections import Counter
from collections.abc import Iterator, Sequence

from flights.indicators.answers import Found, Indicator
from flights.indicators.populations import NO_MOVEMENT, every
from flights.indicators.seen import Seen
from flights.reference.entities import Miss

MOST_LISTED = 500

Unresolved = tuple[str, str, str]


def _leaves_out(_seen: Seen) -> str | None:
    return None


def _unresolved(seen: Seen) -> Iterator[Unresolved]:
    """Kind, code and outcome of each code told that stands for nothing or for several things; no code, no entry."""
    told = (
        ("aircraft", seen.aircraft_code, seen.aircraft),
        ("airline", seen.airline_code, seen.airline),
        ("airport", seen.origin_code, seen.origin),
        ("airport", seen.destination_code, seen.destination),
    )
    for kind, code, found in told:
        if code and isinstance(found, Miss) and found is not Miss.NOTHING:
            yield kind, code, found.value


def _codes(seen: Seen) -> str:
    return ", ".join(f"{kind} {code}" for kind, code, _ in sorted(set(_unresolved(seen)))) or "all known"


def _find(used: Sequence[Seen]) -> Found:
    counts = Counter(each for seen in used for each in set(_unresolved(seen)))
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    listed = [
        {"kind": kind, "code": code, "outcome": outcome, "movements": count}
        for (kind, code, outcome), count in ranked[:MOST_LISTED]
    ]
    return Found({"codes": listed, "omitted": len(ranked) - len(listed)})


INDICATOR = Indicator(
    id="codes_unresolved",
    version=1,
    title="Codes that the reference tables do not resolve",
    definition=(
        "Every airport, airline and aircraft code of the slot's movements that no row of the reference tables has "
        "(unknown) or that several have (ambiguous), with the number of movements that carry it, most first; at most "
        "500 are listed, `omitted` counts the rest. Every movement is looked at, whatever its status; one that was "
        "told without a code is not listed here. An empty list says that every code is known."
    ),
    unit="movements",
    qualifies=every,
    leaves_out=_leaves_out,
    group=_codes,
    find=_find,
    nothing=NO_MOVEMENT,
    no_estimate="a code that is missing from the sample can't be told from one that does not exist",
)
