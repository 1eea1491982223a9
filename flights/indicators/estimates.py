"""From a sample of pages to the whole slot. The pages are the clusters that were drawn; their rows were not.

A slot asks several queries, which are strata: within each, the first page was fetched in any case and stands for
itself, the pages after it were drawn. Totals are expanded by pages, means are ratios of two totals with the variance of
their linearised form (Cochran, Sampling Techniques, 1977, chapters 5, 6, 8 and 9); both add up over the strata.
Intervals use Student's t, Satterthwaite's degrees of freedom and the finite population correction; a systematic sample
is taken as one drawn at random. Nothing is estimated from pages that were not drawn. Slots of earlier versions are one
stratum whose total is expanded by rows.

A limit: a movement whose rows (its own and its codeshares') lie on several pages is seen when any of them is drawn,
yet weighs as if it had one page. A page does not tell how many others there are, so this can't be mended here; the
method of each total says it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt

from flights.indicators.answers import Estimate, Frame
from flights.indicators.seen import Seen
from flights.records import SAMPLING_ALL, SAMPLING_SYSTEMATIC

FIRST_PAGE = ".00000"  # how the key of a query's first page ends
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
    if frame.sampling == SAMPLING_ALL or (announced is not None and frame.rows_received >= announced):
        return "every announced row was fetched"
    if frame.sampling != SAMPLING_SYSTEMATIC:
        return f"the pages were not drawn at random ({frame.sampling}), so nothing can be said of the rest"
    if announced is None or frame.rows_received == 0:
        return "the upstream did not say how many rows there are"
    if not _samples(frame):
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
    samples = _samples(frame)
    seen, middle = fsum(sums.values()), _expanded(sums, samples)
    errors = [(sample.variance(sums.items()), sample.pages - 1) for sample in samples]
    freedom = _freedom(errors)
    half = student(freedom) * sqrt(fsum(variance for variance, _ in errors))
    low = _not_below(seen, middle - half, sums)
    return _estimate(of, (middle, low, middle + half), unit, f"{_expansion(frame)}; {_interval(freedom, frame)}")


def mean(of: str, sums: PageSums, counts: PageSums, frame: Frame, *, unit: str) -> Estimate | None:
    """A mean over the whole slot; None where a single drawn page tells of it: that says nothing of how pages differ.

    The degrees of freedom are those of the pages that tell of it, which are fewer than those fetched.
    """
    samples = _samples(frame)
    tellers = [sum(1 for page in counts if sample.holds(page)) for sample in samples]
    freedom = sum(telling - 1 for telling in tellers if telling)
    if freedom < 1:
        return None
    n = _expanded(counts, samples)
    middle = _expanded(sums, samples) / n
    residuals = [(page, sums[page] - middle * count) for page, count in counts.items()]
    half = student(freedom) * sqrt(fsum(sample.variance(residuals) for sample in samples)) / n
    method = f"mean of the sample as a ratio of page totals; {_interval(freedom, frame)}"
    return _estimate(of, (middle, _not_below(0, middle - half, sums), middle + half), unit, method)


def student(freedom: int) -> float:
    """Student's t for a two-sided 95 % interval."""
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    z = _NORMAL  # the first terms of Fisher's expansion, right to 0.0002 from here on
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Pages that were drawn: so many of them, each standing for `expansion` pages. Without a query, any page."""

    query: str | None
    pages: int
    expansion: float

    def holds(self, page: str) -> bool:
        return self.query is None or (page.startswith(self.query) and not page.endswith(FIRST_PAGE))

    def variance(self, numbers: Iterable[tuple[str, float]]) -> float:
        """Of the expanded total of these pages' numbers; drawn pages that are not among them have none."""
        own = [number for page, number in numbers if self.holds(page)]
        spread = max(0.0, fsum(each * each for each in own) - fsum(own) ** 2 / self.pages) / (self.pages - 1)
        return self.expansion**2 * (1 - 1 / self.expansion) * self.pages * spread


def _samples(frame: Frame) -> list[_Sample]:
    """What was drawn, where it is enough to tell how much pages differ."""
    if not frame.strata:
        if frame.pages_fetched < _FEWEST_PAGES or not frame.rows_announced or not frame.rows_received:
            return []
        return [_Sample(None, frame.pages_fetched, frame.rows_announced / frame.rows_received)]
    return [
        _Sample(f"{each.query:02d}.", pages, (each.pages_announced - 1) / pages)
        for each in frame.strata
        if each.sampling == SAMPLING_SYSTEMATIC
        and each.pages_announced is not None
        and (pages := each.pages_fetched - 1) >= _FEWEST_PAGES
    ]


def _expanded(sums: PageSums, samples: Sequence[_Sample]) -> float:
    """The total that the pages stand for: those drawn for others too, the rest for themselves."""
    return fsum(
        number * next((sample.expansion for sample in samples if sample.holds(page)), 1)
        for page, number in sums.items()
    )


def _freedom(errors: Sequence[tuple[float, int]]) -> int:
    """Satterthwaite's degrees of freedom of a sum of variances; those of all parts where nothing varies."""
    whole = fsum(variance for variance, _ in errors)
    if whole == 0:
        return sum(freedom for _, freedom in errors)
    return max(1, int(whole**2 / fsum(variance**2 / freedom for variance, freedom in errors)))


def _not_below(least: float, low: float, sums: PageSums) -> float:
    """The lower end, where nothing negative was seen: the whole holds at least what the sample does."""
    return max(least, low) if min(sums.values(), default=0) >= 0 else low


def _expansion(frame: Frame) -> str:
    told = f"x {frame.rows_announced} rows announced / {frame.rows_received} received"
    if frame.strata:
        told = "in each sampled query x its pages announced / fetched, first pages as they are"
    left_out = _left_out(frame)
    return f"count of the sample {told}, somewhat high where one movement's rows lie on several pages{left_out}"


def _left_out(frame: Frame) -> str:
    """Rows of queries that were neither fetched whole nor sampled enough."""
    sampled = {sample.query for sample in _samples(frame)}
    rows = sum(
        (each.rows_announced or each.rows_received) - each.rows_received
        for each in frame.strata
        if each.sampling != SAMPLING_ALL and f"{each.query:02d}." not in sampled
    )
    return f", without {rows} rows of queries of which too few pages were fetched" if rows > 0 else ""


def _interval(freedom: int, frame: Frame) -> str:
    pages = sum(sample.pages for sample in _samples(frame))
    return (
        f"95 % interval from the spread between {pages} pages ({frame.sampling}, taken as drawn at "
        f"random), Student's t with {freedom} degrees of freedom, finite population correction"
    )


def _estimate(of: str, figures: tuple[float, float, float], unit: str, method: str) -> Estimate:
    middle, low, high = (round(each, 1) for each in figures)
    return Estimate(of=of, estimate=middle, low=low, high=high, unit=unit, method=method)
