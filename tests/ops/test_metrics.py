import json
import re

import pytest
from django_prometheus.middleware import Metrics
from prometheus_client import REGISTRY

from tests.ops.rules import METRICS, OPS, alerts, metrics_in, rules_of

DASHBOARDS = sorted((OPS / "grafana" / "dashboards").glob("*.json"))
OTHERS = re.compile(r"up$|django_http_|ALERTS$")  # not ours, so not in our document
needs_document = pytest.mark.skipif(
    not METRICS.exists(), reason="docs/metrics.md is not there: names can't be compared"
)


def documented():
    return set(re.findall(r"\bflightsite_\w+", METRICS.read_text(encoding="utf-8")))


def unknown(names, known):
    """Those that are not documented; a histogram is documented without its suffixes."""
    plain = {re.sub(r"_(bucket|count|sum)$", "", name) for name in names}
    return {name for name in plain if not OTHERS.match(name) and name not in known}


def queries_of(path):
    return [target["expr"] for panel in panels_of(path) for target in panel.get("targets", [])]


def panels_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["panels"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('sum by (job) (up{job=~"web|worker"}) == 0 or absent(up{job="web"})', {"up"}),
        ("rate(a_total[5m] offset 1h) / on (x) group_left (y) b:c:d > bool 2 # z", {"a_total", "b:c:d"}),
        ('label_replace(max(a) unless b, "part", "word", "", "")', {"a", "b"}),
        ("rate(a_total[$__rate_interval])", {"a_total"}),
    ],
)
def test_names_are_found_in_queries(query, names):
    assert metrics_in(query) == names


def served_by_django_prometheus():
    """Each name as Prometheus reads it; the library adds a `_total` to counters whose name ends otherwise."""
    Metrics.get_instance()
    return {metric.name + ("_total" if metric.type == "counter" else "") for metric in REGISTRY.collect()}


def test_names_of_django_prometheus_are_as_it_serves_them():
    rules = [rule["expr"] for file in ("alerts.yml", "recording.yml") for rule in rules_of(file)]
    asked = set().union(
        *map(metrics_in, rules), *(metrics_in(query) for path in DASHBOARDS for query in queries_of(path))
    )
    plain = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked if name.startswith("django_http_")}
    assert plain
    assert plain - served_by_django_prometheus() == set()


@needs_document
@pytest.mark.parametrize("file", ["alerts.yml", "recording.yml"])
def test_rules_read_only_metrics_that_there_are(file):
    recorded = {rule["record"] for rule in rules_of("recording.yml")}
    assert (
        unknown(set().union(*(metrics_in(rule["expr"]) for rule in rules_of(file))), documented() | recorded) == set()
    )


@needs_document
def test_texts_of_alerts_ask_only_for_metrics_that_there_are():
    recorded = {rule["record"] for rule in rules_of("recording.yml")}
    texts = " ".join(text for alert in alerts() for text in alert["annotations"].values())
    assert unknown(set(re.findall(r"\bflightsite[_:][\w:]+", texts)), documented() | recorded) == set()


@needs_document
@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboards_ask_only_for_metrics_that_there_are(path):
    recorded = {rule["record"] for rule in rules_of("recording.yml")}
    assert unknown(set().union(*map(metrics_in, queries_of(path))), documented() | recorded) == set()


@needs_document
def test_values_of_labels_are_in_the_document():
    """A value that nothing has would make an alert silent for ever."""
    rules = [rule["expr"] for file in ("alerts.yml", "recording.yml") for rule in rules_of(file)]
    queries = " ".join([*rules, *(query for path in DASHBOARDS for query in queries_of(path))])
    asked = set(re.findall(r'\b(?:what|state|dependency|outcome|folder)="(\w+)"', queries))
    assert {"rows_rejected", "failed", "mongodb"} <= asked
    assert asked - set(re.findall(r"\w+", METRICS.read_text(encoding="utf-8"))) == set()
