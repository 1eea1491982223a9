"""Prometheus' and Alertmanager's own judgement of ops/."""

import json
import shutil
import subprocess

import pytest

from tests.ops.rules import ALERTMANAGER, CASES, OPS, PROMETHEUS

PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}


def run(tool, *words):
    program = shutil.which(tool)
    if program is None:
        pytest.skip(f"NOT CHECKED: {tool} is not on PATH; apt-get install {PACKAGES[tool]}")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus.laptop.yml"])
def test_prometheus_takes_its_configuration(name):
    assert "is valid prometheus config" in run("promtool", "check", "config", PROMETHEUS / name)


@pytest.mark.parametrize("name", ["recording.yml", "alerts.yml"])
def test_prometheus_takes_the_rules(name):
    assert "SUCCESS" in run("promtool", "check", "rules", PROMETHEUS / name)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_only_then(path):
    assert "SUCCESS" in run("promtool", "test", "rules", path)


@pytest.mark.parametrize("path", sorted((OPS / "grafana" / "dashboards").glob("*.json")), ids=lambda path: path.stem)
def test_prometheus_can_read_the_queries_of_a_dashboard(path, tmp_path):
    """Each as a recording rule, which is parsed without a server."""
    panels = json.loads(path.read_text(encoding="utf-8"))["panels"]
    queries = [
        target["expr"].replace("$__rate_interval", "2m") for panel in panels for target in panel.get("targets", [])
    ]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    assert f"{len(queries)} rules found" in run("promtool", "check", "rules", file)


def test_alertmanager_takes_its_configuration():
    assert "SUCCESS" in run("amtool", "check-config", ALERTMANAGER)


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=SlotLate", "severity=page", "component=slot"], "on-call"),
        (["alertname=ProcessAbsent", "severity=page", "component=process", "job=beat"], "on-call"),
        (["alertname=ProcessAbsent", "severity=ticket", "component=process", "job=beat"], "tickets"),
        (["alertname=ConsumerLag", "severity=ticket", "component=consumer"], "tickets"),
        (["alertname=SlotPartial", "severity=info", "component=slot"], "notices"),
        (["alertname=SomebodyElses"], "tickets"),
    ],
)
def test_each_severity_has_its_receiver(labels, receiver):
    told = run(
        "amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", f"--verify.receivers={receiver}", *labels
    )
    assert told.strip() == receiver
