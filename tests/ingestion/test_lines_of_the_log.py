"""From tick to document: the lines of a run name it, its slot, step and pages, and so does the consumer's."""

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import LogCapture

from flights import store
from ingestion import services
from ingestion.models import Step, UpstreamRequest
from tests.conftest import SLOT

pytestmark = pytest.mark.usefixtures("topics")


@pytest.fixture
def lines(monkeypatch):
    """Everything logged from now on, with what was bound to it."""
    captured = LogCapture()
    kept = structlog.get_config()["processors"]
    before = [*kept]
    kept[:] = [merge_contextvars, captured]
    yield captured.entries
    kept[:] = before


def of(lines, event):
    return [line for line in lines if line["event"] == event]


@pytest.fixture
def collected(lines, run, consume):
    for step in Step:
        services.perform_step(run.pk, step)
    consume(0)
    return run


def test_each_line_of_a_step_names_run_slot_and_step(collected, lines):
    begun = [(line["run"], line["slot"], line["step"], line["attempt"]) for line in of(lines, "step begun")]
    assert begun == [(collected.key, SLOT, step, 1) for step in Step]
    assert len(of(lines, "step done")) == 3


def test_a_page_is_followed_from_the_request_to_the_document(collected, lines):
    bought = of(lines, "page archived")
    pages = [line["page"] for line in bought]
    assert [line["request"] for line in bought] == list(
        UpstreamRequest.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert [line["page"] for line in of(lines, "page read")] == pages
    assert [page for line in of(lines, "pages published") for page in line["pages"]] == pages
    assert {page for line in of(lines, "records stored") for page in line["pages"]} == set(pages)
    told = store.collection(store.OBSERVATIONS).find_one({})
    assert f"{told['run']}/{told['page']}" in pages


def test_nothing_stays_bound_after_the_step(collected, lines):
    structlog.get_logger("afterwards").info("something else")
    assert "run" not in of(lines, "something else")[0]
