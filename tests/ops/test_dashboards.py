"""What can be told of Grafana's dashboards without Grafana: their form, as its JSON model is documented."""

import json
from itertools import combinations

import pytest

from tests.ops.rules import OPS, read_yaml

GRAFANA = OPS / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))
BOARDS = [json.loads(path.read_text(encoding="utf-8")) for path in FILES]
PANELS = [panel for board in BOARDS for panel in board["panels"] if panel["type"] != "row"]
KINDS = {"stat", "gauge", "bargauge", "timeseries", "state-timeline", "heatmap"}
# Of Grafana's own list of units (its `valueFormats`).
UNITS = {"none", "short", "s", "d", "bytes", "percentunit", "reqps", "cps", "ops"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24

all_boards = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
all_panels = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


def test_there_are_dashboards_of_the_pipeline_the_api_and_the_quota():
    assert [path.stem for path in FILES] == ["api", "pipeline", "quota"]
    assert [board["uid"] for board in BOARDS] == ["flightsite-api", "flightsite-pipeline", "flightsite-quota"]


@all_boards
def test_a_dashboard_is_made_anew_by_each_grafana_and_lets_its_source_be_chosen(board):
    assert board["id"] is None  # else it would stand for another one there
    assert board["schemaVersion"] >= 36  # the first in which a source is an object
    assert [(one["name"], one["type"], one["query"]) for one in board["templating"]["list"]] == [
        ("datasource", "datasource", "prometheus")
    ]
    assert board["timezone"] == "utc"


@all_boards
def test_every_panel_of_a_dashboard_has_a_number_and_a_place_of_its_own(board):
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    places = [panel["gridPos"] for panel in board["panels"]]
    assert [place for place in places if place["x"] < 0 or place["x"] + place["w"] > WIDTH] == []
    assert [pair for pair in combinations(places, 2) if _overlap(*pair)] == []


def _overlap(a, b):
    across = a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
    return across and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


@all_panels
def test_a_panel_says_what_it_shows_and_in_which_unit(panel):
    assert panel["title"]
    assert panel["type"] in KINDS
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS


@all_panels
def test_a_panel_asks_the_chosen_source(panel):
    asked = [panel, *panel["targets"]]
    assert [one["datasource"] for one in asked] == [DATASOURCE] * len(asked)
    letters = [target["refId"] for target in panel["targets"]]
    assert letters == sorted(set(letters))
    assert all(target["expr"] for target in panel["targets"])


@all_panels
def test_thresholds_begin_at_the_bottom_and_rise(panel):
    steps = [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    assert steps[0] is None
    assert steps[1:] == sorted(steps[1:])


def test_the_thresholds_of_alerts_are_those_of_the_panels():
    limits = {
        panel["title"]: [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        for panel in PANELS
    }
    rules = (OPS / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    wanted = {
        "Lag: age of the oldest message": (900, "flightsite_consumer_lag_seconds) > 900"),
        "Heartbeats: seconds since": (300, "flightsite_beat_heartbeat_timestamp_seconds) > 300"),
        "Share rejected in the last closed slot": (0.05, 'flightsite_last_slot_rows{what="rows_received"}) > 0.05'),
        "Ended with a 5xx": (0.05, "flightsite:api_responses:rate5m > 0.05"),
        "19 in 20 answered within": (1, "flightsite:api_latency_seconds:p95_10m > 1 "),
        "Free on the disks of": (2 * 1024**3, "flightsite_disk_free_bytes) < 2 * 1024 ^ 3"),
    }
    assert [title for title, (limit, said) in wanted.items() if limit not in limits[title] or said not in rules] == []


def test_provisioning_names_the_folder_and_the_server_of_the_containers():
    (provider,) = read_yaml(GRAFANA / "provisioning" / "dashboards" / "flightsite.yml")["providers"]
    assert (provider["type"], provider["options"]["path"]) == ("file", "/etc/grafana/dashboards")
    (source,) = read_yaml(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    assert (source["type"], source["url"], source["isDefault"]) == ("prometheus", "http://prometheus:9090", True)
