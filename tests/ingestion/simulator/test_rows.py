"""The made-up rows look like the recorded ones."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ingestion.simulator.days import Fate
from ingestion.simulator.draws import draw
from ingestion.simulator.eras import ERAS, DelayMode
from ingestion.simulator.rows import RowMaker
from ingestion.simulator.world import World, minute_of
from tests.ingestion.simulator.conftest import CLOCK


def test_in_2026_an_aircraft_has_only_its_icao24_and_codeshares_have_it_too(first_rows):
    flown = [r["aircraft"] for r in first_rows("2026") if r["aircraft"]]
    shared = [r for r in first_rows("2026") if r["flight"]["codeshared"] and r["aircraft"]]
    assert {a["registration"] for a in flown} == {None}
    assert all(len(a["icao24"]) == 6 for a in flown)
    assert shared


def test_in_2026_nothing_is_live(first_rows):
    assert {r["live"] for r in first_rows("2026")} == {None}


def test_in_2025_three_in_ten_rows_have_an_aircraft_and_one_in_ten_is_live(first_rows):
    rows = first_rows("2025-05", count=6000)
    assert sum(r["aircraft"] is not None for r in rows) / len(rows) == pytest.approx(0.3, abs=0.04)
    assert sum(r["live"] is not None for r in rows) / len(rows) == pytest.approx(0.1, abs=0.03)


def test_a_codeshare_names_the_operating_row_beside_it_in_lower_case(first_rows):
    rows = first_rows(count=1000)
    operating = {r["flight"]["iata"] for r in rows if not r["flight"]["codeshared"]}
    named = {r["flight"]["codeshared"]["flight_iata"] for r in rows if r["flight"]["codeshared"]}
    assert named == {name.lower() for name in named}
    lost = {name for name in named if name.upper() not in operating}
    assert len(lost) <= 1  # the last movement may be cut by the end of the page


def test_all_rows_of_a_movement_agree_on_its_times(first_rows):
    movements: dict[tuple[str, ...], set[str]] = {}
    for row in first_rows(count=1000):
        code = (row["flight"]["codeshared"] or {}).get("flight_iata") or row["flight"]["iata"] or ""
        ends = (row["departure"]["iata"], row["arrival"]["iata"], row["flight_date"])
        facts = json.dumps([row["flight_status"], row["departure"], row["arrival"]])
        movements.setdefault((*ends, row["departure"]["scheduled"], code.upper()), set()).add(facts)
    assert {len(facts) for facts in movements.values()} == {1}


def test_half_the_rows_are_a_movement_seen_for_the_first_time(world):
    _, codes = world.window(CLOCK)
    assert 0.45 <= len({code >> 5 for code in codes[:2600]}) / 2600 <= 0.65


def test_the_first_pages_hold_many_airports_of_many_continents(first_rows):
    rows = first_rows()
    zones = Counter((r["departure"]["timezone"] or "/").split("/")[0] for r in rows)
    assert len({r["departure"]["iata"] for r in rows}) > 150
    assert {"America", "Europe", "Asia", "Africa", "Australia"} <= set(zones)


def test_the_world_crosses_half_hour_zones_and_the_date_line(world):
    zones = {leg.origin.zone.key for leg in world.legs}
    assert {"Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide", "Pacific/Auckland"} <= zones


@pytest.mark.parametrize("hour", range(0, 24, 6))
def test_at_any_hour_the_world_has_enough_aircraft_in_the_air(world, hour):
    now = CLOCK.replace(hour=hour)
    _, codes = world.window(now)
    maker = RowMaker(world, ERAS["2026"], DelayMode.NORMAL)
    operating = [code for code in codes if not code & 31][::10]
    active = [1 for c in operating if maker.row(c, minute_of(now))["flight_status"] == "active"]
    assert len(active) * 10 > 1500


def test_the_flight_date_is_the_local_date_of_the_scheduled_departure(first_rows):
    assert all(r["departure"]["scheduled"].startswith(r["flight_date"]) for r in first_rows())


def test_times_are_local_clock_times_although_they_say_utc(world):
    maker = RowMaker(world, ERAS["2023"], DelayMode.NORMAL)
    codes = world.rows_of(CLOCK.date())[:200]
    day, index, leg, _ = world.unpacked(codes[50])
    row = maker.row(codes[50], minute_of(CLOCK))
    shown = datetime.fromisoformat(row["departure"]["scheduled"]).replace(tzinfo=leg.origin.zone)
    assert minute_of(shown) == day.departs[index]


def test_a_live_position_is_dated_in_true_utc(first_rows):
    heard = [
        datetime.fromisoformat(r["live"]["updated"])
        for r in first_rows()
        if r["live"] and r["flight_status"] == "active"
    ]
    assert all(timedelta(minutes=-1) < CLOCK - at < timedelta(hours=5) for at in heard)


def test_nothing_departs_ahead_of_the_clock(first_rows):
    ahead = [
        row
        for row in first_rows()
        if row["departure"]["actual"]
        and row["departure"]["timezone"]
        and datetime.fromisoformat(row["departure"]["actual"]).replace(tzinfo=ZoneInfo(row["departure"]["timezone"]))
        > CLOCK
    ]
    assert not ahead


def test_odd_values_of_the_real_answers_occur(first_rows):
    rows = first_rows(count=6000)
    names = {r["departure"]["airport"] for r in rows}
    gates = {r["departure"]["gate"] or "" for r in rows}
    assert any(r["airline"]["name"] == "empty" and r["airline"]["iata"] is None for r in rows)
    assert None in names
    assert any("\r\n" in (name or "") for name in names)
    assert any("," in gate for gate in gates)
    assert any(r["airline"]["iata"] and r["flight"]["number"] is None for r in rows)


def test_every_fate_comes_up_in_a_day(world):
    assert set(world.day(CLOCK.date()).fates) == set(map(int, Fate))


def test_a_delay_is_a_whole_number_of_minutes_above_zero_or_null(first_rows):
    delays = [r[side]["delay"] for r in first_rows() for side in ("departure", "arrival")]
    assert {type(delay) for delay in delays} == {int, type(None)}
    assert min(delay for delay in delays if delay is not None) > 0


def test_swapped_delays_sit_on_the_other_side(first_rows):
    normal, swapped = first_rows(), first_rows(mode=DelayMode.SWAPPED)
    assert [r["departure"]["delay"] for r in normal] == [r["arrival"]["delay"] for r in swapped]


def test_missing_delays_are_null(first_rows):
    assert {r["departure"]["delay"] for r in first_rows(mode=DelayMode.MISSING)} == {None}


def test_a_movement_is_scheduled_then_active_then_landed(world):
    day = world.day(CLOCK.date())
    index = day.fates.index(Fate.NORMAL)
    maker = RowMaker(world, ERAS["2025-05"], DelayMode.NORMAL)
    code = (day.date.toordinal() << 20 | index) << 5
    minutes = (day.took_off[index] - 1, day.took_off[index], day.touched_down[index])
    assert [maker.row(code, m)["flight_status"] for m in minutes] == [
        "scheduled",
        "active",
        "landed",
    ]


def test_positions_move_along_the_way(world):
    day = world.day(CLOCK.date())
    maker = RowMaker(world, ERAS["2025-05"], DelayMode.NORMAL)
    index = next(
        i
        for i, fate in enumerate(day.fates)
        if fate == Fate.NORMAL
        and maker.row((day.date.toordinal() << 20 | i) << 5, day.took_off[i] + 40)["live"]
        and world.legs[i].km > 3000
    )
    code = (day.date.toordinal() << 20 | index) << 5
    places = [maker.row(code, day.took_off[index] + after)["live"]["longitude"] for after in (30, 90, 150)]
    assert all(a != b for a, b in pairwise(places))


def test_a_draw_is_the_same_in_every_process():
    assert draw("flight", 1) == 9_617_965_028_581_616_780


def test_another_seed_is_another_world(world):
    other = World(2)
    assert [leg.departs for leg in other.legs[:50]] != [leg.departs for leg in world.legs[:50]]


def test_the_same_seed_and_clock_give_the_same_rows(world, first_rows):
    again = World(1)
    maker = RowMaker(again, ERAS["2025-05"], DelayMode.NORMAL)
    _, codes = again.window(CLOCK.astimezone(UTC))
    assert [maker.row(c, minute_of(CLOCK)) for c in codes[:300]] == first_rows(count=300)
