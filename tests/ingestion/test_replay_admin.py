import pytest

from flights import store
from ingestion.models import Run, RunState
from tests.conftest import SLOT
from tests.ingestion.test_admin import PRESSED, RUNS, text_of, viewer  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents", "topics", "queue")]


@pytest.mark.parametrize(("state", "shown"), [("failed", False), ("open", False), ("published", True)])
def test_a_replay_is_offered_for_published_runs_only(admin_client, misread_run, state, shown):
    Run.objects.update(state=state)
    page = text_of(admin_client.get(f"{RUNS}{misread_run.pk}/change/"))
    assert [f"{misread_run.pk}/{button}" in page for button in ("compare", "replay")] == [shown, shown]


def test_what_would_change_is_shown_and_nothing_is_done(admin_client, misread_run, queue):
    page = text_of(admin_client.get(f"{RUNS}{misread_run.pk}/compare/", follow=True))
    assert "2 of 2 pages differ: 1 of 3 records change, 2 are new, 2 are gone" in page
    assert "departure.gate: null → &quot;B12&quot;" in page
    assert (Run.objects.get().replays, queue()) == (0, 0)


def test_a_replay_is_begun_queued_and_audited(admin_client, misread_run, queue):
    page = text_of(admin_client.post(f"{RUNS}{misread_run.pk}/replay/", PRESSED, follow=True))
    run = Run.objects.get()
    assert (run.state, run.step, run.replays, queue()) == (RunState.OPEN, "transformation", 1, 1)
    assert f"Slot {SLOT}: its replay 1 is queued." in page
    assert "Replay 1: the upstream was down" in page


def test_a_replay_asks_for_a_reason_first(admin_client, misread_run, queue):
    text_of(admin_client.post(f"{RUNS}{misread_run.pk}/replay/", {**PRESSED, "reason": " "}))
    assert (Run.objects.get().replays, queue()) == (0, 0)


@pytest.mark.parametrize("button", ["compare", "replay"])
def test_why_it_can_not_be_done_is_told(admin_client, misread_run, queue, button):
    store.upsert(store.SLOTS, SLOT, {"pages_removed_at": misread_run.started_at})
    page = text_of(admin_client.post(f"{RUNS}{misread_run.pk}/{button}/", PRESSED, follow=True))
    assert f"the raw pages of {SLOT} were removed on 2026-11-24" in page
    assert (Run.objects.get().replays, queue()) == (0, 0)


@pytest.mark.parametrize("button", ["compare", "replay"])
def test_a_viewer_can_replay_nothing(viewer, misread_run, button):  # noqa: F811 - the fixture
    assert viewer.post(f"{RUNS}{misread_run.pk}/{button}/", PRESSED).status_code == 403
    assert Run.objects.get().replays == 0
