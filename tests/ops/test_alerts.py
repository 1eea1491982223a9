import re

import pytest

from tests.ops.rules import OPERATIONS, OPS, alerts, cases_of_alerts, names_of_alerts, read_yaml, rules_of

SEVERITIES = {"page", "ticket", "info"}


def ids(alert):
    return f"{alert['alert']}-{alert['labels']['severity']}"


def sections():
    """The headings below "Alerts" of the operators' document, each with its text."""
    text = OPERATIONS.read_text(encoding="utf-8").split("\n## Alerts\n")[1]
    return dict(re.findall(r"^### (\w+)$\n(.*?)(?=^##|\Z)", text, re.S | re.M))


@pytest.mark.parametrize("path", sorted(OPS.rglob("*.yml")), ids=lambda path: path.name)
def test_every_file_is_yaml(path):
    assert read_yaml(path)


@pytest.mark.parametrize("alert", alerts(), ids=ids)
def test_an_alert_says_how_soon_what_and_what_to_do_first(alert):
    assert alert["labels"].keys() == {"severity", "component", "source"}
    assert alert["labels"]["severity"] in SEVERITIES
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == "{{ $externalLabels.runbooks }}#" + alert["alert"].lower()


def test_the_operators_document_has_a_section_for_each_alert_and_for_no_other():
    assert list(sections()) == names_of_alerts()


@pytest.mark.parametrize("name", names_of_alerts())
def test_a_section_tells_meaning_cause_cure_and_end(name):
    words = re.findall(r"^\*\*(.+?)\*\*", sections()[name], re.M)
    assert words == ["Means.", "See why.", "Do.", "Resolves."]


@pytest.mark.parametrize("alert", alerts(), ids=ids)
def test_there_is_a_case_in_which_it_fires(alert):
    wanted = (alert["alert"], alert["labels"]["severity"])
    fired = {
        (case["alertname"], told["exp_labels"]["severity"]) for case in cases_of_alerts() for told in case["exp_alerts"]
    }
    assert wanted in fired


@pytest.mark.parametrize("name", names_of_alerts())
def test_there_is_a_case_in_which_it_does_not_fire(name):
    assert name in {case["alertname"] for case in cases_of_alerts() if not case["exp_alerts"]}


def test_both_configurations_read_the_same_rules_and_watch_the_same_jobs():
    containers, laptop = (read_yaml(OPS / "prometheus" / name) for name in ("prometheus.yml", "prometheus.laptop.yml"))
    assert containers["rule_files"] == laptop["rule_files"] == ["recording.yml", "alerts.yml"]
    watched = [sorted(job["job_name"] for job in config["scrape_configs"]) for config in (containers, laptop)]
    assert (
        watched[0]
        == watched[1]
        == sorted(["web", "worker", "beat", "consumer", "exporter", "prometheus", "alertmanager"])
    )


def test_every_recorded_series_is_read_by_an_alert_or_by_another_one():
    recorded = {rule["record"] for rule in rules_of("recording.yml")}
    read = " ".join(rule["expr"] for rule in [*alerts(), *rules_of("recording.yml")])
    assert {name for name in recorded if name not in read} == set()
