"""docs/metrics.md lists what is exposed, and nothing else; names and units follow Prometheus."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import Counter, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

import flights.keys.metrics
import flights.metrics
import ingestion.metrics
import streaming.metrics
from flights.slots import slot_key
from flights.times import utc_now
from ingestion import heartbeats, services
from ingestion.models import Step, UpstreamRequest
from ingestion.state.collecting import StateCollector
from ingestion.state.parts import PARTS
from streaming.consumer import Received
from streaming.events import observed_message
from streaming.services import handle_batch
from tests.factories import a_record
from tests.ingestion.state.reading import Page
from tests.ingestion.state.test_parts import close

DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"
MODULES = {
    "Web": flights.keys.metrics,
    "Worker": ingestion.metrics,
    "Consumer": streaming.metrics,
    "All": flights.metrics,
}
TYPES = {Counter: "counter", Histogram: "histogram"}


def documented(section):
    """The rows of one section's table: name, and the other columns."""
    text = DOCUMENT.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return {row[0].strip("`"): row[1:] for row in rows if row[0].startswith("`flightsite_")}


def words(cell):
    return set(re.findall(r"`(\w+)`", cell))


def counted_in(module):
    """What a module counts, with the labels: by the name that it has on the page."""
    found = [each for each in vars(module).values() if isinstance(each, MetricWrapperBase)]
    return {
        each._name + ("_total" if isinstance(each, Counter) else ""): (TYPES[type(each)], set(each._labelnames))
        for each in found
    }


@pytest.fixture
def everything(db, documents, topics, run, settings, told):
    """The page of an installation of which all can be told."""
    now = utc_now()
    close(slot_key(now), now)
    services.perform_step(run.pk, Step.EXTRACTION)
    settings.AVIATIONSTACK = {**settings.AVIATIONSTACK, "monthly_requests": 100}
    sent = now - timedelta(minutes=1)
    UpstreamRequest.objects.create(page="1", purpose="schedule", sent_at=sent, outcome="ok", charged=90)
    handle_batch([Received("flights.observed", 0, 1, b"{", observed_message(a_record()).headers)])
    heartbeats._tried.clear()
    for name in heartbeats.NAMES:
        heartbeats.write(name)
    itself = Page(generate_latest(StateCollector({"one": lambda _now: []})).decode())
    return told(*PARTS).families | itself.families


def test_the_state_is_documented_and_what_is_documented_is_told(everything):
    rows = documented("The state")
    assert set(everything) == set(rows)
    labels = {name: {label for each in family.samples for label in each.labels} for name, family in everything.items()}
    assert labels == {name: words(row[0]) for name, row in rows.items()}
    assert {family.type for family in everything.values()} == {"gauge"}


def test_each_part_is_documented_with_what_it_tells(everything, told):
    by_part = {name: set(told(name).families) for name in PARTS}
    rows = documented("The state")
    assert by_part == {name: {metric for metric, row in rows.items() if row[2] == name} for name in PARTS}


@pytest.mark.parametrize("section", MODULES)
def test_what_a_process_counts_is_documented_and_what_is_documented_is_counted(section):
    rows = documented(section)
    assert counted_in(MODULES[section]) == {name: (row[0], words(row[1])) for name, row in rows.items()}


def test_units_are_in_the_names():
    endings = {"seconds": "_seconds", "bytes": "_bytes", "Unix time": "_timestamp_seconds"}
    units = {name: row[1] for name, row in documented("The state").items()}
    counted = {name: row for section in MODULES for name, row in documented(section).items()}
    units |= {name: row[2] for name, row in counted.items()}
    assert [name for name, unit in units.items() if not name.endswith(endings.get(unit, ""))] == []
    assert {name for name, row in counted.items() if row[0] == "counter"} == {n for n in units if n.endswith("_total")}


def test_every_counter_of_ours_is_in_one_of_the_modules_that_are_compared():
    source = Path(__file__).parents[3]
    made = {
        path.relative_to(source).with_suffix("").as_posix().replace("/", ".")
        for app in ("flights", "ingestion", "streaming", "flightsite")
        for path in (source / app).rglob("*.py")
        if re.search(
            r"^\w+ = (Counter|Histogram|Gauge|Summary)\($|^\w+ = (Counter|Histogram|Gauge|Summary)\(\"",
            path.read_text(),
            re.M,
        )
    }
    assert made == {module.__name__ for module in MODULES.values()}
