"""A week of one indicator, from nothing to a table and a chart.

FLIGHTSITE_URL=http://127.0.0.1:8420 FLIGHTSITE_KEY=YOUR_KEY python docs/examples/week_of_one_indicator.py week.png
"""

import os
import sys

import httpx
import pandas as pd

url = f"{os.environ['FLIGHTSITE_URL']}/api/v1/indicators/mean_route_by_continent"
headers = {"Authorization": f"Api-Key {os.environ['FLIGHTSITE_KEY']}"}
week = {"from": (pd.Timestamp.now("UTC") - pd.Timedelta(days=6)).date(), "limit": 1000}
answer = httpx.get(url, params=week, headers=headers).raise_for_status().json()
rows = [(slot["slot"], slot["coverage"], group) for slot in answer["data"] for group in slot["value"] or []]
table = pd.DataFrame([{"slot": slot, "coverage": coverage, **group} for slot, coverage, group in rows])
table["slot"] = pd.to_datetime(table["slot"], format="%Y-%m-%dT%HZ", utc=True)
print(table.describe())
chart = table.pivot(index="slot", columns="continent", values="km").plot(marker="o", title="Mean route length, km")
chart.figure.savefig(sys.argv[1])
