"""A scrape tells what can be told, in time, whatever the stores do."""

import threading
import time

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from ingestion.state import collecting
from ingestion.state.collecting import StateCollector
from ingestion.state.families import gauge
from ingestion.state.parts import PARTS
from tests.environment import CANARY_KEY
from tests.ingestion.state.reading import Page

NEEDS = {
    "mongodb": {"due_slot", "slots", "letters"},
    "kafka": {"lag"},
    "redis": {"queue", "heartbeats"},
}
DEPENDENCIES = ("sql", "mongodb", "kafka", "redis")


def one(value):
    return lambda _now: [gauge("flightsite_one", "One.", value)]


def page_of(collector):
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return Page(generate_latest(registry).decode())


def failed(page):
    return {name for name, value in page.labelled("flightsite_exporter_collect_failed", "part").items() if value}


def up(page):
    return {name for name, value in page.labelled("flightsite_dependency_up", "dependency").items() if value}


@pytest.mark.django_db(transaction=True)
def test_all_parts_are_told_where_all_is_up(documents, topics, scraped):
    page = scraped()
    assert failed(page) == set()
    assert up(page) == set(DEPENDENCIES)
    assert set(page.labelled("flightsite_exporter_collect_seconds", "part")) == set(PARTS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["mongodb", "kafka"])
def test_a_store_that_is_down_is_told_and_so_is_all_else(documents, topics, scraped, down, name):
    everything = set(scraped().families)
    down(name)
    page = scraped()
    assert failed(page) == NEEDS[name]
    assert up(page) == {*DEPENDENCIES} - {name}
    assert everything - set(page.families) == what_only(name)
    assert "hunter2" not in page.text


def what_only(name):
    """The metrics of an empty installation that nobody but this store can tell."""
    mongodb = {"flightsite_due_slot_closed", "flightsite_slots", "flightsite_dead_letters_open"}
    lag = {f"flightsite_consumer_{each}" for each in ("lag_messages", "lag_seconds", "group_members")}
    return {"mongodb": mongodb, "kafka": lag, "redis": {"flightsite_queue_tasks"}}[name]


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_is_down_is_told_and_so_is_all_else(documents, topics, scraped, settings):
    settings.REDIS_URL = "redis://:hunter2@127.0.0.1:9/0"
    page = scraped()
    assert (failed(page), up(page)) == (NEEDS["redis"], {"sql", "mongodb", "kafka"})
    assert "flightsite_queue_tasks" not in page.families
    assert "hunter2" not in page.text


def test_a_database_that_is_down_is_told_and_so_is_all_else(documents, topics, scraped):
    """No access to SQL is given to this test: every use of it fails."""
    page = scraped()
    assert failed(page) >= {"runs", "quota"}
    assert up(page) == {"mongodb", "kafka", "redis"}
    assert page("flightsite_slots", state="complete") == 0


@pytest.mark.django_db(transaction=True)
def test_no_secret_is_on_the_page(documents, topics, scraped):
    assert CANARY_KEY not in scraped().text


def test_a_part_that_hangs_is_waited_for_no_longer_and_never_begun_twice():
    begun, go_on = [], threading.Event()

    def hangs(_now):
        begun.append(1)
        go_on.wait(30)
        return [gauge("flightsite_late", "Late.", 1)]

    collector = StateCollector({"hangs": hangs, "one": one(1)}, wait_seconds=0.2, keep_seconds=0)
    for _ in range(3):
        page = page_of(collector)
        assert (failed(page), page("flightsite_one"), page("flightsite_late")) == ({"hangs"}, 1, None)
    assert len(begun) == 1
    go_on.set()
    page_of(collector)
    page = page_of(collector)
    assert (failed(page), page("flightsite_late")) == (set(), 1)


def test_a_part_that_breaks_is_told_once_in_the_log_and_its_recovery_too(caplog):
    faults = [ZeroDivisionError("with a secret"), ZeroDivisionError(), None]

    def breaks(_now):
        if fault := faults.pop(0):
            raise fault
        return []

    collector = StateCollector({"breaks": breaks, "one": one(1)}, keep_seconds=0)
    seen = [failed(page_of(collector)) for _ in range(3)]
    assert seen == [{"breaks"}, {"breaks"}, set()]
    told = [record.message for record in caplog.records]
    assert sum("can't be read" in text for text in told) == 1
    assert sum("is read again" in text for text in told) == 1


def test_many_scrapes_are_one_reading():
    reads = []

    def slow(now):
        reads.append(now)
        time.sleep(0.2)
        return [gauge("flightsite_one", "One.", 1)]

    collector = StateCollector({"slow": slow}, keep_seconds=60)
    threads = [threading.Thread(target=page_of, args=(collector,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert page_of(collector)("flightsite_one") == 1
    assert len(reads) == 1


def test_the_page_is_there_in_time_for_prometheus():
    assert collecting.WAIT_SECONDS < 8
