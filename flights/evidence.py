"""The very flights behind an answer, and those left out of it, with the reason."""

from dataclasses import dataclass

from flights import queries, store
from flights.documents import Document, slot_bounds
from flights.indicators.registry import REGISTRY, Part, explain
from flights.indicators.seeing import see
from flights.reference import versions

USED, EXCLUDED = Part.USED.value, Part.EXCLUDED.value
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which movements: used or excluded ones, of one group or for one reason where one is named."""

    state: str
    detail: str | None = None


def evidence(answer: Document, wanted: Wanted, after: str, limit: int) -> list[Document]:
    """Observations behind an answer in order of flight ids, beginning after one; each with `detail`: the group under
    which it was counted, or the reason why it was left out. Told by the very reference version of the answer.
    """
    reference = versions.reference(answer["reference_version"])
    indicator = REGISTRY[answer["indicator"]]
    found: list[Document] = []
    lower, upper = slot_bounds(answer["slot"])
    lower = max(lower, after)
    while len(found) < limit:
        batch = store.find_range(store.OBSERVATIONS, (lower, upper), limit=BATCH, fields=queries.EVIDENCE)
        for document in batch:
            state, detail = explain(indicator, see(document, reference))
            if state == wanted.state and wanted.detail in (None, detail):
                found.append({**document, "detail": detail})
        if len(batch) < BATCH:
            break
        lower = batch[-1]["_id"]
    return found[:limit]
