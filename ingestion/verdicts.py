"""What the present code would make of a dead letter: read from the archive, nothing written, nothing sent."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Raw, Struct

import streaming.services
from flights.records import FlightRecord
from flights.reference.zones import zone_of
from ingestion import archive, steps
from ingestion.archive import ArchivedPage
from ingestion.errors import InvalidRow, UnusableAnswer
from ingestion.rows import read_envelope
from ingestion.transforms import TransformedPage, digest_of, parse_row, transform_page
from streaming.errors import RefusedMessage
from streaming.events import Event
from streaming.letters import KEPT_BYTES, Kind, is_overflow

Letter = dict[str, Any]


class Fate(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "still refused"
    STUCK = "can't be redriven"


class Verdict(Struct, frozen=True):
    """`text` is what it becomes, what is wrong with it, or why it can't be tried."""

    fate: Fate
    text: str


class JudgedPage(Struct, frozen=True):
    """What a page would become, and each letter's verdict; `made` is None when the page must stay as it is."""

    page: ArchivedPage
    made: TransformedPage | None
    verdicts: dict[str, Verdict]

    @property
    def is_better(self) -> bool:
        return any(verdict.fate == Fate.ACCEPTED for verdict in self.verdicts.values())


class JudgedMessage(Struct, frozen=True):
    letter: Letter
    verdict: Verdict
    event: Event | None = None
    error: RefusedMessage | None = None

    @property
    def run(self) -> str | None:
        """The run that the message is about."""
        if self.event is None:
            return None
        return self.event.run if isinstance(self.event, FlightRecord) else self.event.summary.run


def judge_page(page: ArchivedPage, letters: Iterable[str]) -> JudgedPage:
    """Transform a page with the present code, as a whole: its records are published together."""
    wanted = set(letters) & set(page.letters)
    try:
        body = archive.body_of(page.id)
        made = transform_page(body, steps.source_of(page), zone_of)
    except (UnusableAnswer, LookupError) as error:
        return JudgedPage(page, None, _all(wanted, f"page {page.id}: {error}"))
    lost = {record.flight_id for record in archive.records_of(page.id)} - {each.flight_id for each in made.records}
    if lost:
        return JudgedPage(page, None, _all(wanted, _worse(page, lost)))
    return JudgedPage(page, made, {**_counted_only(page, made, wanted), **_rows(page, body, wanted)})


def _all(letters: Iterable[str], text: str) -> dict[str, Verdict]:
    return dict.fromkeys(letters, Verdict(Fate.STUCK, text))


def _worse(page: ArchivedPage, lost: set[str]) -> str:
    return f"the present code would lose {len(lost)} flights that page {page.id} brought, such as {min(lost)}"


def _rows(page: ArchivedPage, body: bytes, wanted: set[str]) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    for index, raw in enumerate(read_envelope(body).rows):
        key = digest_of(bytes(raw))
        if key in wanted and key not in verdicts:
            verdicts[key] = _judge_row(page, raw, index)
    return verdicts


def _judge_row(page: ArchivedPage, raw: Raw, index: int) -> Verdict:
    try:
        return Verdict(Fate.ACCEPTED, parse_row(raw, index, steps.source_of(page), zone_of).flight_id)
    except InvalidRow as error:
        return Verdict(Fate.REFUSED, str(error))


def _counted_only(page: ArchivedPage, made: TransformedPage, wanted: set[str]) -> Mapping[str, Verdict]:
    """The verdict of letters that stand for rows which have no letter of their own."""
    others = sum(1 for row in made.rejected if row.digest not in page.letters)
    if others:
        return dict.fromkeys(wanted, Verdict(Fate.REFUSED, f"{others} rows of page {page.id}"))
    return dict.fromkeys(wanted, Verdict(Fate.ACCEPTED, f"rows of page {page.id}"))


def judge_message(letter: Letter) -> JudgedMessage:
    """Read a refused message with the present code."""
    stuck = _why_stuck(letter)
    if stuck:
        return JudgedMessage(letter, Verdict(Fate.STUCK, stuck))
    try:
        event = streaming.services.event_of(letter)
    except RefusedMessage as error:
        return JudgedMessage(letter, Verdict(Fate.REFUSED, str(error)), error=error)
    return JudgedMessage(letter, Verdict(Fate.ACCEPTED, _named(event)), event)


def _why_stuck(letter: Letter) -> str | None:
    if letter["kind"] != Kind.MESSAGE:
        return "it was kept by an earlier version, without its place"
    if is_overflow(letter):
        return "it only counts: what it stands for was not kept"
    return f"its payload was cut at {KEPT_BYTES // 1024} KiB" if letter["is_cut"] else None


def _named(event: Event) -> str:
    if isinstance(event, FlightRecord):
        return event.flight_id
    return f"the end of slot {event.summary.slot} in partition {event.partition}"
