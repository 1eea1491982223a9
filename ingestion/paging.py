"""Which pages a run asks for. Pure: no clock, no I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

ROWS_PER_PAGE = 100
SAMPLING_ALL = "all pages announced"
SAMPLING_FIRST = "first pages"


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


def next_pages(
    queries: Sequence[Mapping[str, str]], pages: int, announced: Mapping[int, int | None]
) -> Iterator[PageRequest]:
    """The pages to fetch, query after query; `announced` (rows by query) is read anew after each page.

    A query ends with the last announced page; what it leaves unused goes to the queries after it.
    Of a query that announces nothing usable only as much as the slot may take is asked for.
    """
    left = pages
    for index, params in enumerate(queries):
        number = 0
        while left > 0 and (number == 0 or _has_page(number, announced.get(index))):
            yield PageRequest(query=index, number=number, params=params)
            number += 1
            left -= 1


def sampling_rule(rows_received: int, rows_announced: int | None) -> str:
    """How the rows fetched were chosen from the rows announced, in words."""
    if rows_announced is not None and rows_received >= rows_announced:
        return SAMPLING_ALL
    return SAMPLING_FIRST


def _has_page(number: int, rows_announced: int | None) -> bool:
    return rows_announced is None or number * ROWS_PER_PAGE < rows_announced
