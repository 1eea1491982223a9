"""A closed month goes to Parquet files and comes back, document for document."""

import json
import os
import signal
import subprocess
import sys
from io import StringIO

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from flights import services, store
from flights.errors import ArchiveFault
from flights.exports import archive_files, archives
from flights.records import SlotState
from ingestion import months
from ingestion.models import Run, RunState
from tests.ingestion.october import (
    DAY,
    FIRST,
    MISSED,
    NOW,
    OCTOBER,
    SECOND,
    SLOTS,
    TABLES,
    documents,
    everything,
    october,
)

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

NOTHING: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES}


@pytest.fixture(autouse=True)
def stored(documents, settings, tmp_path):
    settings.ARCHIVE_DIR = tmp_path / "archive"
    october()


def archive():
    return months.archive_month(OCTOBER, NOW)


def folder():
    return archives.folder_of(OCTOBER)


def called(*words):
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_month_comes_back_as_it_was(collections):
    before = everything()
    assert {name: len(found) for name, found in before.items()} | {store.INDICATORS: 0} == {
        store.SLOTS: 4,
        store.OBSERVATIONS: 10,
        store.FLIGHTS: 7,
        store.INDICATORS: 0,
    }
    archive()
    collections()
    assert everything() == NOTHING
    months.restore_month(OCTOBER, NOW)
    assert everything() == before


def test_the_manifest_names_files_with_their_rows_bytes_and_hashes():
    manifest = archive()
    assert archives.find(OCTOBER) == manifest
    assert {each.table: each.rows for each in manifest.files} == {name: len(documents(name)) for name in TABLES}
    for file in manifest.files:
        assert (folder() / file.name).stat().st_size == file.bytes
        assert archives.is_whole(folder(), file)
    assert sorted(manifest.slots) == sorted([*SLOTS, MISSED])
    assert (manifest.slots[SECOND].observations, manifest.slots[MISSED].observations) == (4, 0)


def test_anything_that_reads_parquet_reads_the_columns():
    table = pq.read_table(folder() / archive().file_of(store.OBSERVATIONS).name)
    rows = table.to_pylist()
    assert [each["_id"] for each in rows] == [each["_id"] for each in documents()]
    assert {each["departure_iata"] for each in rows} == {"LYS"}
    assert json.loads(rows[0]["document"])["slot"] == DAY


def test_a_month_of_several_groups_of_rows(monkeypatch):
    monkeypatch.setattr(archive_files, "GROUP", 4)
    monkeypatch.setattr(archive_files, "BATCH", 3)
    before = everything()
    file = archive().file_of(store.OBSERVATIONS)
    assert pq.ParquetFile(folder() / file.name).num_row_groups == 2
    assert [each for batch in archive_files.read(folder(), file) for each in batch] == before[store.OBSERVATIONS]


def test_the_check_finds_every_document_the_same():
    archive()
    checked = months.check_month(OCTOBER)
    assert checked.findings == []
    assert checked.same == {name: len(documents(name)) for name in TABLES}


def test_the_check_finds_what_is_damaged_missing_and_different():
    file = archive().file_of(store.FLIGHTS)
    (folder() / file.name).write_bytes((folder() / file.name).read_bytes()[:-9])
    gone, changed = (each["_id"] for each in documents()[:2])
    store.remove(store.OBSERVATIONS, [gone])
    store.upsert(store.OBSERVATIONS, changed, {"status": "landed"})
    findings = months.check_month(OCTOBER).findings
    assert any(file.name in each for each in findings)
    assert any("1 observations differ" in each for each in findings)
    assert any("1 observations are not in the store" in each for each in findings)
    with pytest.raises(CommandError, match="not as it was written"):
        called("archive", "--month", "2026-10", "--check")


def test_flights_that_went_on_changing_are_told_and_no_fault():
    archive()
    store.upsert(store.FLIGHTS, documents(store.FLIGHTS)[0]["_id"], {"status": "landed"})
    checked = months.check_month(OCTOBER)
    assert (checked.changed[store.FLIGHTS], checked.findings) == (1, [])


def test_a_damaged_archive_puts_nothing_back():
    file = archive().file_of(store.OBSERVATIONS)
    (folder() / file.name).write_bytes(b"PAR1")
    store.remove(store.OBSERVATIONS, [documents()[0]["_id"]])
    with pytest.raises(ArchiveFault, match="nothing was put back"):
        months.restore_month(OCTOBER, NOW)
    assert len(documents()) == 9


def test_what_is_there_is_never_overwritten():
    archive()
    gone, changed = (each["_id"] for each in documents()[:2])
    store.remove(store.OBSERVATIONS, [gone])
    store.upsert(store.OBSERVATIONS, changed, {"status": "landed"})
    assert months.restore_month(OCTOBER, NOW).documents[store.OBSERVATIONS] == 1
    assert store.find_one(store.OBSERVATIONS, changed)["status"] == "landed"
    assert months.restore_month(OCTOBER, NOW).documents == dict.fromkeys(TABLES, 0)


