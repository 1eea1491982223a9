from collections import Counter

import pytest
from django.db import OperationalError
from msgspec.structs import replace

from flights import store
from ingestion import archive, steps, summaries
from ingestion.client import client_from_settings
from ingestion.errors import (
    KeyRefused,
    PagesUnusable,
    PlanRefused,
    QuotaExhausted,
    RateLimited,
    UnusableAnswer,
    UpstreamUnavailable,
)
from ingestion.models import Run, UpstreamRequest
from ingestion.steps import Context


def extract(run, context):
    with client_from_settings() as client:
        steps.extract(run, client, context)


def asked(upstream):
    """Offsets of the requests that the stand-in has answered so far."""
    return [each["params"].get("offset") for each in upstream.simulator.state()["log"]]


def pages(run):
    return [(page.page, page.status, page.rows) for page in archive.pages_of(run.key)]


WHOLE = [("00.00000", "usable", 100), ("00.00001", "usable", 100), ("00.00002", "usable", 100)]


def test_the_pages_of_the_plan_are_archived_and_noted_in_the_ledger(run, context):
    extract(run, context)
    assert pages(run) == WHOLE
    entries = UpstreamRequest.objects.order_by("pk")
    assert [(e.page, e.outcome, e.status, e.charged) for e in entries] == [
        (f"00.0000{number}", "ok", 200, 1) for number in range(3)
    ]
    assert entries[2].quota_remaining == entries[0].quota_remaining - 2


def test_a_second_try_buys_nothing_that_is_there(run, context):
    extract(run, context)
    extract(run, context)
    assert run.requests.count() == 3


def test_a_try_goes_on_at_the_page_that_failed(run, context, upstream):
    upstream.simulator.control({"at_offset": {"100": {"fault": "500", "count": 3}}})
    with pytest.raises(UpstreamUnavailable):
        extract(run, context)
    assert pages(run) == WHOLE[:1]
    extract(run, context)
    assert pages(run) == WHOLE
    assert [e.page for e in UpstreamRequest.objects.filter(outcome="ok").order_by("pk")] == [
        page for page, _, _ in WHOLE
    ]


@pytest.mark.parametrize(
    "fault", ["500", "php-error-as-code", "html", "empty-body", "truncated", "truncated-json", "reset", "data-object"]
)
def test_a_passing_fault_is_tried_again_at_once(fault, run, context, upstream):
    upstream.simulator.control({"next": [fault, fault]})
    extract(run, context)
    assert pages(run) == WHOLE
    assert run.requests.count() == 5


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", KeyRefused),
        ("401-loadbalancer", KeyRefused),
        ("403", PlanRefused),
        ("429-quota", QuotaExhausted),
    ],
)
def test_a_refusal_is_not_tried_again(fault, error, run, context, upstream):
    upstream.simulator.control({"next": [fault]})
    with pytest.raises(error):
        extract(run, context)
    assert run.requests.count() == 1


@pytest.mark.parametrize(("fault", "times", "error"), [("429-rate", 10, RateLimited), ("error-200", 3, UnusableAnswer)])
def test_a_fault_that_stays_ends_the_try(fault, times, error, run, context, upstream):
    upstream.simulator.control({"next": [fault] * times})
    with pytest.raises(error):
        extract(run, context)


def test_waiting_for_the_rate_uses_up_no_try_of_another_failure(run, context, upstream):
    upstream.simulator.control({"next": ["429-rate"] * 4 + ["500"] + ["429-rate"] * 5 + ["500"]})
    extract(run, context)
    assert pages(run) == WHOLE


def test_pages_after_an_unusable_one_are_fetched_at_the_first_try(run, context, upstream):
    upstream.simulator.control({"at_offset": {"100": "truncated-json"}})
    with pytest.raises(PagesUnusable, match=r"1 unusable page: 00\.00001 \(the body is no JSON object"):
        extract(run, context)
    assert pages(run) == [WHOLE[0], ("00.00001", "unusable", None), WHOLE[2]]
    assert asked(upstream)[-5:] == ["0", "100", "100", "100", "200"]


def test_only_the_unusable_page_is_asked_for_again_and_once(run, context, upstream):
    upstream.simulator.control({"at_offset": {"100": "truncated-json"}})
    for _ in range(2):
        with pytest.raises(PagesUnusable):
            extract(run, context)
    assert run.requests.count() == 6
    upstream.simulator.control({"at_offset": {}})
    extract(run, context)
    assert pages(run) == WHOLE
    assert run.requests.count() == 7


