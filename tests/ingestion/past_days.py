"""Past days as a backfill leaves them: archived, transformed, published, stored."""

from flights.times import utc_now
from ingestion import services
from ingestion.models import Run, RunState, Step
from tests.factories import a_row
from tests.ingestion.pages import keep_page

BEFORE, DAY, AFTER = "2025-02-09", "2025-02-10", "2025-02-11"
SLOT = f"{DAY}T06Z"  # needs BEFORE and DAY


def flown(number, departed, arrived, day=DAY, **changes):
    """Lyon to Paris on this local date, an hour ahead of UTC, as flight AF<number>."""
    times = {
        "departure__scheduled": f"{day}T06:15:00+00:00",
        "departure__estimated": None,
        "departure__actual": departed and f"{day}T{departed}:00+00:00",
        "departure__actual_runway": None,
        "departure__estimated_runway": None,
        "arrival__scheduled": f"{day}T07:30:00+00:00",
        "arrival__actual": arrived and f"{day}T{arrived}:00+00:00",
        "flight_status": "landed",
        "flight_date": day,
    }
    return a_row(flight__iata=f"AF{number}", flight__number=str(number), **times | changes)


def name_of(number, day=DAY):
    return f"{day}T0615-LYS-CDG-AF{number}"


IN_THE_AIR = flown(1, "06:21", "07:25")  # 05:21 to 06:25 UTC
LANDED = flown(2, "06:16", "06:59")
NOT_DEPARTED = flown(3, "07:01", "08:00")
NOBODY_KNOWS = flown(4, None, None)


def fetched_day(day, *pages, total=None):
    """The published run of a past day with these pages of rows."""
    now = utc_now()
    run = Run.objects.create(
        slot=day,
        backfill=True,
        trigger="test",
        step=Step.TRANSFORMATION,
        started_at=now,
        opened_at=now,
        pages_planned=len(pages),
        queries=[{"flight_date": day}],
        shares=[1.0],
        starts=[None],
    )
    for number, rows in enumerate(pages):
        keep_page(run, number, rows, total=len(rows) if total is None else total)
    for step in (Step.TRANSFORMATION, Step.SAVE_DATA):
        services.perform_step(run.pk, step)
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED, run.error
    return run
