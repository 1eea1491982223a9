"""What mutes what. amtool can't try inhibition, so its rules are read here as Alertmanager reads them."""

import re

import pytest

from tests.ops.rules import ALERTMANAGER, alerts, read_yaml

RULES = read_yaml(ALERTMANAGER)["inhibit_rules"]
_MATCHER = re.compile(r'(\w+)(=~|=)"(.*)"')


def matches(matchers, labels):
    return all(_holds(*_MATCHER.fullmatch(matcher).groups(), labels) for matcher in matchers)


def _holds(name, operator, value, labels):
    found = labels.get(name, "")
    return re.fullmatch(value, found) is not None if operator == "=~" else found == value


def mutes(source, target):
    return any(
        matches(rule["source_matchers"], source)
        and matches(rule["target_matchers"], target)
        and all(source.get(label) == target.get(label) for label in rule.get("equal", []))
        for rule in RULES
    )


def firing(name, **labels):
    """As the first rule of that name sends it."""
    rule = next(alert for alert in alerts() if alert["alert"] == name)
    return {"alertname": name, **rule["labels"], **labels}


@pytest.mark.parametrize(
    ("source", "labels", "muted"),
    [
        ("ProcessAbsent", {"job": "exporter"}, ["SlotLate", "QuotaUsedUp", "DependencyDown", "ConsumerLag", "DiskLow"]),
        ("ProcessAbsent", {"job": "worker"}, ["WorkerSilent", "SlotLate", "SlotMissed"]),
        ("ProcessAbsent", {"job": "beat"}, ["BeatSilent", "WorkerSilent", "SlotLate"]),
        ("ProcessAbsent", {"job": "consumer"}, ["ConsumerLag", "SlotLate"]),
        ("ProcessAbsent", {"job": "web"}, ["ApiErrors", "ApiSlow"]),
        ("DependencyDown", {"dependency": "kafka"}, ["ConsumerLag", "SlotLate", "SlotFailed"]),
        ("DependencyDown", {"dependency": "mongodb"}, ["ConsumerLag", "SlotLate", "ApiErrors", "ExporterBlind"]),
        ("DependencyDown", {"dependency": "redis"}, ["BeatSilent", "WorkerSilent", "SlotLate", "SlotMissed"]),
        ("DependencyDown", {"dependency": "sql"}, ["SlotLate", "SlotFailed", "ApiErrors", "ExporterBlind"]),
        ("UpstreamRefusesKey", {}, ["SlotFailed", "SlotPartial", "SlotLate"]),
        ("QuotaUsedUp", {}, ["QuotaRunsOut", "SlotMissed", "SlotPartial"]),
        ("BeatSilent", {}, ["WorkerSilent", "SlotLate"]),
    ],
)
def test_what_follows_is_not_told_beside_its_cause(source, labels, muted):
    assert [name for name in muted if not mutes(firing(source, **labels), firing(name))] == []


@pytest.mark.parametrize(
    ("source", "labels", "heard"),
    [
        ("ProcessAbsent", {"job": "exporter"}, ["ApiErrors", "ApiSlow", "ProcessAbsent"]),
        ("ProcessAbsent", {"job": "web"}, ["SlotLate", "DependencyDown"]),
        ("ProcessAbsent", {"job": "worker", "severity": "ticket"}, ["SlotLate", "WorkerSilent"]),
        ("DependencyDown", {"dependency": "kafka"}, ["ApiErrors", "BeatSilent", "DiskLow", "UpstreamRefusesKey"]),
        ("DependencyDown", {"dependency": "redis"}, ["ApiErrors", "DiskLow", "ConsumerLag"]),
        ("SlotPartial", {}, ["SlotLate", "SlotFailed", "RejectedShareHigh"]),
        ("ConsumerLag", {}, ["SlotLate"]),
        ("SchedulePaused", {}, ["BeatSilent", "ProcessAbsent"]),
    ],
)
def test_what_does_not_follow_is_heard(source, labels, heard):
    assert [name for name in heard if mutes(firing(source, **labels), firing(name))] == []


def test_a_page_mutes_the_ticket_of_the_same_trouble_only():
    page = firing("DiskLow", severity="page", folder="data")
    assert mutes(page, firing("DiskLow", severity="ticket", folder="data"))
    assert not mutes(page, firing("DiskLow", severity="ticket", folder="archive"))


def test_nothing_less_than_a_page_mutes_a_page():
    lesser = [
        {"alertname": alert["alert"], **alert["labels"]} for alert in alerts() if alert["labels"]["severity"] != "page"
    ]
    pages = [
        {"alertname": alert["alert"], **alert["labels"]} for alert in alerts() if alert["labels"]["severity"] == "page"
    ]
    assert [(one["alertname"], other["alertname"]) for one in lesser for other in pages if mutes(one, other)] == []


@pytest.mark.parametrize("side", ["source_matchers", "target_matchers"])
def test_each_rule_is_about_alerts_that_there_are(side):
    """Labels that only a firing alert has (job, dependency) are left out of the comparison."""
    fixed = {"alertname", "severity", "component", "source"}
    sent = [{"alertname": alert["alert"], **alert["labels"]} for alert in alerts()]
    known = [[matcher for matcher in rule[side] if _MATCHER.match(matcher)[1] in fixed] for rule in RULES]
    assert [matchers for matchers in known if not any(matches(matchers, labels) for labels in sent)] == []


def test_each_name_in_a_rule_is_an_alert_or_a_component():
    words = {word for rule in RULES for side in ("source_matchers", "target_matchers") for word in _named(rule[side])}
    assert (
        words - {alert["alert"] for alert in alerts()} - {alert["labels"]["component"] for alert in alerts()} == set()
    )


def _named(matchers):
    found = [_MATCHER.match(matcher) for matcher in matchers]
    return [word for match in found if match[1] in {"alertname", "component"} for word in match[3].split("|")]
