"""Real answers of the upstream, parsed.

The expected counts were not taken from the transform. A script of its own, plain `json` and dicts, grouped the rows by
(departure.scheduled, departure.iata, arrival.iata, operating code), the code being `codeshared.flight_iata` in upper
case or else the row's own flight code (IATA, else ICAO, else carrier and number), took of each group the last row
without `codeshared`, or the last row where all have one, and counted groups, statuses, `aircraft` and `live` of those.
The instants were worked out by hand from the local clock time and the zone's offset on that day.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flights.documents import flight_document
from flights.records import TimeQuality
from ingestion.transforms import transform_page
from tests.factories import a_page, a_source, zone_of

DATA = Path(__file__).parent.parent / "data"
SHANNON = "flights_2021-02-08_dep_SNN.json"
FREE = "flights_2023-07-25_unfiltered_page1.json"
PAID = "flights_2024-04-21_unfiltered_page1_paid.json"
KOLKATA = "flights_2025-05-10_CCU-DXB.json"
REFERENCE = "reference_entities_2026-09_one_row_each.json"
PAGES = [SHANNON, FREE, PAID, KOLKATA, REFERENCE]


def body_of(name):
    """The recorded bytes; of the reference file its `flights` part, the only page of flights in it."""
    body = (DATA / name).read_bytes()
    return json.dumps(json.loads(body)["flights"]).encode() if name == REFERENCE else body


def transformed(name):
    return transform_page(body_of(name), a_source(), zone_of)


def flight(name, flight_id):
    return next(record for record in transformed(name).records if record.flight_id == flight_id)


def utc(year, month, day, hour, minute):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_every_recorded_file_is_read_here():
    assert sorted(path.name for path in DATA.glob("*.json")) == sorted(PAGES)


@pytest.mark.parametrize(
    ("name", "received", "merged", "records", "rejected"),
    [
        (SHANNON, 4, 0, 4, 0),
        (FREE, 100, 46, 54, 0),  # 48 of the rows are codeshares; 2 movements are told by codeshares alone
        (PAID, 100, 14, 85, 1),  # 51 codeshares; 38 movements told by codeshares alone
        (KOLKATA, 6, 1, 5, 0),
        (REFERENCE, 1, 0, 1, 0),
    ],
)
def test_rows_are_received_merged_recorded_and_rejected_as_counted_by_hand(name, received, merged, records, rejected):
    page = transformed(name)
    assert (page.rows_received, page.rows_merged, len(page.records), len(page.rejected)) == (
        received,
        merged,
        records,
        rejected,
    )


def test_the_one_row_without_any_flight_code_or_carrier_is_rejected_for_that():
    (rejected,) = transformed(PAID).rejected
    assert (rejected.row, rejected.reason) == (86, "no-flight-code")
    assert json.loads(rejected.payload)["airline"] == {"iata": None, "icao": None, "name": "empty"}


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        (SHANNON, {"scheduled": 2, "unknown": 1, "diverted": 1}),
        (FREE, {"scheduled": 53, "cancelled": 1}),
        (PAID, {"scheduled": 71, "active": 9, "cancelled": 4, "landed": 1}),
        (KOLKATA, {"landed": 4, "scheduled": 1}),
        (REFERENCE, {"scheduled": 1}),
    ],
)
def test_movements_have_the_statuses_counted_by_hand(name, statuses):
    told = [record.status.value for record in transformed(name).records]
    assert {status: told.count(status) for status in set(told)} == statuses


@pytest.mark.parametrize(
    ("name", "aircraft", "live"),
    [(SHANNON, 2, 2), (FREE, 0, 0), (PAID, 0, 0), (KOLKATA, 4, 0), (REFERENCE, 1, 0)],
)
def test_aircraft_and_positions_are_kept_where_they_were_told(name, aircraft, live):
    records = transformed(name).records
    assert len([record for record in records if record.aircraft]) == aircraft
    assert len([record for record in records if record.live]) == live


@pytest.mark.parametrize("name", PAGES)
def test_every_scheduled_time_has_an_instant(name):
    ends = [end for record in transformed(name).records for end in (record.departure, record.arrival)]
    assert {end.scheduled.quality for end in ends} == {TimeQuality.OK}


@pytest.mark.parametrize(
    ("name", "flight_id", "departs", "arrives"),
    [
        # Port of Spain UTC-4, Panama UTC-5, no summer time in either
        (FREE, "2023-07-25T0339-POS-PTY-CM315", utc(2023, 7, 25, 7, 39), utc(2023, 7, 25, 10, 52)),
        # India UTC+5:30, so the day before; Dubai UTC+4
        (KOLKATA, "2025-05-10T0130-CCU-DXB-FZ462", utc(2025, 5, 9, 20, 0), utc(2025, 5, 10, 0, 55)),
        # Manila UTC+8, Tokyo UTC+9
        (PAID, "2024-04-21T0505-CRK-NRT-5J5068", utc(2024, 4, 20, 21, 5), utc(2024, 4, 21, 1, 25)),
        # Dublin on winter time UTC+0, New York UTC-5
        (SHANNON, "2021-02-08T0705-SNN-JFK-TK6363", utc(2021, 2, 8, 7, 5), utc(2021, 2, 8, 14, 20)),
        # Auckland off summer time UTC+12, Rarotonga UTC-10 beyond the date line
        (PAID, "2024-04-21T0855-AKL-RAR-NZ946", utc(2024, 4, 20, 20, 55), utc(2024, 4, 21, 0, 40)),
        # Brisbane UTC+10 the year round, Sydney off summer time UTC+10
        (PAID, "2024-04-21T0710-BNE-SYD-QF505", utc(2024, 4, 20, 21, 10), utc(2024, 4, 20, 22, 45)),
        # Shanghai UTC+8, Anchorage on summer time UTC-8: lands the evening before by its own clock
        (PAID, "2024-04-21T0450-PVG-ANC-CK233", utc(2024, 4, 20, 20, 50), utc(2024, 4, 21, 5, 15)),
        # Beijing Daxing: the zone told is "+8", the airport table says Asia/Shanghai
        (PAID, "2024-04-21T0830-PKX-ENH-MU2460", utc(2024, 4, 21, 0, 30), utc(2024, 4, 21, 3, 10)),
        # Tehran's zone was not told; UTC+3:30, no summer time since 2022; Istanbul UTC+3
        (PAID, "2024-04-21T0005-SAW-IKA-PC516", utc(2024, 4, 20, 21, 5), utc(2024, 4, 21, 0, 5)),
        # Cloudbreak's zone was not told; Western Australia UTC+8
        (FREE, "2023-07-25T1605-CJF-PER-VA9326", utc(2023, 7, 25, 8, 5), utc(2023, 7, 25, 9, 55)),
        # Brisbane UTC+10, Hong Kong UTC+8
        (REFERENCE, "2026-09-03T0005-BNE-HKG-CX156", utc(2026, 9, 2, 14, 5), utc(2026, 9, 2, 22, 50)),
    ],
)
def test_the_instants_of_a_flight_are_those_worked_out_by_hand(name, flight_id, departs, arrives):
    record = flight(name, flight_id)
    assert (record.departure.scheduled.utc, record.arrival.scheduled.utc) == (departs, arrives)


@pytest.mark.parametrize(
    ("flight_id", "departure", "arrival"),
    [
        ("2025-05-10T0945-CCU-DXB-EK571", 18, -9),  # 10:03 for 09:45; 12:56 for 13:05
        ("2025-05-10T0130-CCU-DXB-FZ462", 41, 16),  # 02:11 for 01:30; 05:11 for 04:55
        ("2025-05-09T2045-CCU-DXB-EK573", 5, -22),  # 20:50 for 20:45; 23:43 for 00:05 the day after
        ("2025-05-10T2045-CCU-DXB-EK573", None, None),  # not left yet
    ],
)
def test_the_delays_of_a_flight_are_those_worked_out_by_hand(flight_id, departure, arrival):
    record = flight(KOLKATA, flight_id)
    assert (record.departure_delay_min, record.arrival_delay_min) == (departure, arrival)


def test_a_recorded_position_is_in_true_utc():
    live = flight(SHANNON, "2021-02-07T1600-SNN-ORD-TK6551").live
    assert (live.updated, live.latitude, live.altitude_m) == (
        datetime(2021, 2, 7, 20, 3, 59, tzinfo=UTC),
        53.75,
        9448.8,
    )


def test_flights_of_one_carrier_at_one_minute_on_one_leg_are_told_apart_by_number():
    ids = [record.flight_id for record in transformed(FREE).records]
    assert len([each for each in ids if each.startswith("2023-07-25T1100-ARK-LKY-")]) == 2


def test_the_lone_recorded_row_of_2026_reads_as_the_night_flight_that_left_early():
    row = json.loads((DATA / REFERENCE).read_bytes())["flights_row_captured_2026-09-08"]
    (record,) = transform_page(a_page([row]), a_source(), zone_of).records
    assert (record.flight_id, record.departure_delay_min) == ("2026-09-08T0100-BKK-SIN-8K804", -99)  # 23:21 for 01:00


@pytest.mark.parametrize("name", PAGES)
def test_every_recorded_flight_keeps_a_document_of_its_own(name):
    documents = [flight_document(record) for record in transformed(name).records]
    assert len({document["_id"] for document in documents}) == len(documents)
