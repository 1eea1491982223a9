"""What the indicators have in common when they estimate for the whole slot: who leads, and means by group."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from flights.indicators import estimates
from flights.indicators.answers import Estimate, Frame
from flights.indicators.grouping import Lead
from flights.indicators.seen import Seen

Naming = Callable[[Seen], str]


def leader_totals(movements: Iterable[Seen], lead: Lead, item: Naming, frame: Frame, unit: str) -> list[Estimate]:
    """The count of each that leads the sample."""
    pages = _by_page(movements, lambda seen: ("", item(seen)))
    return [estimates.total(code, pages[("", code)], frame, unit=unit) for code in lead.codes]


def group_leader_totals(
    movements: Iterable[Seen], leads: dict[str, Lead], group: Naming, item: Naming, frame: Frame, unit: str
) -> list[Estimate]:
    """The count of each that leads a group of the sample, told as `EU: AFR`."""
    pages = _by_page(movements, lambda seen: (group(seen), item(seen)))
    return [
        estimates.total(f"{name}: {code}", pages[(name, code)], frame, unit=unit)
        for name, lead in leads.items()
        for code in lead.codes
    ]


def group_means(
    movements: Iterable[Seen], group: Naming, number: Callable[[Seen], float], frame: Frame, unit: str
) -> list[Estimate]:
    """The mean of each group that more than one page tells of."""
    groups: defaultdict[str, list[Seen]] = defaultdict(list)
    for seen in movements:
        groups[group(seen)].append(seen)
    made = (
        estimates.mean(name, estimates.page_sums(each, number), estimates.page_sums(each), frame, unit=unit)
        for name, each in sorted(groups.items())
    )
    return [each for each in made if each is not None]


def _by_page(
    movements: Iterable[Seen], key: Callable[[Seen], tuple[str, str]]
) -> dict[tuple[str, str], dict[str, float]]:
    pages: dict[tuple[str, str], dict[str, float]] = {}
    for seen in movements:
        sums = pages.setdefault(key(seen), {})
        sums[seen.page] = sums.get(seen.page, 0) + 1
    return pages