def test_when_the_first_page_is_unusable_the_next_one_tells_how_many_there_are(run, context, upstream):
    upstream.simulator.control({"at_offset": {"0": "html-200"}})
    with pytest.raises(PagesUnusable, match=r"1 unusable page: 00\.00000"):
        extract(run, context)
    assert pages(run)[1:] == WHOLE[1:]


def test_three_unusable_pages_in_a_row_are_the_upstreams_fault(run, context, upstream):
    run.pages_planned = 5
    upstream.simulator.control({"faults": {"data-object": 1.0}})
    with pytest.raises(PagesUnusable, match="3 unusable pages"):
        extract(run, context)
    assert set(asked(upstream)[-9:]) == {"0", "100", "200"}


def test_a_page_that_was_paid_for_is_kept_when_the_ledger_can_not_note_it(run, context, monkeypatch):
    def locked(entry, answer):
        raise OperationalError("database is locked")

    monkeypatch.setattr("ingestion.ledger.answered", locked)
    with pytest.raises(OperationalError):
        extract(run, context)
    assert [page.status for page in archive.pages_of(run.key)] == ["received"]


def test_a_refusal_that_costs_is_charged_and_one_at_the_gateway_is_not(run, context, upstream):
    upstream.simulator.control({"next": ["403"]})
    with pytest.raises(PlanRefused):
        extract(run, context)
    upstream.simulator.control({"next": ["429-quota"]})
    with pytest.raises(QuotaExhausted):
        extract(run, context)
    assert list(UpstreamRequest.objects.order_by("pk").values_list("charged", flat=True)) == [1, 0]


def test_nothing_is_asked_beyond_the_allowance_that_the_upstream_tells(run, context, upstream):
    upstream.simulator.control({"quota_remaining": 2})
    with pytest.raises(QuotaExhausted, match="is reset on"):
        extract(run, context)
    assert run.requests.count() == 2
    assert pages(run) == WHOLE[:2]


def test_an_empty_page_ends_the_query(run, context, upstream):
    upstream.simulator.control({"at_offset": {"100": {"fault": "empty", "count": 1}}})
    extract(run, context)
    assert pages(run) == [WHOLE[0], ("00.00001", "usable", 0)]


def test_a_pagination_of_null_does_not_stop_the_pages(run, context, upstream):
    upstream.simulator.control({"faults": {"pagination-null": 1.0}})
    extract(run, context)
    assert pages(run) == WHOLE
    steps.transform(run, context)
    assert summaries.summary_of(run).rows_announced is None


def test_a_page_received_but_not_read_is_not_bought_again(run, context, upstream):
    extract(run, context)
    page = archive.pages_of(run.key)[1]
    store.upsert(store.PAGES, page.id, {"status": archive.RECEIVED, "rows": None, "total": None})
    extract(run, context)
    assert pages(run) == WHOLE
    assert run.requests.count() == 3


def test_rows_become_records_and_rejects_that_add_up(run, context, upstream):
    upstream.simulator.control({"faults": {"wrong-shape-row": 1.0}})
    extract(run, context)
    steps.transform(run, context)
    summary = summaries.summary_of(run)
    assert summary.rows_received > 300
    assert summary.rows_rejected >= summary.rows_received - 300
    assert summary.rows_received == summary.rows_merged + summary.rows_rejected + summary.published


def test_a_rejected_row_becomes_a_dead_letter_with_its_place(run, context, upstream):
    upstream.simulator.control({"faults": {"wrong-shape-row": 1.0}})
    extract(run, context)
    steps.transform(run, context)
    letter = store.collection(store.DEAD_LETTERS).find_one({"reason": "wrong-type"})
    assert letter["source"].startswith(f"{run.key}/00.0000")
    assert letter["slot"] == run.slot


def test_transforming_again_changes_nothing(run, context):
    extract(run, context)
    steps.transform(run, context)
    before = list(store.collection(store.PAGES).find({}))
    steps.transform(run, context)
    assert list(store.collection(store.PAGES).find({})) == before


def test_what_is_published_is_marked_and_not_published_again(run, context, topics):
    extract(run, context)
    steps.transform(run, context)
    steps.save(run, context)
    marked = [page.published_at for page in archive.pages_of(run.key)]
    steps.save(run, context)
    assert [page.published_at for page in archive.pages_of(run.key)] == marked
    assert None not in marked


