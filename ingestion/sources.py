"""What a reconstructed slot is made of: the records of past days' pages, each flight placed at the slot's instant.

Everything is read anew from the archive and costs no request; the same sources give the same slot.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flights import store
from flights.merge import order_of
from flights.records import SAMPLING_RECONSTRUCTED, FlightRecord, Reconstruction, SlotSummary, SourceDay
from flights.slots import day_key
from ingestion import archive, paging, placing
from ingestion.archive import ArchivedPage
from ingestion.errors import SourcesGone
from ingestion.models import Run
from ingestion.placing import Place

ALWAYS = (
    "only flights in the air are part of it, where a collected slot has landed and cancelled ones too",
    "positions are not known, nor what was known of the arrival then; delays of departure are the final ones",
    "flights whose local departure date lies farther off than the days named are missing",
)


@dataclass(frozen=True, slots=True)
class Census:
    """The flights that were in the air, how many records tell of them, and how many flights were where."""

    active: frozenset[str]
    records: int
    counts: Counter[Place]


def made_of(instant: datetime, runs: Iterable[Run]) -> dict[str, Any]:
    """What a run remembers of what it reconstructs: the instant, and the runs of the days, with their revision."""
    return {"at": instant.isoformat(), "runs": {run.key: run.revision for run in runs}}


def runs_of(run: Run) -> dict[str, int]:
    """The runs of the days that this run's slot is made of, with their revision; none where it is not reconstructed."""
    runs: dict[str, int] = (run.reconstructs or {}).get("runs", {})
    return runs


def instant_of(run: Run) -> datetime:
    """The instant that the reconstructed slot shows: when its collection should have begun."""
    return datetime.fromisoformat((run.reconstructs or {})["at"])


def removed_at(run: Run) -> datetime | None:
    """When pages that a reconstructed slot is made of were removed; None while all are there."""
    days = [key.rpartition(".")[0] for key in runs_of(run)]
    told = store.read_by_id(store.SLOTS, days) if days else {}
    return min((each["pages_removed_at"] for each in told.values() if each.get("pages_removed_at")), default=None)


def pages_of(run: Run) -> Iterator[ArchivedPage]:
    """The pages of the run's sources, without bodies; raises SourcesGone where any were removed."""
    if gone := removed_at(run):
        raise SourcesGone(f"pages that slot {run.slot} is made of were removed on {gone:%Y-%m-%d}")
    for key in sorted(runs_of(run)):
        pages = archive.usable_pages(key)
        if not pages:
            raise SourcesGone(f"the archive has no page of run {key}, which slot {run.slot} is made of")
        yield from pages


def _nothing() -> None:
    """Nobody else is to be kept off."""


def census_of(run: Run, hold: Callable[[], None] = _nothing) -> Census:
    """Place each flight by its latest record; some bytes a flight in memory, and one page."""
    instant = instant_of(run)
    latest: dict[str, tuple[str, Place]] = {}
    told: Counter[str] = Counter()
    for page in pages_of(run):
        hold()
        for record in archive.records_of(page.id):
            placed = (order_of(record), placing.place_of(record, instant))
            latest[record.flight_id] = max(latest.get(record.flight_id, placed), placed)
            told[record.flight_id] += 1
    active = frozenset(flight for flight, (_, place) in latest.items() if place in placing.IN_THE_AIR)
    return Census(active, sum(told[flight] for flight in active), Counter(place for _, place in latest.values()))


def seen_on(page: ArchivedPage, active: frozenset[str], run: Run) -> list[FlightRecord]:
    """What the run's slot would have said of these flights, as this page tells them."""
    records = archive.records_of(page.id)
    return [placing.seen_at(each, run.slot, run.key, run.replays) for each in records if each.flight_id in active]


def summary_of(run: Run) -> SlotSummary:
    """A reconstructed slot in figures; its rows are the records chosen, its pages those of the days."""
    census, pages = census_of(run), list(pages_of(run))
    days = [_source_day(each, pages) for each in placing.dates_of(instant_of(run))]
    gaps = [gap for day in days if (gap := _gap(day))]
    return SlotSummary(
        slot=run.slot,
        run=run.key,
        collected_at=max((page.collected_at for page in pages), default=run.started_at),
        requests=run.requests.count(),
        pages_planned=sum(max(day.pages_announced or 0, day.pages_fetched) for day in days),
        pages_fetched=sum(day.pages_fetched for day in days),
        rows_announced=None,
        rows_received=census.records,
        rows_merged=0,
        rows_rejected=0,
        published=census.records,
        repeated=census.records - len(census.active),
        sampling=SAMPLING_RECONSTRUCTED,
        backfill=True,
        shortfall="; ".join(gaps) or None,
        revision=run.revision,
        replay=run.replays,
        reconstruction=_reconstruction(run, census, days, gaps),
    )


def _source_day(day: date, pages: Sequence[ArchivedPage]) -> SourceDay:
    own = [page for page in pages if page.slot == day_key(day)]
    if not own:
        return SourceDay(date=day_key(day), run=None)
    rows = max((page.total for page in own if page.total is not None), default=None)
    return SourceDay(date=day_key(day), run=own[0].run, pages_fetched=len(own), pages_announced=paging.pages_of(rows))


def _gap(day: SourceDay) -> str | None:
    if day.run is None:
        return f"flights that departed on {day.date} are missing: that day was not fetched, or before this slot's time"
    if day.pages_announced is not None and day.pages_fetched < day.pages_announced:
        return f"of {day.date} {day.pages_fetched} of {day.pages_announced} pages were fetched"
    source = Run.objects.with_key(day.run)
    return f"of {day.date}: {source.shortfall}" if source and source.shortfall else None


def _reconstruction(run: Run, census: Census, days: Sequence[SourceDay], gaps: Sequence[str]) -> Reconstruction:
    counted = {
        Place.UNPLACED: "flights left out because they could not be placed, for want of actual times",
        Place.WITHOUT_ARRIVAL: "flights without an actual arrival that are taken to have arrived later",
        Place.DIVERTED: "flights left out that were diverted, redirected or had an incident",
    }
    doubts = [f"{words}: {n}" for place, words in counted.items() if (n := census.counts[place])]
    return Reconstruction(
        method=placing.METHOD,
        told=placing.TOLD,
        at=instant_of(run),
        instead_of=run.instead_of,
        days=tuple(days),
        unplaced=census.counts[Place.UNPLACED],
        without_arrival=census.counts[Place.WITHOUT_ARRIVAL],
        diverted=census.counts[Place.DIVERTED],
        caveats=(*gaps, *doubts, *ALWAYS),
    )
