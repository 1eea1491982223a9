"""What ops/ and its documents hold, as the tests of this folder ask for it."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
OPS = ROOT / "ops"
PROMETHEUS = OPS / "prometheus"
ALERTMANAGER = OPS / "alertmanager" / "alertmanager.yml"
CASES = sorted((PROMETHEUS / "tests").glob("*.yml"))
OPERATIONS = ROOT / "docs" / "operations.md"
METRICS = ROOT / "docs" / "metrics.md"

_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_COMMENT, _MATCHERS, _RANGE = re.compile(r"#.*"), re.compile(r"\{[^{}]*\}"), re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)")
_NAME, _CALLED = re.compile(r"(?<![\w:.$])[A-Za-z_:][\w:]*"), re.compile(r"\s*\(")
_WORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"}
_UNIT_OF_TIME = re.compile(r"\boffset\s+\w+")


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules_of(name: str) -> list[dict[str, Any]]:
    return [rule for group in read_yaml(PROMETHEUS / name)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return rules_of("alerts.yml")


def names_of_alerts() -> list[str]:
    return list(dict.fromkeys(alert["alert"] for alert in alerts()))


def cases_of_alerts() -> list[dict[str, Any]]:
    """What promtool is told to expect: an alert at a time, with those that fire."""
    return [case for path in CASES for test in read_yaml(path)["tests"] for case in test.get("alert_rule_test", [])]


def metrics_in(query: str) -> set[str]:
    """Every name of a query that is neither a word of the language, a function nor a label."""
    bare = _STRING.sub("", _COMMENT.sub("", query))
    for clause in (_MATCHERS, _RANGE, _GROUPING, _UNIT_OF_TIME):
        bare = clause.sub(" ", bare)
    return {
        found[0] for found in _NAME.finditer(bare) if found[0] not in _WORDS and not _CALLED.match(bare, found.end())
    }
