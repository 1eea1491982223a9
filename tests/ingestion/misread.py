"""A transform that misreads what it is given, and runs that are the same whoever reads them."""

from datetime import UTC, datetime, timedelta

from flights import store
from flights.indicators.stored import newest
from ingestion import fields, services
from ingestion.models import Run, RunState, Step
from tests.conftest import SLOT
from tests.factories import a_marketing_row, a_row
from tests.ingestion.pages import keep_page

LATER_SLOT = "2026-11-24T06Z"
START = datetime(2026, 11, 24, 4, 0, 3, tzinfo=UTC)
# Two movements of AF, one of them sold by DL too, one of BA, and a row that nobody can read.
PAGES = [
    [a_row(), a_marketing_row("DL", "8423"), a_row(departure__scheduled=None)],
    [
        a_row(flight__iata="AF1", flight__number="1", flight__icao="AFR1", departure__gate="C3"),
        a_row(flight__iata="BA9", flight__number="9", flight__icao="BAW9", airline__iata="BA", airline__icao="BAW"),
    ],
]
CAME_ABOUT = ("order", "etag", "replay")  # of a document that says the same
_code, _text = fields.code, fields.text


def misread(monkeypatch):
    """Plant the bug: Air France is read as XX, so that its movements get other ids and carriers, and gates are lost."""

    def code(told):
        read = _code(told)
        return read.replace("AF", "XX", 1) if isinstance(read, str) and read.startswith("AF") else read

    monkeypatch.setattr(fields, "code", code)
    monkeypatch.setattr(fields, "text", lambda told: None if told == "B12" else _text(told))


def mend(monkeypatch):
    monkeypatch.setattr(fields, "code", _code)
    monkeypatch.setattr(fields, "text", _text)


def a_run(slot=SLOT, pages=PAGES, number=7):
    """A published run: always the same number, instants and pages."""
    at = START + timedelta(hours=2 if slot == LATER_SLOT else 0)
    run = Run.objects.create(
        pk=number,
        slot=slot,
        trigger="test",
        step=Step.TRANSFORMATION,
        started_at=at,
        opened_at=datetime.now(UTC),
        pages_planned=len(pages),
        queries=[{}],
    )
    services.flights.services.open_slot(slot, run.key, at)
    for place, rows in enumerate(pages):
        keep_page(run, place, rows, observed_at=at + timedelta(seconds=5 + place), total=5)
    for step in (Step.TRANSFORMATION, Step.SAVE_DATA):
        services.perform_step(run.pk, step)
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED
    return run


def said():
    """What all documents say, without how they came about: flights, observations, counts, and the newest answers."""
    told = {}
    for name in (store.FLIGHTS, store.OBSERVATIONS):
        told[name] = [{k: v for k, v in each.items() if k not in CAME_ABOUT} for each in store.find_by(name, {})]
    told["slots"] = [(each["_id"], each["state"], each["counts"]) for each in store.find_by(store.SLOTS, {})]
    told["answers"] = {slot["_id"]: _answers(slot["_id"]) for slot in store.find_by(store.SLOTS, {})}
    return told


def _answers(slot):
    found = newest(store.find_by(store.INDICATORS, {"slot": slot}), "indicator")
    ours = ("_id", "revision", "slot_revision", "computed_at")
    return {key: {k: v for k, v in each.items() if k not in ours} for key, each in found.items()}
