"""At which airport outbound and inbound flights differ most."""

from collections import Counter
from collections.abc import Sequence

from flights.indicators import estimates
from flights.indicators.answers import WORLD, Estimate, Found, Frame, Indicator
from flights.indicators.names import airport_names
from flights.indicators.populations import NO_OPERATING, is_not_cancelled
from flights.indicators.reasons import destination_missing, destination_of, origin_missing, origin_of
from flights.indicators.seen import Seen


def _leaves_out(seen: Seen) -> str | None:
    return origin_missing(seen) or destination_missing(seen)


def _origin(seen: Seen) -> str:
    return origin_of(seen).code


def _destination(seen: Seen) -> str:
    return destination_of(seen).code


def _route(seen: Seen) -> str:
    return f"{_origin(seen)}-{_destination(seen)}"


def _find(used: Sequence[Seen]) -> Found:
    outbound, inbound = Counter(map(_origin, used)), Counter(map(_destination, used))
    gaps = {code: outbound[code] - inbound[code] for code in outbound | inbound}
    widest = max(map(abs, gaps.values()))
    codes = sorted(code for code, gap in gaps.items() if abs(gap) == widest)
    first = codes[0]
    value = {
        "airport": first,
        "name": airport_names(used)[first],
        "outbound": outbound[first],
        "inbound": inbound[first],
        "gap": gaps[first],
    }
    return Found(value, {WORLD: codes} if len(codes) > 1 else {})


def _estimate(used: Sequence[Seen], found: Found, frame: Frame) -> list[Estimate]:
    codes = found.ties.get(WORLD) or [found.value["airport"]]
    return [_gap(code, used, frame) for code in codes]


def _gap(code: str, used: Sequence[Seen], frame: Frame) -> Estimate:
    sums = estimates.page_sums(used, lambda seen: (_origin(seen) == code) - (_destination(seen) == code))
    return estimates.total(code, sums, frame, unit="flights")


INDICATOR = Indicator(
    id="airport_largest_imbalance",
    version=1,
    title="Airport with the largest gap between outbound and inbound flights",
    definition=(
        "Of all airports that are an origin or a destination in this slot, the one where outbound and inbound "
        "movements, whatever their status except cancelled, differ most. `gap` is outbound minus inbound, with its "
        "sign. An airport with traffic one way only counts too. A movement with an end that can't be resolved is "
        "excluded whole, or it would make a gap at its other end. Where several airports share the gap (of either "
        "sign), the value is the first of them in code order and `ties` lists all."
    ),
    unit="flights",
    qualifies=is_not_cancelled,
    leaves_out=_leaves_out,
    group=_route,
    find=_find,
    nothing=NO_OPERATING,
    estimate=_estimate,
)
