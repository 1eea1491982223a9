"""Which pages a run asks for. Pure: no clock, no I/O.

A run asks for the first page of each of its queries, to learn how many rows it has; then the pages left are shared out,
and where a query has more of them than its share, they are a systematic sample: evenly spread over the rest of the
query, from a start drawn when the run was opened. The first page stands for itself (flights/indicators/estimates.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flights.records import SAMPLING_ALL, SAMPLING_FIRST, SAMPLING_SYSTEMATIC

ROWS_PER_PAGE = 100
FILTERS = (
    *("flight_status", "dep_iata", "arr_iata", "dep_icao", "arr_icao", "airline_name", "airline_iata", "airline_icao"),
    *("flight_number", "flight_iata", "flight_icao"),
)  # what flights may be asked by, beside their date
STARTS = 1_000_000  # a start is one of so many equal parts of the way to the next page drawn


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, its share of the run's pages, and where its sample starts (None: first pages, as older runs)."""

    params: Mapping[str, str]
    share: float = 1.0
    start: int | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page to fetch: the query's place in the plan, the page's place in the query, its parameters."""

    query: int
    number: int
    params: Mapping[str, str]

    @property
    def offset(self) -> int:
        return self.number * ROWS_PER_PAGE

    @property
    def key(self) -> str:
        """Sorts by query, then page: `00.00012`."""
        return f"{self.query:02d}.{self.number:05d}"


def page_numbers(key: str) -> tuple[int, int]:
    """The places in a page's key: of the query, and of the page in it."""
    query, _, number = key.partition(".")
    return int(query), int(number)


def next_pages(
    queries: Sequence[Query], pages: int, firsts: Mapping[int, int | None], ends: Mapping[int, int]
) -> Iterator[PageRequest]:
    """The pages to fetch; both mappings are read anew after each page, by the query's place.

    `firsts` holds where a query ended as its first page told it, in rows; None where it did not say usably, nothing
    where that page failed: then the second page is asked, which tells as much. `ends` holds the latest word on it: no
    page beyond is asked for. The same answers give the same pages, wherever a run was killed.
    """
    for index, query in enumerate(queries[:pages]):
        yield PageRequest(index, 0, query.params)
    needs = [pages_of(firsts.get(index)) for index in range(len(queries))]
    shares = shared_out(pages, [query.share for query in queries], needs)
    left = pages - sum(shares)
    for index, (query, given) in enumerate(zip(queries, shares, strict=True)):
        number = 1
        if index not in firsts and given > 1:
            yield PageRequest(index, 1, query.params)
            number = 2
        need = pages_of(firsts.get(index))
        if is_sampled(query, given, need):
            for each in drawn(need or 1, given, query.start or 0):
                if each >= number and _is_there(each, ends.get(index)):
                    yield PageRequest(index, each, query.params)
            continue
        while given and _is_there(number, ends.get(index)) and (number < given or left > 0):
            left -= number >= given
            yield PageRequest(index, number, query.params)
            number += 1


def learn(
    query: int, number: int, rows: int, total: int | None, firsts: dict[int, int | None], ends: dict[int, int]
) -> None:
    """Note where a query ends, as a page of it tells: the first page, or the second where the first failed.

    It ends at an empty page whatever was announced, else as announced, else at a short page.
    """
    end = total
    if rows == 0 or (total is None and rows < ROWS_PER_PAGE):
        end = number * ROWS_PER_PAGE + rows
    if number == 0 or (number == 1 and query not in firsts):
        firsts[query] = end
    if end is not None:
        ends[query] = end


def is_sampled(query: Query, given: int, need: int | None) -> bool:
    """Whether the pages after the first are drawn: the query has more than it may take, and it takes some."""
    return query.start is not None and need is not None and need > given > 1


def _is_there(number: int, end: int | None) -> bool:
    return end is None or number * ROWS_PER_PAGE < end


def shared_out(pages: int, shares: Sequence[float], needs: Sequence[int | None]) -> list[int]:
    """Pages by query: one each while there are enough, the rest in proportion to the shares (Sainte-Laguë), none
    more than it needs. What one does not need goes to the others.

    >>> shared_out(26, [0.7, 0.2, 0.05, 0.05], [100, 100, 100, 1])
    [18, 5, 2, 1]
    """
    given = [1 if index < pages else 0 for index in range(len(shares))]
    for _ in range(pages - sum(given)):
        open_ones = [index for index, need in enumerate(needs) if need is None or given[index] < need]
        if not open_ones:
            break
        given[max(open_ones, key=lambda index: (shares[index] / (2 * given[index] + 1), -index))] += 1
    return given


def drawn(need: int, given: int, start: int) -> list[int]:
    """The pages after the first that a systematic sample takes: `given` with the first, of `need`, evenly spread.

    Over all starts each of them is drawn as often: (given - 1) / (need - 1) of the starts.

    >>> drawn(9, 5, 0), drawn(9, 5, 999_999)
    ([1, 3, 5, 7], [2, 4, 6, 8])
    """
    rest, wanted = need - 1, given - 1
    return [1 + (number * STARTS + start) * rest // (wanted * STARTS) for number in range(wanted)]


def rule_of(query: Query, given: int, first: int | None, announced: int | None, received: int) -> str:
    """How the rows received of one query were chosen from those announced, in words; `first` as the first page told."""
    if announced is not None and received >= announced:
        return SAMPLING_ALL
    return SAMPLING_SYSTEMATIC if is_sampled(query, given, pages_of(first)) else SAMPLING_FIRST


def sampling_rule(rules: Sequence[str]) -> str:
    """The rule of the whole: sampled where any of its queries was, else first pages where any was read so."""
    if all(rule == SAMPLING_ALL for rule in rules):
        return SAMPLING_ALL
    return SAMPLING_SYSTEMATIC if SAMPLING_SYSTEMATIC in rules else SAMPLING_FIRST


def pages_of(rows: int | None) -> int | None:
    return None if rows is None else max(1, -(-rows // ROWS_PER_PAGE))