def test_the_summary_tells_what_was_planned_fetched_and_repeated(run, context):
    extract(run, context)
    steps.transform(run, context)
    page = archive.pages_of(run.key)[0]
    again = replace(page, id=archive.page_id(run.key, "00.00003"), page="00.00003", transform=None)
    archive.keep(again, {}, archive.body_of(page.id))
    steps.transform(run, context)
    summary = summaries.summary_of(run)
    assert (summary.pages_planned, summary.pages_fetched, summary.rows_announced) == (3, 4, 10_000)
    assert summary.repeated == page_records(run)
    assert summary.sampling == "first pages"


def page_records(run):
    return archive.pages_of(run.key)[0].record_count


@pytest.fixture
def sampled(run):
    """The run as the default plan opens it: four queries, twelve pages, samples with fixed starts."""
    run.queries = [{"flight_status": status} for status in ("active", "landed", "cancelled", "diverted")]
    run.shares, run.starts, run.pages_planned = [0.7, 0.2, 0.05, 0.05], [500_000] * 4, 12
    run.save()
    return run


def test_each_query_is_asked_then_sampled_within_its_share(sampled, context):
    extract(sampled, context)
    steps.transform(sampled, context)
    summary = summaries.summary_of(sampled)
    asked_pages = Counter(page.query for page in archive.pages_of(sampled.key))
    assert [query.pages_fetched for query in summary.queries] == [asked_pages[number] for number in range(4)]
    assert sum(asked_pages.values()) <= 12
    first = summary.queries[0]
    assert (first.sampling, first.start) == ("systematic sample of pages", 500_000)
    assert first.params == {"flight_status": "active"}
    assert first.rows_announced > first.rows_received
    assert summary.sampling == "systematic sample of pages"
    assert summary.pages_planned == summary.pages_fetched == sum(asked_pages.values())
    assert summary.rows_announced == sum(query.rows_announced for query in summary.queries)


@pytest.mark.parametrize("bought", [1, 4, 5, 9])
def test_a_sampled_run_that_was_killed_goes_on_with_the_same_pages(sampled, context, upstream, bought):
    class Killed(Exception):
        pass

    left = iter(range(bought))

    def hold():
        if next(left, None) is None:
            raise Killed

    with pytest.raises(Killed):
        extract(sampled, Context(tell=context.tell, hold=hold))
    assert len(archive.pages_of(sampled.key)) == bought
    extract(sampled, context)
    names = [page.page for page in archive.pages_of(sampled.key)]
    assert sampled.requests.count() == len(names) == len(set(names))
    other = Run.objects.create(
        slot="2026-11-24T06Z", trigger="test", started_at=sampled.started_at, opened_at=sampled.opened_at,
        queries=sampled.queries, shares=sampled.shares, starts=sampled.starts, pages_planned=sampled.pages_planned,
    )  # fmt: skip
    extract(other, context)
    assert [page.page for page in archive.pages_of(other.key)] == names


def test_nothing_is_claimed_to_be_sampled_of_a_query_whose_first_page_failed(sampled, context, upstream):
    sampled.queries, sampled.shares, sampled.starts = [{}], [1.0], [500_000]
    upstream.simulator.control({"at_offset": {"0": "html-200"}})
    with pytest.raises(PagesUnusable):
        extract(sampled, context)
    steps.transform(sampled, context)
    [query] = summaries.summary_of(sampled).queries
    assert (query.sampling, query.pages_announced) == ("first pages", 100)
    upstream.simulator.control({"at_offset": {}})
    extract(sampled, context)
    steps.transform(sampled, context)
    [query] = summaries.summary_of(sampled).queries
    assert (query.sampling, query.pages_fetched) == ("first pages", query.pages_planned + 1)


def test_the_starts_are_drawn_when_the_run_is_opened_and_kept(run, settings):
    settings.COLLECTION_PLAN = [{"query": {}, "share": 0.5}, {"query": {"dep_iata": "LYS"}, "share": 0.5}]
    steps.plan_slot(run)
    run.save()
    run.refresh_from_db()
    assert [(query.params, query.share) for query in run.plan] == [({}, 0.5), ({"dep_iata": "LYS"}, 0.5)]
    assert all(0 <= query.start < 1_000_000 for query in run.plan)


def test_a_run_of_an_earlier_version_reads_first_pages(run):
    run.queries, run.shares, run.starts = [{}], [], []
    assert [(query.share, query.start) for query in run.plan] == [(1.0, None)]
