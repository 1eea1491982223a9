import csv
import io
import json
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from flights.documents import observation_document
from flights.exports import writers
from flights.exports.building import write_files
from flights.exports.columns import COLUMNS, NAMES
from flights.exports.writers import WRITERS, Form
from flights.records import Aircraft, LivePosition
from tests.factories import OBSERVED, a_marketing_row, a_record, a_row, records_from

LIVE = LivePosition(updated=OBSERVED, latitude=-3.5, longitude=4.0, altitude_m=11_000.0, is_ground=False)
AIRCRAFT = Aircraft(registration="F-GKXS", icao="A320")


def written(form, *records):
    file = io.BytesIO()
    told = write_files([observation_document(record) for record in records], [WRITERS[form](file)])
    assert told.rows == len(records)
    return file.getvalue()


def csv_rows(*records):
    return list(csv.DictReader(io.StringIO(written(Form.CSV, *records).decode(), newline="")))


def parquet(*records):
    return pq.read_table(io.BytesIO(written(Form.PARQUET, *records)))


def test_a_csv_has_a_header_and_ends_its_lines_as_rfc_4180_says():
    lines = written(Form.CSV, a_record()).split(b"\r\n")
    assert lines[0].decode() == ",".join(NAMES)
    assert (len(lines), lines[2]) == (3, b"")
    assert b"\n" not in b"".join(lines)


def test_a_file_of_nothing_has_its_columns():
    assert csv_rows() == []
    assert written(Form.CSV).decode() == ",".join(NAMES) + "\r\n"
    assert written(Form.NDJSON) == b""
    assert (parquet().num_rows, parquet().column_names) == (0, list(NAMES))


def test_a_csv_row_says_what_the_record_says():
    row = csv_rows(a_record(live=LIVE, aircraft=AIRCRAFT))[0]
    assert (row["flight_id"], row["flight_date"]) == ("2026-11-24T0615-LYS-CDG-AF7641", "2026-11-24")
    assert (row["departure_actual_utc"], row["departure_actual_local"]) == (
        "2026-11-24T05:21:00.000Z",
        "2026-11-24T06:21:00",
    )
    assert (row["departure_delay_min"], row["arrival_delay_min"]) == ("6", "")
    assert (row["latitude_deg"], row["is_ground"], row["aircraft_icao"]) == ("-3.5", "false", "A320")
    assert (row["observed_at_utc"], row["departure_airport"]) == ("2026-11-24T04:00:09.500Z", "Lyon Saint-Exupéry")


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_a_text_that_a_spreadsheet_would_run_is_guarded(text):
    record = a_record(status_text=text)
    assert csv_rows(record)[0]["status_text"] == f"'{text}"
    assert json.loads(written(Form.NDJSON, record))["status_text"] == text
    assert parquet(record)["status_text"].to_pylist() == [text]


def test_every_text_column_is_guarded():
    columns = [column for column in COLUMNS if column.kind in (writers.Kind.TEXT, writers.Kind.LOCAL)]
    assert len(columns) == 49
    assert {writers._cells(column, ["=x"])[0] for column in columns} == {"'=x"}


def test_a_negative_number_is_no_formula():
    row = csv_rows(a_record(departure_delay_min=-5, live=LIVE))[0]
    assert (row["departure_delay_min"], row["latitude_deg"]) == ("-5", "-3.5")


@pytest.mark.parametrize("text", ['say "x"', "a,b", "a\r\nb", "é", "a;b"])
def test_a_text_comes_back_from_a_csv_as_it_was(text):
    assert csv_rows(a_record(status_text=text))[0]["status_text"] == text


def test_an_ndjson_line_has_every_column():
    lines = written(Form.NDJSON, a_record(), a_record(live=LIVE)).splitlines()
    first, second = map(json.loads, lines)
    assert list(first) == list(second) == list(NAMES)
    assert (first["altitude_m"], second["altitude_m"]) == (None, 11_000.0)
    assert first["observed_at_utc"] == "2026-11-24T04:00:09.500Z"


def test_parquet_has_types_of_its_own_for_instants_dates_and_numbers():
    row = parquet(a_record(live=LIVE)).to_pylist()[0]
    assert row["departure_scheduled_utc"] == datetime(2026, 11, 24, 5, 15, tzinfo=UTC)
    assert (row["flight_date"], row["departure_delay_min"]) == (date(2026, 11, 24), 6)
    assert (row["altitude_m"], row["is_ground"], row["speed_vertical_kmh"]) == (11_000.0, False, None)


def test_a_column_of_nothing_keeps_its_type_so_that_files_can_be_put_together():
    without, with_live = parquet(a_record()), parquet(a_record(live=LIVE))
    assert without.schema == with_live.schema


def test_parquet_says_the_unit_and_meaning_of_a_column():
    told = parquet(a_record()).schema.field("altitude_m").metadata
    assert (told[b"unit"], told[b"definition"]) == (b"m", b"Last known altitude.")


def test_other_numbers_are_in_one_text_and_a_movement_is_one_row():
    rows = [a_row(), a_marketing_row("DL", "8301"), a_marketing_row("KL", "2010")]
    (row,) = csv_rows(*records_from(rows))
    assert row["marketed_as"] == "DL8301 KL2010"


def test_a_time_that_is_none_stays_as_text_and_has_no_instant():
    (record,) = records_from([a_row(arrival__actual="soon")])
    row = csv_rows(record)[0]
    assert (row["arrival_actual_local"], row["arrival_actual_utc"], row["arrival_actual_quality"]) == (
        "soon",
        "",
        "invalid",
    )


def test_rows_are_written_to_parquet_in_groups(monkeypatch):
    monkeypatch.setattr(writers, "ROW_GROUP", 2)
    monkeypatch.setattr("flights.exports.building.BATCH", 1)
    records = [a_record(row=number) for number in range(5)]
    file = pq.ParquetFile(io.BytesIO(written(Form.PARQUET, *records)))
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [2, 2, 1]


def test_the_content_is_the_same_for_every_form_and_another_for_another_record():
    documents = [observation_document(a_record())]
    told = {write_files(documents, [WRITERS[form](io.BytesIO())]).content for form in Form}
    changed = observation_document(replace(a_record(), digest="another"))
    assert len(told) == 1
    assert told != {write_files([changed], []).content}
