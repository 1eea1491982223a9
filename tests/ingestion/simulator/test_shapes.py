"""The made-up rows have the shape of the recorded ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.simulator.eras import ERAS

DATA = Path(__file__).parents[2] / "data"
PAGE_2023 = "flights_2023-07-25_unfiltered_page1.json"
PAGE_2025 = "flights_2025-05-10_CCU-DXB.json"
SHANNON = "flights_2021-02-08_dep_SNN.json"


def recorded(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text())["data"]
    return rows


def recorded_2026() -> dict[str, Any]:
    content = json.loads((DATA / "reference_entities_2026-09_one_row_each.json").read_text())
    row: dict[str, Any] = content["flights"]["data"][0]
    return row


def shape(rows: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Every key path with the types found there."""
    found: dict[str, set[str]] = {}

    def walk(value: Any, path: str) -> None:
        found.setdefault(path, set()).add(type(value).__name__)
        for key, inner in value.items() if isinstance(value, dict) else ():
            walk(inner, f"{path}.{key}")

    for row in rows:
        walk(row, "")
    return found


@pytest.mark.parametrize(("era", "names"), [("2023", [PAGE_2023, SHANNON]), ("2025-05", [PAGE_2025, SHANNON])])
def test_every_key_path_and_type_of_the_recorded_rows_is_among_the_made_up_ones(first_rows, era, names):
    real = shape([row for name in names for row in recorded(name)])
    made = shape(first_rows(era))
    assert {path: types - made.get(path, set()) for path, types in real.items()} == {
        path: {"float"} if path == ".live.direction" else set() for path in real
    }


@pytest.mark.parametrize("era", list(ERAS))
def test_no_key_path_is_made_up_that_the_recorded_rows_lack(first_rows, era):
    real = shape([row for name in (PAGE_2023, PAGE_2025, SHANNON) for row in recorded(name)])
    assert set(shape(first_rows(era))) <= set(real)


def test_the_2023_rows_have_the_recorded_key_orders(first_rows):
    real, made = recorded(PAGE_2023)[1], first_rows("2023")[0]
    assert [list(made), *map(list, (made["departure"], made["arrival"]))] == [
        list(real),
        *map(list, (real["departure"], real["arrival"])),
    ]


def test_the_2026_rows_have_the_recorded_key_orders(first_rows):
    real, made = recorded_2026(), first_rows("2026")[0]
    assert [list(made), list(made["arrival"])] == [list(real), list(real["arrival"])]


def test_a_codeshare_object_has_the_recorded_key_order(first_rows):
    real = next(r for r in recorded(PAGE_2023) if r["flight"]["codeshared"])
    made = next(r for r in first_rows() if r["flight"]["codeshared"])
    assert list(made["flight"]["codeshared"]) == list(real["flight"]["codeshared"])
