"""How many aircraft movements the slot holds, beside how many flights are sold on them."""

from collections import Counter
from collections.abc import Sequence

from flights.indicators import estimates
from flights.indicators.answers import Estimate, Found, Frame, Indicator
from flights.indicators.populations import NO_MOVEMENT, every
from flights.indicators.seen import Seen
from flights.records import FlightStatus

_RATIO_DIGITS = 4


def _leaves_out(_seen: Seen) -> str | None:
    return None


def _status(seen: Seen) -> str:
    return str(seen.status.value)


def _sold(seen: Seen) -> int:
    return 1 + seen.marketed


def _find(used: Sequence[Seen]) -> Found:
    movements, marketed = len(used), sum(map(_sold, used))
    by_status = Counter(map(_status, used))
    return Found(
        {
            "movements": movements,
            "marketed_flights": marketed,
            "per_movement": round(marketed / movements, _RATIO_DIGITS),
            "by_status": {status.value: by_status[status.value] for status in FlightStatus if by_status[status.value]},
        }
    )


def _estimate(used: Sequence[Seen], _found: Found, frame: Frame) -> list[Estimate]:
    return [
        estimates.total("movements", estimates.page_sums(used), frame, unit="movements"),
        estimates.total("marketed_flights", estimates.page_sums(used, _sold), frame, unit="flights"),
    ]


INDICATOR = Indicator(
    id="movements",
    version=1,
    title="Aircraft movements, and the flights marketed on them",
    definition=(
        "`movements` counts aircraft movements of every status, each once. `marketed_flights` counts the flight "
        "numbers they are sold under: the operating airline's own and every codeshare number seen. `per_movement` is "
        "their ratio. No other indicator counts codeshare numbers."
    ),
    unit="movements",
    qualifies=every,
    leaves_out=_leaves_out,
    group=_status,
    find=_find,
    nothing=NO_MOVEMENT,
    estimate=_estimate,
)