def test_observations_of_a_slot_that_was_closed_anew_stay_away_and_flights_that_nobody_tells_of():
    archive()
    ids = [each["_id"] for each in documents() if each["slot"] in (FIRST, SECOND)]
    store.remove(store.OBSERVATIONS, ids)
    store.remove(store.FLIGHTS, [each["_id"] for each in documents(store.FLIGHTS)])
    for slot in (FIRST, SECOND):
        store.upsert(store.SLOTS, slot, {"revision": 1})
    done = months.restore_month(OCTOBER, NOW)
    assert (done.documents[store.OBSERVATIONS], done.left_out[store.OBSERVATIONS]) == (0, 7)
    assert (done.documents[store.FLIGHTS], done.left_out[store.FLIGHTS]) == (3, 4)
    assert "7 observations left out" in called("unarchive", "--month", "2026-10")


def test_a_dry_run_writes_nothing(collections):
    assert called("archive", "--month", "2026-10", "--dry-run") == ""
    assert not folder().exists()
    archive()
    collections()
    assert "10 observations" in called("unarchive", "--month", "2026-10", "--dry-run")
    assert everything() == NOTHING


@pytest.mark.parametrize(
    ("month", "why"), [("2026-13", "no month"), ("10", "no month"), ("2999-01", "not over"), ("2025-01", "no slot")]
)
def test_what_is_no_month_is_refused(month, why):
    with pytest.raises(CommandError, match=why):
        called("archive", "--month", month)


def a_run(slot, state, revision=0):
    return Run.objects.create(slot=slot, trigger="test", state=state, started_at=NOW, opened_at=NOW, revision=revision)


def test_a_slot_that_is_not_closed_is_named():
    services.open_slot("2026-10-21T04Z", "r", NOW)
    with pytest.raises(ArchiveFault, match="not closed yet: 2026-10-21T04Z;"):
        archive()


@pytest.mark.parametrize(("state", "revision"), [(RunState.OPEN, 0), (RunState.PUBLISHED, 1)])
def test_a_run_that_may_still_change_a_slot_is_named(state, revision):
    run = a_run(FIRST, state, revision)
    with pytest.raises(ArchiveFault, match=f"{FIRST} .its run {run.pk} is {state}"):
        archive()
    assert not folder().exists()


def test_what_failed_and_what_was_missed_is_archived_as_such():
    a_run("2026-10-21T04Z", RunState.FAILED)
    services.fail_slot("2026-10-21T04Z", "r", SlotState.FAILED, "no answer", NOW)
    assert archive().slots["2026-10-21T04Z"].revision == -1


def test_a_month_that_changes_meanwhile_leaves_the_earlier_archive():
    earlier = archive()

    def close_anew(line):
        store.upsert(store.SLOTS, DAY, {"revision": 1})

    with pytest.raises(ArchiveFault, match="changed while"):
        months.archive_month(OCTOBER, NOW, tell=close_anew)
    assert archives.find(OCTOBER) == earlier
    assert months.check_month(OCTOBER).findings == []


def test_archived_again_the_files_take_the_place_of_the_earlier():
    earlier = {each.name for each in archive().files}
    store.upsert(store.FLIGHTS, documents(store.FLIGHTS)[0]["_id"], {"status": "landed"})
    later = {each.name for each in archive().files}
    assert len(earlier - later) == 1
    assert {path.name for path in folder().iterdir()} == {*later, "manifest.json", "lock"}


def test_what_a_killed_process_left_is_no_archive_and_is_cleared_away():
    folder().mkdir(parents=True)
    script = (
        "import os, signal\nfrom pathlib import Path\nfrom flights.exports import archive_files, archives\n"
        "def some():\n    yield {'_id': 'a', 'state': 'complete'}\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"folder = Path({str(folder())!r})\n"
        "archive_files._write_file(folder, 'slots', [{'_id': 'a', 'state': 'complete'}])\n"
        "archive_files._write_file(folder, 'slots', some())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import django\ndjango.setup()\n{script}"], check=False, env=os.environ
    )
    assert run.returncode == -signal.SIGKILL
    assert len(list(folder().iterdir())) == 2
    assert archives.find(OCTOBER) is None
    with pytest.raises(ArchiveFault, match="is not archived"):
        months.restore_month(OCTOBER, NOW)
    manifest = archive()
    assert {path.name for path in folder().iterdir()} == {
        *(each.name for each in manifest.files),
        "manifest.json",
        "lock",
    }


def test_one_process_at_a_time():
    with archives.held(OCTOBER), pytest.raises(ArchiveFault, match="another process"):
        archive()


def test_the_commands_tell_what_they_did(tmp_path):
    told = called("archive", "--month", "2026-10", "--to", str(tmp_path / "elsewhere"))
    assert "10 observations" in told
    assert (tmp_path / "elsewhere" / "2026-10" / "manifest.json").exists()
    assert json.loads(called("archive", "--month", "2026-10", "--json"))["month"] == "2026-10"
    assert "10 observations are as archived" in called("archive", "--month", "2026-10", "--check")
    assert json.loads(called("archive", "--month", "2026-10", "--check", "--json"))["findings"] == []


def test_without_a_store_it_says_so(down):
    down("mongodb")
    with pytest.raises(CommandError, match="safe to call this again"):
        called("archive", "--month", "2026-10")
