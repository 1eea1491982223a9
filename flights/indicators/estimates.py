"""From a sample of pages to the whole slot. The pages are the clusters that were drawn; their rows were not.

Totals are expanded by rows announced / rows received, means are ratios of two totals with the variance of their
linearised form (Cochran, Sampling Techniques, 1977, chapters 6 and 9). Both intervals use Student's t and the
finite population correction. Nothing is estimated from pages that were not drawn at random.

A limit: a movement whose rows (its own and its codeshares') lie on several pages is seen when any of them is drawn,
yet weighs as if it had one page. A page does not tell how many others there are, so this can't be mended here; the
method of each total says it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from math import fsum, sqrt

from flights.indicators.answers import Estimate, Frame
from flights.indicators.seen import Seen

ALL_PAGES = "all pages announced"
RANDOM_SAMPLINGS = frozenset({"systematic sample of pages", "random sample of pages"})

_FEWEST_PAGES = 2
_NORMAL = 1.959964
# Student's t for 95 %, two-sided, with 1 to 30 degrees of freedom.
_STUDENT = (
    *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
    *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860),
    *(2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423),
)

PageSums = Mapping[str, float]


def why_none(frame: Frame) -> str | None:
    """Why nothing can be, or need be, estimated for the whole slot; None where it can."""
    announced = frame.rows_announced
    if frame.sampling == ALL_PAGES or (announced is not None and frame.rows_received >= announced):
        return "every announced row was fetched"
    if frame.sampling not in RANDOM_SAMPLINGS:
        return f"the pages were not drawn at random ({frame.sampling}), so nothing can be said of the rest"
    if announced is None or frame.rows_received == 0:
        return "the upstream did not say how many rows there are"
    if frame.pages_fetched < _FEWEST_PAGES:
        return "a single page does not tell how much pages differ"
    return None


def page_sums(movements: Iterable[Seen], number: Callable[[Seen], float] = lambda _seen: 1) -> dict[str, float]:
    """By page, the sum of a number of each movement it told, or how many they are."""
    numbers: defaultdict[str, list[float]] = defaultdict(list)
    for seen in movements:
        numbers[seen.page].append(number(seen))
    return {page: fsum(each) for page, each in numbers.items()}


def total(of: str, sums: PageSums, frame: Frame, *, unit: str) -> Estimate:
    """A count over the whole slot; pages not in `sums` had none of it. It is at least what was seen."""
    seen, expansion = fsum(sums.values()), 1 / _fraction(frame)
    pages = frame.pages_fetched
    squares = max(0.0, fsum(each * each for each in sums.values()) - seen * seen / pages)
    error = expansion * sqrt((1 - _fraction(frame)) * pages * squares / (pages - 1))
    half = student(pages - 1) * error
    middle = seen * expansion
    low = _not_below(seen, middle - half, sums)
    return _estimate(of, (middle, low, middle + half), unit, f"{_expanded(frame)}; {_interval(pages - 1, frame)}")


def mean(of: str, sums: PageSums, counts: PageSums, frame: Frame, *, unit: str) -> Estimate | None:
    """A mean over the whole slot; None where a single page tells of it: that says nothing of how pages differ.

    The degrees of freedom are those of the pages that tell of it, which are fewer than those fetched.
    """
    if len(counts) < _FEWEST_PAGES:
        return None
    n = fsum(counts.values())
    middle = fsum(sums.values()) / n
    pages, freedom = frame.pages_fetched, len(counts) - 1
    squares = fsum((sums[page] - middle * count) ** 2 for page, count in counts.items())
    error = sqrt((1 - _fraction(frame)) * pages * squares / (pages - 1)) / n
    half = student(freedom) * error
    method = f"mean of the sample as a ratio of page totals; {_interval(freedom, frame)}"
    return _estimate(of, (middle, _not_below(0, middle - half, sums), middle + half), unit, method)


def student(freedom: int) -> float:
    """Student's t for a two-sided 95 % interval."""
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    z = _NORMAL  # the first terms of Fisher's expansion, right to 0.0002 from here on
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _fraction(frame: Frame) -> float:
    """The share of the slot that was fetched, by rows."""
    return frame.rows_received / (frame.rows_announced or frame.rows_received)


def _not_below(least: float, low: float, sums: PageSums) -> float:
    """The lower end, where nothing negative was seen: the whole holds at least what the sample does."""
    return max(least, low) if min(sums.values(), default=0) >= 0 else low


def _expanded(frame: Frame) -> str:
    return (
        f"count of the sample x {frame.rows_announced} rows announced / {frame.rows_received} received, somewhat high "
        f"where one movement's rows lie on several pages"
    )


def _interval(freedom: int, frame: Frame) -> str:
    return (
        f"95 % interval from the spread between {frame.pages_fetched} pages ({frame.sampling}, taken as drawn at "
        f"random), Student's t with {freedom} degrees of freedom, finite population correction"
    )


def _estimate(of: str, figures: tuple[float, float, float], unit: str, method: str) -> Estimate:
    middle, low, high = (round(each, 1) for each in figures)
    return Estimate(of=of, estimate=middle, low=low, high=high, unit=unit, method=method)
