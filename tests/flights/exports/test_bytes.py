"""The bytes of each version of the files. A change here breaks the promise of addresses that never change:
raise SCHEMA_VERSION in flights/exports/columns.py and add the new digests; never change those of a version."""

import hashlib
import io

import pytest

from flights.documents import observation_document
from flights.exports.building import BATCH, write_files
from flights.exports.columns import SCHEMA_VERSION
from flights.exports.writers import ROW_GROUP, WRITERS, Form
from flights.records import Aircraft, LivePosition
from tests.factories import OBSERVED, a_record

DIGESTS = {
    (1, Form.CSV): "757437603568f3a1b5eb795d8c4c289a274cbf002750a23a5ccb0583a77a78f3",
    (1, Form.NDJSON): "64467858b4748d3de8f29e00bfacc215a792e22b1801788d6666717092d5bec9",
    (1, Form.PARQUET): "9dcf8b0a534b446c3bfed28c75a53070559144018201d24f9cf4699a4d1a25b1",
}
RECORD = a_record(
    live=LivePosition(updated=OBSERVED, latitude=-3.5, altitude_m=11_000.0, is_ground=True),
    aircraft=Aircraft(registration="F-GKXS", icao24="3944F2"),
)


@pytest.mark.parametrize("form", Form)
def test_the_same_flights_have_the_same_bytes_as_long_as_the_version_is_the_same(form):
    file = io.BytesIO()
    write_files([observation_document(RECORD)], [WRITERS[form](file)])
    assert hashlib.sha256(file.getvalue()).hexdigest() == DIGESTS[SCHEMA_VERSION, form]


def test_the_groups_of_rows_are_those_of_the_version():
    assert (SCHEMA_VERSION, BATCH, ROW_GROUP) == (1, 250, 20_000)
